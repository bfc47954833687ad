package io.kvstore.core;

import io.kvstore.spi.BlobKey;
import java.security.SecureRandom;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A hash table whose values are their own links. Against a {@code ConcurrentHashMap}, which has a node and a key of its own beside
 * each value, it takes two reads of memory that miss the processor's caches in the place of four, and 50 bytes less a value.
 *
 * <p>Threading: {@link #find} takes no lock, but for keys that are not there while the table grows, a moment; whoever writes
 * holds the monitor of the {@link KeySpace}. A value that is found was there at some time during the call, as is the absence of
 * one that is not.
 *
 * <p>Growing moves links that readers may stand on, who then go on in another chain: what they find is right all the same, and
 * what they do not find they look for again where {@code moves} tells that links were moved meanwhile.
 */
final class KeyTable<V extends Keyed> {

    private static final int MIN_SLOTS = 4;

    private static final int MAX_SLOTS = 1 << 30;

    /** Odd and secret: nobody can make digests that meet in one slot. */
    private static final long SPREAD = new SecureRandom().nextLong() | 1;

    private volatile AtomicReferenceArray<@Nullable Keyed> slots = new AtomicReferenceArray<>(MIN_SLOTS);

    /** Odd while links are moved. */
    private volatile int moves;

    private int size;

    @Nullable
    V find(BlobKey key) {
        int before = moves;
        Keyed found = search(key);
        if (found == null && (moves != before || (before & 1) != 0)) {
            synchronized (this) { // waits until all are moved
                found = search(key);
            }
        }
        return cast(found);
    }

    private @Nullable Keyed search(BlobKey key) {
        AtomicReferenceArray<@Nullable Keyed> now = slots;
        Keyed at = now.getAcquire(slot(key.digest0(), now.length()));
        while (at != null && !at.isOf(key)) {
            at = at.next();
        }
        return at;
    }

    private static int slot(long digest0, int slots) {
        return (int) ((digest0 * SPREAD) >>> 33) & (slots - 1);
    }

    /** Puts or replaces: the value of that key that was there before. */
    @Nullable
    V put(V value) {
        Keyed before = unlink(value.key(), value);
        if (before == null) {
            push(slots, value);
            size++;
            if (size > slots.length() / 4 * 3 && slots.length() < MAX_SLOTS) {
                grow();
            }
        }
        return cast(before);
    }

    /** The value that was removed. */
    @Nullable
    V remove(BlobKey key) {
        Keyed removed = unlink(key, null);
        if (removed != null) {
            size--;
        }
        return cast(removed);
    }

    /**
     * Takes a value out of its chain, or has another take its place. It keeps its own link: who stands on it goes on to what was
     * behind it.
     */
    private @Nullable Keyed unlink(BlobKey key, @Nullable Keyed instead) {
        AtomicReferenceArray<@Nullable Keyed> now = slots;
        int slot = slot(key.digest0(), now.length());
        Keyed before = null;
        Keyed at = now.get(slot);
        while (at != null && !at.isOf(key)) {
            before = at;
            at = at.next();
        }
        if (at == null) {
            return null;
        }
        Keyed behind = at.next();
        if (instead != null) {
            instead.link(behind);
            behind = instead;
        }
        if (before == null) {
            now.setRelease(slot, behind);
        } else {
            before.link(behind);
        }
        return at;
    }

    private static void push(AtomicReferenceArray<@Nullable Keyed> slots, Keyed value) {
        int slot = slot(value.digest0(), slots.length());
        value.link(slots.get(slot));
        slots.setRelease(slot, value);
    }

    private synchronized void grow() {
        AtomicReferenceArray<@Nullable Keyed> old = slots;
        AtomicReferenceArray<@Nullable Keyed> grown;
        try {
            grown = new AtomicReferenceArray<>(2 * old.length());
        } catch (OutOfMemoryError noRoom) {
            return; // the value is in: chains get longer
        }
        moves++;
        for (int slot = 0; slot < old.length(); slot++) {
            Keyed at = old.get(slot);
            while (at != null) {
                Keyed behind = at.next();
                push(grown, at);
                at = behind;
            }
        }
        slots = grown;
        moves++;
    }

    boolean isEmpty() {
        return size == 0;
    }

    int size() {
        return size;
    }

    void forEach(Consumer<V> action) {
        for (int slot = 0; slot < slots.length(); slot++) {
            for (Keyed at = slots.get(slot); at != null; at = at.next()) {
                action.accept(Objects.requireNonNull(cast(at)));
            }
        }
    }

    @SuppressWarnings("unchecked") // put takes nothing else
    private @Nullable V cast(@Nullable Keyed value) {
        return (V) value;
    }
}
