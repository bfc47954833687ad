package io.kvstore.core;

import io.kvstore.spi.BlobKey;
import io.kvstore.spi.BlobPage;
import io.kvstore.spi.KeyRange;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The keys of one store, in 256 ranges by the first byte of the digest, so that they can be listed page by page without a
 * snapshot and without an order that every get would pay for.
 *
 * <p>Threading: as {@link ConcurrentHashMap}.
 */
final class KeySpace<V> {

    private static final int RANGES = KeyRange.COUNT;
    private static final int PAGE_KEYS = 5_000;

    private final AtomicReferenceArray<@Nullable ConcurrentHashMap<BlobKey, V>> ranges =
            new AtomicReferenceArray<>(RANGES);

    @Nullable
    V get(BlobKey key) {
        ConcurrentHashMap<BlobKey, V> range = ranges.get(KeyRange.indexOf(key));
        return range == null ? null : range.get(key);
    }

    /** The value that is there already, or null when this one went in. */
    @Nullable
    V putIfAbsent(BlobKey key, V value) {
        int index = KeyRange.indexOf(key);
        ConcurrentHashMap<BlobKey, V> range = ranges.get(index);
        if (range == null) {
            ConcurrentHashMap<BlobKey, V> fresh = new ConcurrentHashMap<>();
            ConcurrentHashMap<BlobKey, V> faster = ranges.compareAndExchange(index, null, fresh);
            range = faster == null ? fresh : faster;
        }
        return range.putIfAbsent(key, value);
    }

    /** Removes that very value; false when it is no longer there. */
    boolean remove(BlobKey key, V value) {
        ConcurrentHashMap<BlobKey, V> range = ranges.get(KeyRange.indexOf(key));
        return range != null && range.remove(key, value);
    }

    void removeAll(Consumer<V> removed) {
        for (int i = 0; i < RANGES; i++) {
            ConcurrentHashMap<BlobKey, V> range = ranges.getAndSet(i, null);
            if (range != null) {
                range.values().forEach(removed);
            }
        }
    }

    /** Up to 5,000 keys of the part, behind the one named {@code from}, in the order of their names. */
    BlobPage page(KeyRange part, Optional<String> from) {
        List<BlobKey> keys = new ArrayList<>();
        Optional<BlobKey> last = from.flatMap(BlobKey::parse);
        for (int i = Math.max(part.first(), last.map(KeyRange::indexOf).orElse(0)); i <= part.last(); i++) {
            ConcurrentHashMap<BlobKey, V> range = ranges.get(i);
            if (range == null) {
                continue;
            }
            List<BlobKey> sorted = new ArrayList<>(range.keySet());
            Collections.sort(sorted);
            for (BlobKey key : sorted) {
                if (last.isPresent() && key.compareTo(last.get()) <= 0) {
                    continue;
                }
                if (keys.size() == PAGE_KEYS) {
                    return new BlobPage(
                            keys, Optional.of(keys.get(PAGE_KEYS - 1).name()));
                }
                keys.add(key);
            }
        }
        return new BlobPage(keys, Optional.empty());
    }
}
