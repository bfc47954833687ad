package io.kvstore.core;

import io.kvstore.api.Tier;
import io.kvstore.spi.BlobKey;
import io.kvstore.spi.Peek;

/** Where a stored blob is. Identity matters: moving a blob makes a new entry. */
final class IndexEntry extends Keyed {

    private final Segment segment;
    private final int offset;
    private final int headerBytes;
    private final int payloadBytes;
    private final long tag;
    private final long sequence;

    /** Read since it was written or last spared. A plain field: a lost update costs a cache one second chance. */
    private boolean used;

    IndexEntry(BlobKey key, Segment segment, int offset, int headerBytes, int payloadBytes, long tag, long sequence) {
        super(key);
        this.segment = segment;
        this.offset = offset;
        this.headerBytes = headerBytes;
        this.payloadBytes = payloadBytes;
        this.tag = tag;
        this.sequence = sequence;
    }

    static IndexEntry of(RecordHeader header, Segment segment, int offset) {
        return new IndexEntry(
                header.key(),
                segment,
                offset,
                header.headerBytes(),
                header.info().payloadBytes(),
                header.info().tag(),
                header.sequence());
    }

    Segment segment() {
        return segment;
    }

    int offset() {
        return offset;
    }

    int headerBytes() {
        return headerBytes;
    }

    int payloadBytes() {
        return payloadBytes;
    }

    long sequence() {
        return sequence;
    }

    int recordBytes() {
        return RecordFormat.align(headerBytes + payloadBytes);
    }

    /** Names this record for as long as the log is open: segments' numbers are not used twice, moving makes another. */
    String version() {
        return segment.id() + "-" + offset;
    }

    boolean isAt(Segment there, int offsetThere) {
        return segment == there && offset == offsetThere;
    }

    boolean isUsed() {
        return used;
    }

    void use() {
        if (!used) { // not writing keeps the cache line shared between readers
            used = true;
        }
    }

    Peek peek() {
        return Peek.present(tag, payloadBytes, Tier.LOCAL_DISK);
    }
}
