package io.kvstore.spi;

import java.util.Arrays;

/**
 * What travels with a blob.
 *
 * <p>Treat the array as immutable.
 *
 * @param tag 64 bits of the writer's choosing that a backend hands back with {@link BlobStore#peek}, so that they can be had
 *     without I/O; the engine keeps the chunk's hash here
 * @param payloadBytes length of the payload
 * @param crc32c CRC-32C (RFC 3720) of the payload
 * @param attributes the writer's own description of the blob, opaque to the backend, at most {@link #MAX_ATTRIBUTE_BYTES}
 */
@SuppressWarnings(
        "ArrayRecordComponent") // equals and hashCode are ours; a copy per question would cost more than it guards
public record BlobInfo(long tag, int payloadBytes, int crc32c, byte[] attributes) {

    /** Azure keeps 8 KiB of metadata a blob; this leaves room for base64 and our other fields. */
    public static final int MAX_ATTRIBUTE_BYTES = 5_120;

    public BlobInfo {
        if (payloadBytes < 0) {
            throw new IllegalArgumentException("payloadBytes: " + payloadBytes + " (expected: 0 or more)");
        }
        if (attributes.length > MAX_ATTRIBUTE_BYTES) {
            throw new IllegalArgumentException(
                    "attributes: " + attributes.length + " bytes (expected: at most " + MAX_ATTRIBUTE_BYTES + ")");
        }
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof BlobInfo that
                && tag == that.tag
                && payloadBytes == that.payloadBytes
                && crc32c == that.crc32c
                && Arrays.equals(attributes, that.attributes);
    }

    @Override
    public int hashCode() {
        return Long.hashCode(tag) * 31 + crc32c;
    }

    @Override
    public String toString() {
        return "BlobInfo[tag " + Long.toHexString(tag) + ", " + payloadBytes + " bytes]";
    }
}
