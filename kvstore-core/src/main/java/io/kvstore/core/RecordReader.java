package io.kvstore.core;

import io.kvstore.api.KVStoreException;
import io.kvstore.api.Reason;
import io.kvstore.api.StoreId;
import io.kvstore.spi.Blob;
import io.kvstore.spi.BlobInfo;
import io.kvstore.spi.BlobKey;
import org.jspecify.annotations.Nullable;

/**
 * Reads what is committed, without a lock. A segment may be dropped between the look into the index and the claim on it; its
 * entries were moved or removed before, so looking again ends.
 */
final class RecordReader {

    private final RecordIndex index;
    private volatile boolean closed;

    RecordReader(RecordIndex index) {
        this.index = index;
    }

    /** After this, and before the segments are let go, nothing is read any more. */
    void close() {
        closed = true;
    }

    boolean isClosed() {
        return closed;
    }

    /**
     * What travels with the blob, or null when it is not stored.
     *
     * @throws KVStoreException {@link Reason#DATA_LOSS} or {@link Reason#UNAVAILABLE}
     */
    @Nullable
    BlobInfo info(StoreId store, BlobKey key) {
        IndexEntry entry = claim(store, key);
        if (entry == null) {
            return null;
        }
        try {
            return entry.segment().info(entry, key);
        } finally {
            entry.segment().release();
        }
    }

    /**
     * The blob, or null when it is not stored. The payload is not looked at.
     *
     * @throws KVStoreException {@link Reason#DATA_LOSS} or {@link Reason#UNAVAILABLE}
     */
    @Nullable
    Blob blob(StoreId store, BlobKey key) {
        IndexEntry entry = claim(store, key);
        if (entry == null) {
            return null;
        }
        Segment segment = entry.segment();
        Blob blob = null;
        try {
            blob = segment.blob(entry, segment.info(entry, key));
            entry.use();
            return blob;
        } finally {
            if (blob == null) {
                segment.release();
            }
        }
    }

    private @Nullable IndexEntry claim(StoreId store, BlobKey key) {
        while (true) {
            if (closed) {
                throw DiskFailures.closed();
            }
            IndexEntry entry = index.get(store, key);
            if (entry == null || entry.segment().claim()) {
                return entry;
            }
            Thread.onSpinWait();
        }
    }
}
