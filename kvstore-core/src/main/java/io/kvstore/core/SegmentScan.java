package io.kvstore.core;

import io.kvstore.api.StoreId;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Set;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Reads a segment that has no footer, record by record, and checks every byte: what kill -9 or a loss of power left.
 *
 * <p>The log is written in order, so the first place where no record starts is its end. A record whose payload is damaged
 * is stepped over by its length, so that it hides nothing behind it. Behind a damaged header nothing can be found: we go on
 * from record to record only, because the next thing that looks like one may be part of a payload.
 *
 * <p>Reads through the file, not through a mapping: a bad sector is then an IOException.
 */
final class SegmentScan {

    private static final int BUFFER_BYTES = 1024 * 1024;

    private final DiskFile file;
    private final byte[] salt;
    private final long fileBytes;
    private final ByteBuffer header = ByteBuffer.allocate(RecordFormat.MAX_HEADER_BYTES);
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
    private final Set<Integer> damaged = new HashSet<>();

    private int end = SegmentFiles.HEADER_BYTES;
    private int intactEnd = SegmentFiles.HEADER_BYTES;
    private boolean torn;

    SegmentScan(DiskFile file, byte[] salt) throws IOException {
        this.file = file;
        this.salt = salt;
        this.fileBytes = file.length();
    }

    /** Visits the intact records in order. */
    void run(SegmentFooter.Visitor visitor) throws IOException {
        for (RecordHeader next = read(end); next != null; next = read(end)) {
            if (isPayloadIntact(next)) {
                visitor.record(entry(next, end));
                end += next.recordBytes();
                intactEnd = end;
            } else {
                damaged.add(end);
                end += next.recordBytes();
            }
        }
        torn = !isZero(header) || end != intactEnd;
        damaged.removeIf(offset -> offset >= intactEnd);
    }

    /** Where the last intact record ends: the segment is to be cut there. */
    int intactEnd() {
        return intactEnd;
    }

    /** Offsets of records with a damaged payload before {@link #intactEnd()}: lost chunks. */
    Set<Integer> damaged() {
        return damaged;
    }

    /** Whether something other than zeros, so part of a record, lies behind the end. */
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

    private @Nullable RecordHeader read(int offset) throws IOException {
        header.clear();
        if (offset >= fileBytes) {
            header.flip();
            return null;
        }
        SegmentFiles.readFully(file, header, offset);
        RecordHeader found = RecordFormat.decode(header.slice(), salt, offset);
        return found != null && offset + (long) found.recordBytes() <= fileBytes ? found : null;
    }

    private boolean isPayloadIntact(RecordHeader record) throws IOException {
        CRC32C crc = new CRC32C();
        int left = record.info().payloadBytes();
        for (long at = end + (long) record.headerBytes(); left > 0; ) {
            SegmentFiles.readFully(file, buffer.clear().limit(Math.min(left, BUFFER_BYTES)), at);
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

    private static boolean isZero(ByteBuffer bytes) {
        for (int i = 0; i < bytes.limit(); i++) {
            if (bytes.get(i) != 0) {
                return false;
            }
        }
        return true;
    }
}
