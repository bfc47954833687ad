package io.kvstore.core;

import io.kvstore.api.StoreId;
import io.kvstore.spi.BlobInfo;
import io.kvstore.spi.BlobKey;
import java.util.Optional;

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
        PUT(1),
        /** The blob is gone: a tombstone. */
        DELETE(2);

        private final int code;

        Kind(int code) {
            this.code = code;
        }

        /** What stands for it on disk. */
        int code() {
            return code;
        }

        static Optional<Kind> ofCode(int code) {
            return switch (code) {
                case 1 -> Optional.of(PUT);
                case 2 -> Optional.of(DELETE);
                default -> Optional.empty();
            };
        }
    }

    static RecordHeader put(long sequence, StoreId store, BlobKey key, BlobInfo info) {
        return new RecordHeader(Kind.PUT, sequence, store, key, info);
    }

    static RecordHeader delete(long sequence, StoreId store, BlobKey key) {
        return new RecordHeader(Kind.DELETE, sequence, store, key, NO_INFO);
    }

    /** The same, with that checksum of the payload. */
    RecordHeader summed(int crc32c) {
        BlobInfo summed = new BlobInfo(info.tag(), info.payloadBytes(), crc32c, info.attributes());
        return new RecordHeader(kind, sequence, store, key, summed);
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
