package io.kvstore.core;

import io.kvstore.api.StoreId;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Reads a segment that has no footer, record by record, and checks every byte: what kill -9 or a loss of power left.
 *
 * <p>A record whose payload is damaged is stepped over by its length. Where no intact header is, the next one is looked for
 * at every multiple of 64: what was acknowledged behind a rotten header must not be lost with it. Nothing but a record of
 * this log passes for one, because its checksum covers the segment's secret salt and its own offset.
 *
 * <p>Reads through the file, not through a mapping: a bad sector is then an IOException. Its block counts as zeros, so it
 * costs the records that lie in it and no others; who asked must then not write to the file, for it may be read later.
 */
final class SegmentScan {

    private static final int BUFFER_BYTES = 1024 * 1024;

    /** What is given up at once where the disk cannot read: a page of the kernel's cache. */
    private static final int BLOCK_BYTES = 4096;

    private final DiskFile file;
    private final byte[] salt;
    private final long fileBytes;
    private final ByteBuffer header = ByteBuffer.allocate(RecordFormat.MAX_HEADER_BYTES);
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
    private final Map<Integer, Integer> skips = new HashMap<>();

    private final List<SegmentFooter.Entry> damaged = new ArrayList<>();
    private final List<SegmentFooter.Entry> unfinished = new ArrayList<>();
    private int unreadableBlocks;
    private int intactEnd = SegmentFiles.HEADER_BYTES;
    private boolean torn;

    SegmentScan(DiskFile file, byte[] salt) throws IOException {
        this.file = file;
        this.salt = salt;
        this.fileBytes = file.length();
    }

    /** Visits the intact records in order. */
    void run(SegmentFooter.Visitor visitor) throws IOException {
        int at = SegmentFiles.HEADER_BYTES;
        while (at >= 0) {
            RecordHeader found = header(at);
            if (found == null) {
                at = nextHeader(at);
            } else {
                if (isPayloadIntact(found, at)) {
                    visit(found, at, visitor);
                } else if (isUnfinished(found)) {
                    unfinished.add(entry(found, at));
                } else {
                    damaged.add(entry(found, at));
                    torn = true;
                }
                at += found.recordBytes();
            }
        }
    }

    private void visit(RecordHeader record, int offset, SegmentFooter.Visitor visitor) throws IOException {
        if (offset > intactEnd) {
            skips.put(intactEnd, offset);
        }
        // The log is written in order: this one was begun after those were done, so the disk lost a part of them.
        damaged.addAll(unfinished);
        unfinished.clear();
        visitor.record(entry(record, offset));
        intactEnd = offset + record.recordBytes();
        torn = false;
    }

    /** Where the last intact record ends: the segment is to be cut there. */
    int intactEnd() {
        return intactEnd;
    }

    /** Where something else lies between two intact records, and the offset of the one behind it. */
    Map<Integer, Integer> skips() {
        return skips;
    }

    /** Records with an intact header and a damaged payload, but for {@link #hasUnfinished() unfinished} ones. */
    List<SegmentFooter.Entry> damaged() {
        return damaged;
    }

    /**
     * Whether behind {@link #intactEnd()} lies a record whose write never ended, so that nobody was told that it is stored: a
     * large one gets its checksum last, and has none.
     */
    boolean hasUnfinished() {
        return !unfinished.isEmpty();
    }

    /** How often the disk could not read a block of 4 KiB. */
    int unreadableBlocks() {
        return unreadableBlocks;
    }

    /** Whether something other than zeros and unfinished records, so part of a record, lies behind {@link #intactEnd()}. */
    boolean isTorn() {
        return torn;
    }

    static SegmentFooter.Entry entry(RecordHeader header, int offset) {
        StoreId store = header.store();
        return new SegmentFooter.Entry(
                header.kind(),
                store,
                header.key(),
                header.sequence(),
                header.info().tag(),
                offset,
                header.headerBytes(),
                header.info().payloadBytes());
    }

    private @Nullable RecordHeader header(int offset) throws IOException {
        if (offset >= fileBytes) {
            return null;
        }
        read(header.clear(), offset);
        RecordHeader found = RecordFormat.decode(header.slice(), salt, offset);
        return found != null && offset + (long) found.recordBytes() <= fileBytes ? found : null;
    }

    /** The offset of the next intact header behind that place, or -1 when there is none. */
    private int nextHeader(int offset) throws IOException {
        for (long from = offset; from < fileBytes; from += BUFFER_BYTES) {
            read(buffer.clear(), from);
            torn |= !isZero(buffer);
            int size = buffer.limit();
            for (int at = from == offset ? RecordFormat.ALIGNMENT_BYTES : 0;
                    at + Integer.BYTES <= size;
                    at += RecordFormat.ALIGNMENT_BYTES) {
                if (RecordFormat.mayStart(buffer, at) && header((int) from + at) != null) {
                    return (int) from + at;
                }
            }
        }
        return -1;
    }

    /** A checksum of 0 that is right, of a payload that rotted since, is one in 2^32. */
    private static boolean isUnfinished(RecordHeader record) {
        return record.info().payloadBytes() > SegmentWriter.GATHERED_PAYLOAD_BYTES
                && record.info().crc32c() == SegmentWriter.UNSUMMED;
    }

    private boolean isPayloadIntact(RecordHeader record, int offset) throws IOException {
        CRC32C crc = new CRC32C();
        int left = record.info().payloadBytes();
        for (long at = offset + (long) record.headerBytes(); left > 0; ) {
            read(buffer.clear().limit(Math.min(left, BUFFER_BYTES)), at);
            if (!buffer.hasRemaining()) {
                return false;
            }
            at += buffer.limit();
            left -= buffer.limit();
            crc.update(buffer);
        }
        return record.info().payloadBytes() == 0
                || (int) crc.getValue() == record.info().crc32c();
    }

    /** Reads until the buffer is full or the file ends, and flips it; what cannot be read is zeros. */
    private void read(ByteBuffer target, long position) throws IOException {
        try {
            SegmentFiles.readFully(file, target, position);
        } catch (IOException e) {
            target.position(0);
            readBlocks(target, position);
        }
    }

    private void readBlocks(ByteBuffer target, long position) {
        int size = (int) Math.min(target.limit(), fileBytes - position);
        for (int at = 0; at < size; ) {
            int block = (int) Math.min(size - at, BLOCK_BYTES - (position + at) % BLOCK_BYTES);
            ByteBuffer piece = target.slice(at, block);
            try {
                SegmentFiles.readFully(file, piece, position + at);
            } catch (IOException e) {
                unreadableBlocks++;
                target.slice(at, block).put(new byte[block]);
            }
            at += block;
        }
        target.position(size).flip();
    }

    private static boolean isZero(ByteBuffer bytes) {
        int at = 0;
        for (; at + Long.BYTES <= bytes.limit(); at += Long.BYTES) {
            if (bytes.getLong(at) != 0) {
                return false;
            }
        }
        for (; at < bytes.limit(); at++) {
            if (bytes.get(at) != 0) {
                return false;
            }
        }
        return true;
    }
}
