package io.kvstore.core;

import io.kvstore.api.KVStoreException;
import io.kvstore.api.Reason;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * Appends records to one segment. Small records are gathered and written together; a payload beyond {@link
 * #GATHERED_PAYLOAD_BYTES} goes to the file from where it lies. Used by one thread.
 */
final class SegmentWriter {

    /** Where copying a payload next to its header costs less than a system call of its own. */
    static final int GATHERED_PAYLOAD_BYTES = 32 * 1024;

    /** The checksum of a large record until all of it is written. */
    static final int UNSUMMED = 0;

    /** One write. The JDK copies heap memory to as much direct memory per write, so this bounds that as well. */
    private static final int WRITE_BYTES = 1024 * 1024;

    /** What is copied, summed and written at once: it fits into the cache of a CPU's core. */
    private static final int PIECE_BYTES = 256 * 1024;

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

    /**
     * Appends a record; returns its header as written. After an exception nothing behind {@link #writtenTo()} counts, and
     * {@link #cutBack()} comes next.
     *
     * <p>The payload is copied once, to memory that nobody else can change, and the copy is summed while the CPU's cache has it:
     * the checksum is that of what is written, whatever the caller's memory does meanwhile. A large record is written with the
     * checksum {@link #UNSUMMED}, so that its length stands before its bytes do, and gets the right one last.
     *
     * @param sumHere whether the header gets the payload's checksum; else it has one
     * @throws KVStoreException {@link Reason#DATA_LOSS} when it has another one than the payload
     */
    RecordHeader append(RecordHeader header, Pieces payload, boolean sumHere) throws IOException {
        int size = payload.remaining();
        boolean isGathered = size <= GATHERED_PAYLOAD_BYTES;
        if (gathered.remaining() < RecordFormat.align(header.headerBytes() + (isGathered ? size : 0))) {
            flush();
        }
        int start = end();
        int next = start + header.recordBytes();
        int headerAt = gathered.position();
        RecordHeader first = isGathered ? header : header.summed(UNSUMMED);
        RecordFormat.encode(first, segment.salt(), start, gathered);
        CRC32C crc = new CRC32C();
        if (isGathered) {
            copy(payload, crc);
            RecordHeader summed = summed(header, payload, crc, sumHere);
            RecordFormat.encode(summed, segment.salt(), start, gathered.slice(headerAt, header.headerBytes()));
            while (end() < next) {
                gathered.put((byte) 0);
            }
            return summed;
        }
        write(gathered.flip(), gatheredFrom);
        for (int at = start + header.headerBytes(); payload.remaining() > 0; at += gathered.limit()) {
            gathered.clear();
            copy(payload, crc);
            write(gathered.flip(), at);
        }
        RecordHeader summed = summed(header, payload, crc, sumHere);
        RecordFormat.encode(summed, segment.salt(), start, gathered.clear());
        write(gathered.flip(), start);
        written(next); // the gap up to there was never written, so it reads as zeros
        return summed;
    }

    /** Copies up to a piece and sums the copy. */
    private void copy(Pieces payload, CRC32C crc) {
        int at = gathered.position();
        int bytes = Math.min(payload.remaining(), PIECE_BYTES);
        payload.moveTo(gathered, bytes);
        crc.update(gathered.slice(at, bytes));
    }

    private static RecordHeader summed(RecordHeader header, Pieces payload, CRC32C crc, boolean sumHere) {
        payload.reportFault(); // now, and not in the middle of another record
        int sum = header.info().payloadBytes() == 0 ? header.info().crc32c() : (int) crc.getValue();
        if (sum == header.info().crc32c()) {
            return header;
        }
        if (sumHere) {
            return header.summed(sum);
        }
        throw new KVStoreException(Reason.DATA_LOSS, "local disk: the payload is not what its checksum says");
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
