package io.kvstore.core;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/** CRC-32C (RFC 3720) of memory that may be mapped from a file. */
final class Crc32c {

    private static final int PAGE_BYTES = 4_096;

    private Crc32c() {}

    /**
     * The checksum of the remaining bytes, whose position stays.
     *
     * @throws InternalError when a page of mapped memory can not be read
     */
    static int of(ByteBuffer bytes) {
        // Each page is touched first, by an access that the JVM guards: where the disk fails that is an InternalError,
        // whereas in the summing itself, a stub of the JVM's, it ends the process.
        int touched = 0;
        for (int at = bytes.position(); at < bytes.limit(); at += PAGE_BYTES) {
            touched = touched * 31 + bytes.get(at);
        }
        if (bytes.hasRemaining()) {
            touched = touched * 31 + bytes.get(bytes.limit() - 1);
        }
        if (touched == Integer.MIN_VALUE) {
            Thread.onSpinWait(); // does nothing; without a use of it the compiler would drop the reads
        }
        CRC32C crc = new CRC32C();
        crc.update(bytes.duplicate());
        return (int) crc.getValue();
    }
}
