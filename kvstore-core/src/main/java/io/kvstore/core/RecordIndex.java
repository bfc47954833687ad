package io.kvstore.core;

import io.kvstore.api.StoreId;
import io.kvstore.spi.BlobKey;
import io.kvstore.spi.BlobPage;
import io.kvstore.spi.KeyRange;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** Where every stored blob of every store is, in memory. Reads take no lock. */
final class RecordIndex {

    /** A store of one blob costs about 1.3 KiB beside it, all of them 85 MiB. */
    static final int MAX_STORES = 65_536;

    /** Of one resource: one tenant's containers leave room for those of others. */
    static final int MAX_STORES_OF_RESOURCE = MAX_STORES / 8;

    private final KeySpaces<IndexEntry> spaces = new KeySpaces<>();
    private final LongAdder entries = new LongAdder();
    private final LongAdder deaths = new LongAdder();

    @Nullable
    IndexEntry get(StoreId store, BlobKey key) {
        return spaces.get(store, key);
    }

    /** Whether something may be stored there: false for a store that would be one too many. What is on its way is not counted. */
    boolean admits(StoreId store) {
        return spaces.holds(store)
                || (spaces.storeCount() < MAX_STORES && spaces.storeCountOf(store.resource()) < MAX_STORES_OF_RESOURCE);
    }

    /** Puts or replaces; what was there before under its key dies. */
    void put(StoreId store, IndexEntry entry) {
        entries.increment();
        died(spaces.put(store, entry));
    }

    /** Replaces that very entry; false when it is no longer there. */
    boolean replace(StoreId store, IndexEntry expected, IndexEntry entry) {
        if (!spaces.replace(store, expected, entry)) {
            return false;
        }
        expected.segment().died(expected.recordBytes());
        return true;
    }

    /** The entry that was removed, or null when there was none. */
    @Nullable
    IndexEntry remove(StoreId store, BlobKey key) {
        IndexEntry removed = spaces.remove(store, key);
        died(removed);
        return removed;
    }

    /** Removes that very entry, if it is still there. */
    boolean remove(StoreId store, IndexEntry expected) {
        if (!spaces.remove(store, expected)) {
            return false;
        }
        died(expected);
        return true;
    }

    private void died(@Nullable IndexEntry entry) {
        if (entry != null) {
            entries.decrement();
            entry.segment().died(entry.recordBytes());
            deaths.increment(); // last: who knows of it must find the segment emptier
        }
    }

    /** Removes every entry that points into the segment. Looks at all of them: for the rare case that the footer fails. */
    void removeAll(Segment segment) {
        if (segment.liveBytes() == 0) {
            return;
        }
        spaces.forEach((store, entry) -> {
            if (entry.segment() == segment) {
                remove(store, entry);
            }
        });
    }

    /** Stores that hold something. */
    List<StoreId> stores() {
        return spaces.stores();
    }

    long entries() {
        return entries.sum();
    }

    /** How many entries were removed or replaced so far. */
    long deaths() {
        return deaths.sum();
    }

    /** Up to 5,000 keys of the part, behind that one, in the order of their names. */
    BlobPage page(StoreId store, KeyRange part, Optional<BlobKey> after) {
        return spaces.page(store, part, after);
    }
}
