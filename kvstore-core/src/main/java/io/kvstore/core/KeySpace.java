package io.kvstore.core;

import io.kvstore.spi.BlobKey;
import io.kvstore.spi.BlobPage;
import io.kvstore.spi.KeyRange;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * The keys of one store, in 256 ranges by the first byte of the digest, so that they can be listed page by page without a
 * snapshot and without an order that every get would pay for, and so that no more than one part of them grows at a time. A range
 * is made with its first key and goes with its last.
 *
 * <p>Threading: reads take no lock; whoever writes holds the monitor of this. Listings hold it while they copy a range.
 */
final class KeySpace<V extends Keyed> {

    private static final int RANGES = KeyRange.COUNT;
    private static final int PAGE_KEYS = 5_000;

    private final AtomicReferenceArray<@Nullable KeyTable<V>> ranges = new AtomicReferenceArray<>(RANGES);
    private int usedRanges;

    @Nullable
    V get(BlobKey key) {
        KeyTable<V> range = ranges.get(KeyRange.indexOf(key));
        return range == null ? null : range.find(key);
    }

    /** The value that was there before under its key. */
    @Nullable
    V put(V value) {
        int index = (int) (value.digest0() >>> 56);
        KeyTable<V> range = ranges.get(index);
        if (range != null) {
            return range.put(value);
        }
        KeyTable<V> made = new KeyTable<>();
        made.put(value);
        ranges.set(index, made);
        usedRanges++;
        return null;
    }

    /** The value that was removed. */
    @Nullable
    V remove(BlobKey key) {
        int index = KeyRange.indexOf(key);
        KeyTable<V> range = ranges.get(index);
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

    /** The values of a range, at one moment. */
    synchronized List<V> values(int index) {
        KeyTable<V> range = ranges.get(index);
        if (range == null) {
            return List.of();
        }
        List<V> values = new ArrayList<>(range.size());
        range.forEach(values::add);
        return values;
    }

    /** Up to 5,000 keys of the part, behind that one, in the order of their names. */
    BlobPage page(KeyRange part, Optional<BlobKey> after) {
        List<BlobKey> keys = new ArrayList<>();
        for (int i = Math.max(part.first(), after.map(KeyRange::indexOf).orElse(0)); i <= part.last(); i++) {
            List<BlobKey> sorted = new ArrayList<>();
            for (V value : values(i)) {
                sorted.add(value.key());
            }
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
