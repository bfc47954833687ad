package io.kvstore.core;

import io.kvstore.api.StoreId;
import io.kvstore.spi.BlobKey;
import io.kvstore.spi.BlobPage;
import io.kvstore.spi.KeyRange;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Where every stored blob of every store is, in memory. Reads take no lock.
 *
 * <p>A store has 256 maps, one for each pair of hex digits that names start with: a listing then needs to sort no more than
 * one of them for a page, and can go on from a name alone without keeping anything in between.
 */
final class RecordIndex {

    /** An empty store costs about 1 KiB, all of them 64 MiB; the maps of its ranges come with its blobs and stay. */
    static final int MAX_STORES = 65_536;

    private static final int RANGES = KeyRange.COUNT;

    private final Map<StoreId, Ranges> stores = new ConcurrentHashMap<>();
    private final AtomicInteger storeCount = new AtomicInteger();
    private final LongAdder entries = new LongAdder();
    private final LongAdder deaths = new LongAdder();

    @Nullable
    IndexEntry get(StoreId store, BlobKey key) {
        Ranges ranges = stores.get(store);
        Map<BlobKey, IndexEntry> range = ranges == null ? null : ranges.at(range(key));
        return range == null ? null : range.get(key);
    }

    /** Makes room for a store; false when there are too many. */
    boolean admit(StoreId store) {
        if (stores.containsKey(store)) {
            return true;
        }
        if (storeCount.incrementAndGet() > MAX_STORES) {
            storeCount.decrementAndGet();
            return false;
        }
        if (stores.putIfAbsent(store, new Ranges()) != null) {
            storeCount.decrementAndGet();
        }
        return true;
    }

    /** Puts or replaces; what was there before dies. */
    void put(StoreId store, BlobKey key, IndexEntry entry) {
        died(stores.computeIfAbsent(store, absent -> {
                    storeCount.incrementAndGet();
                    return new Ranges();
                })
                .make(range(key))
                .put(key, entry));
        entries.increment();
    }

    /** Replaces that very entry; false when it is no longer there. */
    boolean replace(StoreId store, BlobKey key, IndexEntry expected, IndexEntry entry) {
        Ranges ranges = stores.get(store);
        Map<BlobKey, IndexEntry> range = ranges == null ? null : ranges.at(range(key));
        if (range == null || !range.replace(key, expected, entry)) {
            return false;
        }
        expected.segment().died(expected.recordBytes());
        return true;
    }

    /** The entry that was removed, or null when there was none. */
    @Nullable
    IndexEntry remove(StoreId store, BlobKey key) {
        Ranges ranges = stores.get(store);
        Map<BlobKey, IndexEntry> range = ranges == null ? null : ranges.at(range(key));
        IndexEntry removed = range == null ? null : range.remove(key);
        died(removed);
        return removed;
    }

    /** Removes that very entry, if it is still there. */
    boolean remove(StoreId store, BlobKey key, IndexEntry expected) {
        Ranges ranges = stores.get(store);
        Map<BlobKey, IndexEntry> range = ranges == null ? null : ranges.at(range(key));
        if (range == null || !range.remove(key, expected)) {
            return false;
        }
        died(expected);
        return true;
    }

    private void died(@Nullable IndexEntry entry) {
        if (entry != null) {
            entries.decrement();
            deaths.increment();
            entry.segment().died(entry.recordBytes());
        }
    }

    /** Removes every entry that points into the segment. Looks at all of them: for the rare case that the footer fails. */
    void removeAll(Segment segment) {
        if (segment.liveBytes() == 0) {
            return;
        }
        stores.forEach((store, ranges) -> ranges.forEach((key, entry) -> {
            if (entry.segment() == segment) {
                remove(store, key, entry);
            }
        }));
    }

    /** Stores that hold something. */
    List<StoreId> stores() {
        return stores.entrySet().stream()
                .filter(store -> !store.getValue().isEmpty())
                .map(Map.Entry::getKey)
                .toList();
    }

    long entries() {
        return entries.sum();
    }

    /** How many entries were removed or replaced so far. */
    long deaths() {
        return deaths.sum();
    }

    /**
     * A page in the order of names.
     *
     * @param after the last key of the page before
     */
    BlobPage list(StoreId store, KeyRange part, @Nullable BlobKey after, int maxKeys) {
        Ranges ranges = stores.get(store);
        List<BlobKey> page = new ArrayList<>();
        int first = Math.max(part.first(), after == null ? 0 : range(after));
        for (int i = first; ranges != null && i <= part.last(); i++) {
            List<BlobKey> range = ranges.sortedKeys(i, i == first ? after : null);
            int taken = Math.min(range.size(), maxKeys - page.size());
            page.addAll(range.subList(0, taken));
            boolean more = taken < range.size() || !ranges.isEmpty(i + 1, part.last());
            if (page.size() == maxKeys && more) {
                return new BlobPage(page, Optional.of(page.get(page.size() - 1).name()));
            }
        }
        return new BlobPage(page, Optional.empty());
    }

    private static int range(BlobKey key) {
        return KeyRange.indexOf(key);
    }

    /** Made on demand, so that a store of three blobs costs three maps. */
    private static final class Ranges {

        private final AtomicReferenceArray<@Nullable Map<BlobKey, IndexEntry>> maps =
                new AtomicReferenceArray<>(RANGES);

        @Nullable
        Map<BlobKey, IndexEntry> at(int range) {
            return maps.get(range);
        }

        Map<BlobKey, IndexEntry> make(int range) {
            Map<BlobKey, IndexEntry> map = maps.get(range);
            if (map != null) {
                return map;
            }
            Map<BlobKey, IndexEntry> made = new ConcurrentHashMap<>();
            Map<BlobKey, IndexEntry> other = maps.compareAndExchange(range, null, made);
            return other == null ? made : other;
        }

        void forEach(BiConsumer<BlobKey, IndexEntry> action) {
            for (int i = 0; i < RANGES; i++) {
                Map<BlobKey, IndexEntry> map = maps.get(i);
                if (map != null) {
                    map.forEach(action);
                }
            }
        }

        List<BlobKey> sortedKeys(int range, @Nullable BlobKey after) {
            Map<BlobKey, IndexEntry> map = maps.get(range);
            if (map == null) {
                return List.of();
            }
            return map.keySet().stream()
                    .filter(key -> after == null || key.compareTo(after) > 0)
                    .sorted()
                    .toList();
        }

        boolean isEmpty() {
            return isEmpty(0, RANGES - 1);
        }

        boolean isEmpty(int first, int last) {
            for (int i = first; i <= last; i++) {
                Map<BlobKey, IndexEntry> map = maps.get(i);
                if (map != null && !map.isEmpty()) {
                    return false;
                }
            }
            return true;
        }
    }
}
