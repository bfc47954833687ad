package io.kvstore.core;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Appends records to one segment. Small records are gathered and written together; a payload beyond {@link
 * #GATHERED_PAYLOAD_BYTES} goes to the file from where it lies. Used by one thread.
 */
final class SegmentWriter {

    /** Where copying a payload next to its header costs less than a system call of its own. */
    static final int GATHERED_PAYLOAD_BYTES = 32 * 1024;

    /** One write. The JDK copies heap memory to as much direct memory per write, so this bounds that as well. */
    private static final int WRITE_BYTES = 1024 * 1024;

    private final Segment segment;
    private final DiskFile file;
    private final long lengthBytes;
    private final ByteBuffer gathered;

    private int gatheredFrom;
    private int writtenTo;

    /** @param gathered at least {@link #bufferBytes()} of direct memory, this writer's own while it is in use */
    SegmentWriter(SegmentFiles.Opened opened, long lengthBytes, ByteBuffer gathered) {
        this.segment = opened.segment();
        this.file = opened.file();
        this.lengthBytes = lengthBytes;
        this.gathered = gathered.clear();
        this.gatheredFrom = segment.end();
        this.writtenTo = segment.end();
    }

    static int bufferBytes() {
        return WRITE_BYTES;
    }

    Segment segment() {
        return segment;
    }

    DiskFile file() {
        return file;
    }

    /** Where the next record goes. */
    int end() {
        return gatheredFrom + gathered.position();
    }

    /** Records before this offset are in the file, all of each. */
    int writtenTo() {
        return writtenTo;
    }

    boolean fits(int recordBytes) {
        return end() + (long) recordBytes <= lengthBytes;
    }

    /** After an exception nothing behind {@link #writtenTo()} counts, and {@link #cutBack()} comes next. */
    void append(RecordHeader header, ByteBuffer payload) throws IOException {
        int gatheredPayload = payload.remaining() <= GATHERED_PAYLOAD_BYTES ? payload.remaining() : 0;
        if (gathered.remaining() < RecordFormat.align(header.headerBytes() + gatheredPayload)) {
            flush();
        }
        int start = end();
        RecordFormat.encode(header, segment.salt(), start, gathered);
        int next = start + header.recordBytes();
        if (payload.remaining() <= GATHERED_PAYLOAD_BYTES) {
            boolean mayBeMapped = payload.isDirect();
            gathered.put(payload);
            if (mayBeMapped) {
                MappedMemory.reportFault(); // now, and not in the middle of another record
            }
            while (end() < next) {
                gathered.put((byte) 0);
            }
        } else {
            write(gathered.flip(), gatheredFrom);
            write(payload, start + header.headerBytes());
            written(next); // the gap up to there was never written, so it reads as zeros
        }
    }

    void flush() throws IOException {
        int end = end();
        write(gathered.flip(), gatheredFrom);
        written(end);
    }

    private void written(int end) {
        gathered.clear();
        gatheredFrom = end;
        writtenTo = end;
    }

    private void write(ByteBuffer bytes, int position) throws IOException {
        int at = position;
        while (bytes.hasRemaining()) {
            ByteBuffer piece = bytes.slice(bytes.position(), Math.min(bytes.remaining(), WRITE_BYTES));
            SegmentFiles.writeFully(file, piece, at);
            at += piece.position();
            bytes.position(bytes.position() + piece.position());
        }
    }

    /**
     * Makes everything behind {@link #writtenTo()} zeros that take no space, after a failed append: a torn record must not
     * lie under a later, shorter one.
     */
    void cutBack() throws IOException {
        written(writtenTo);
        file.setLength(writtenTo);
        file.setLength(lengthBytes);
    }
}
