package io.kvstore.core;

import io.kvstore.api.StoreId;
import io.kvstore.spi.BlobKey;
import io.kvstore.spi.BlobPage;
import io.kvstore.spi.KeyRange;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What is stored, by store and key. A store is here as long as it holds something: asking for one makes nothing, and its last
 * key takes it along, so that names which somebody invents cost nothing for good.
 *
 * <p>Threading: reads take no lock; the writes to one store follow each other, each of them a moment. Values are compared by
 * identity.
 */
final class KeySpaces<V extends Keyed> {

    private final ConcurrentHashMap<StoreId, KeySpace<V>> spaces = new ConcurrentHashMap<>();

    /** Stores of each resource that has any. */
    private final ConcurrentHashMap<String, Integer> storesOf = new ConcurrentHashMap<>();

    /** Is shown every value. */
    interface Visitor<V> {
        void value(StoreId store, V value);
    }

    @Nullable
    V get(StoreId store, BlobKey key) {
        KeySpace<V> space = spaces.get(store);
        return space == null ? null : space.get(key);
    }

    /** The value that was there before under its key. */
    @Nullable
    V put(StoreId store, V value) {
        return write(store, space -> space.put(value));
    }

    /** The value that is there already, or null when this one went in. */
    @Nullable
    V putIfAbsent(StoreId store, V value) {
        return write(store, space -> {
            V present = space.get(value.key());
            return present != null ? present : space.put(value);
        });
    }

    /** Replaces that very value; false when it is no longer there. */
    boolean replace(StoreId store, V expected, V value) {
        BlobKey key = expected.key();
        V seen = write(store, space -> space.get(key) == expected ? space.put(value) : null);
        return seen != null;
    }

    /** The value that was removed. */
    @Nullable
    V remove(StoreId store, BlobKey key) {
        return write(store, space -> space.remove(key));
    }

    /** Removes that very value; false when it is no longer there. */
    boolean remove(StoreId store, V expected) {
        BlobKey key = expected.key();
        V seen = write(store, space -> space.get(key) == expected ? space.remove(key) : null);
        return seen != null;
    }

    /** Lets {@code change} write to the store's keys, alone, and answers what it answers. */
    private @Nullable V write(StoreId store, Function<KeySpace<V>, @Nullable V> change) {
        while (true) {
            KeySpace<V> space = spaces.computeIfAbsent(store, this::newSpace);
            synchronized (space) {
                if (spaces.get(store) == space) { // else its last key went meanwhile
                    V before = change.apply(space);
                    if (space.isEmpty()) {
                        spaces.remove(store, space);
                        storesOf.computeIfPresent(store.resource(), (name, count) -> count == 1 ? null : count - 1);
                    }
                    return before;
                }
            }
        }
    }

    private KeySpace<V> newSpace(StoreId store) {
        storesOf.merge(store.resource(), 1, Integer::sum);
        return new KeySpace<>();
    }

    void forEach(Visitor<V> visitor) {
        spaces.forEach((store, space) -> {
            for (int range = 0; range < KeyRange.COUNT; range++) {
                space.values(range).forEach(value -> visitor.value(store, value));
            }
        });
    }

    boolean holds(StoreId store) {
        return spaces.containsKey(store);
    }

    int storeCount() {
        return spaces.size();
    }

    int storeCountOf(String resource) {
        return storesOf.getOrDefault(resource, 0);
    }

    /** Stores that hold something. */
    List<StoreId> stores() {
        return List.copyOf(spaces.keySet());
    }

    /** Up to 5,000 keys of the part, behind that one, in the order of their names. */
    BlobPage page(StoreId store, KeyRange part, Optional<BlobKey> after) {
        KeySpace<V> space = spaces.get(store);
        return space == null ? new BlobPage(List.of(), Optional.empty()) : space.page(part, after);
    }
}
