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
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The keys of one store, in 256 ranges by the first byte of the digest, so that they can be listed page by page without a
 * snapshot and without an order that every get would pay for. A range is made with its first key and goes with its last.
 *
 * <p>Threading: reads take no lock; whoever writes holds the monitor of this.
 */
final class KeySpace<V> {

    private static final int RANGES = KeyRange.COUNT;
    private static final int PAGE_KEYS = 5_000;

    private final AtomicReferenceArray<@Nullable ConcurrentHashMap<BlobKey, V>> ranges =
            new AtomicReferenceArray<>(RANGES);
    private int usedRanges;

    @Nullable
    V get(BlobKey key) {
        ConcurrentHashMap<BlobKey, V> range = ranges.get(KeyRange.indexOf(key));
        return range == null ? null : range.get(key);
    }

    /** The value that was there before. */
    @Nullable
    V put(BlobKey key, V value) {
        int index = KeyRange.indexOf(key);
        ConcurrentHashMap<BlobKey, V> range = ranges.get(index);
        if (range == null) {
            range = new ConcurrentHashMap<>();
            ranges.set(index, range);
            usedRanges++;
        }
        return range.put(key, value);
    }

    /** The value that was removed. */
    @Nullable
    V remove(BlobKey key) {
        int index = KeyRange.indexOf(key);
        ConcurrentHashMap<BlobKey, V> range = ranges.get(index);
        V removed = range == null ? null : range.remove(key);
        if (range != null && range.isEmpty()) {
            ranges.set(index, null);
            usedRanges--;
        }
        return removed;
    }

    boolean isEmpty() {
        return usedRanges == 0;
    }

    void forEach(BiConsumer<BlobKey, V> action) {
        for (int i = 0; i < RANGES; i++) {
            ConcurrentHashMap<BlobKey, V> range = ranges.get(i);
            if (range != null) {
                range.forEach(action);
            }
        }
    }

    /** Up to 5,000 keys of the part, behind that one, in the order of their names. */
    BlobPage page(KeyRange part, Optional<BlobKey> after) {
        List<BlobKey> keys = new ArrayList<>();
        for (int i = Math.max(part.first(), after.map(KeyRange::indexOf).orElse(0)); i <= part.last(); i++) {
            ConcurrentHashMap<BlobKey, V> range = ranges.get(i);
            if (range == null) {
                continue;
            }
            List<BlobKey> sorted = new ArrayList<>(range.keySet());
            Collections.sort(sorted);
            for (BlobKey key : sorted) {
                if (after.isPresent() && key.compareTo(after.get()) <= 0) {
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
