package io.kvstore.core;

import io.kvstore.api.Payload;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * CRC-32C (RFC 3720) of memory that may be mapped from a file.
 *
 * <p>Mapped memory is never summed in place: where the disk fails to deliver a page, the JVM turns the fault of a copy into
 * an {@link InternalError}, which arrives an instant later, but the fault of the summing, a stub of its own, ends the
 * process. So bytes are copied by pieces to a small array first, which stays in the CPU's cache, and what is summed there is
 * harmless whatever it is. Touching each page first was not enough: the error came after the summing had begun.
 */
final class Crc32c {

    private static final int PIECE_BYTES = 16 * 1024;

    /** One piece a thread; making one for each call would be a heap byte for every 75 of a typical payload. */
    private static final ThreadLocal<byte[]> PIECES = ThreadLocal.withInitial(() -> new byte[PIECE_BYTES]);

    private Crc32c() {}

    /**
     * The checksum of the remaining bytes, whose position stays.
     *
     * @throws InternalError when a page of mapped memory can not be read: what was summed in its place must not count
     */
    static int of(ByteBuffer bytes) {
        CRC32C crc = new CRC32C();
        add(crc, bytes);
        if (bytes.isDirect()) {
            MappedMemory.reportFault();
        }
        return (int) crc.getValue();
    }

    /**
     * The checksum of a payload as it lies.
     *
     * @throws InternalError as {@link #of(ByteBuffer)}
     */
    static int of(Payload payload) {
        CRC32C crc = new CRC32C();
        boolean direct = false;
        for (ByteBuffer piece : payload.buffers()) {
            add(crc, piece);
            direct |= piece.isDirect();
        }
        if (direct) {
            MappedMemory.reportFault();
        }
        return (int) crc.getValue();
    }

    /** Adds the remaining bytes, whose position stays; a page that can not be read counts as zeros, and is reported later. */
    static void add(CRC32C crc, ByteBuffer bytes) {
        if (!bytes.isDirect()) {
            crc.update(bytes.duplicate());
            return;
        }
        byte[] piece = PIECES.get();
        for (int at = bytes.position(); at < bytes.limit(); at += PIECE_BYTES) {
            int length = Math.min(PIECE_BYTES, bytes.limit() - at);
            bytes.get(at, piece, 0, length);
            crc.update(piece, 0, length);
        }
    }
}
