package io.kvstore.core;

import io.kvstore.api.StoreId;
import io.kvstore.spi.BlobInfo;
import io.kvstore.spi.BlobKey;

/**
 * What a record says of itself.
 *
 * @param kind what it does
 * @param sequence orders the records of a key over all segments: the highest one counts. A record that compaction moves keeps
 *     its own, so the order of segments means nothing
 * @param info describes the blob of a put; {@link #NO_INFO} of a delete
 */
record RecordHeader(Kind kind, long sequence, StoreId store, BlobKey key, BlobInfo info) {

    static final BlobInfo NO_INFO = new BlobInfo(0, 0, 0, new byte[0]);

    enum Kind {
        /** The blob is stored. */
        PUT,
        /** The blob is gone: a tombstone. */
        DELETE
    }

    static RecordHeader put(long sequence, StoreId store, BlobKey key, BlobInfo info) {
        return new RecordHeader(Kind.PUT, sequence, store, key, info);
    }

    static RecordHeader delete(long sequence, StoreId store, BlobKey key) {
        return new RecordHeader(Kind.DELETE, sequence, store, key, NO_INFO);
    }

    boolean isPut() {
        return kind == Kind.PUT;
    }

    /** Bytes before the payload. */
    int headerBytes() {
        return RecordFormat.FIXED_BYTES
                + store.resource().length()
                + store.container().length()
                + info.attributes().length;
    }

    /** Bytes up to the next record. */
    int recordBytes() {
        return RecordFormat.align(headerBytes() + info.payloadBytes());
    }
}
