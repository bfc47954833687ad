package io.kvstore.core;

import io.kvstore.api.KVStoreException;
import io.kvstore.api.Limits;
import io.kvstore.api.StoreId;
import io.kvstore.spi.BlobInfo;
import io.kvstore.spi.BlobKey;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of a record, version 1, big-endian, each record at a multiple of 64:
 *
 * <pre>
 *  0 magic "KVR1"             4 CRC-32C of salt, offset and header from byte 8 on
 *  8 version  9 kind  10 bytes of resource name  11 bytes of container name
 * 12 bytes of attributes     16 sequence (8)     24 tag (8)
 * 32 bytes of payload        36 CRC-32C of the payload
 * 40 blob key (48)           88 resource, container, attributes, payload, zeros up to the next multiple of 64
 * </pre>
 *
 * The salt is random, secret and the segment's own. Payloads are written by clients, and one may look like a record: without
 * the salt nobody can make one whose checksum holds, and with the offset in it a record is valid in one place only.
 */
final class RecordFormat {

    static final int FIXED_BYTES = 88;

    static final int MAX_HEADER_BYTES = FIXED_BYTES + 63 + 63 + BlobInfo.MAX_ATTRIBUTE_BYTES;

    static final int MAX_RECORD_BYTES = align(MAX_HEADER_BYTES + Limits.MAX_PAYLOAD_BYTES);

    static final int ALIGNMENT_BYTES = 64;

    private static final int MAGIC = 0x4b565231;
    private static final byte VERSION = 1;
    private static final int CRC_AT = 4;
    private static final int CHECKED_FROM = 8;
    private static final int ATTRIBUTES_AT = 12;
    private static final int KEY_AT = 40;

    private RecordFormat() {}

    static int align(int bytes) {
        return (bytes + ALIGNMENT_BYTES - 1) & -ALIGNMENT_BYTES;
    }

    /** Writes the header at the buffer's position. */
    static void encode(RecordHeader header, byte[] salt, int offset, ByteBuffer out) {
        int start = out.position();
        BlobInfo info = header.info();
        byte[] resource = header.store().resource().getBytes(StandardCharsets.US_ASCII);
        byte[] container = header.store().container().getBytes(StandardCharsets.US_ASCII);
        out.putInt(MAGIC).putInt(0);
        out.put(VERSION).put((byte) header.kind().code());
        out.put((byte) resource.length).put((byte) container.length);
        out.putInt(info.attributes().length);
        out.putLong(header.sequence()).putLong(info.tag());
        out.putInt(info.payloadBytes()).putInt(info.crc32c());
        header.key().write(out);
        out.put(resource).put(container).put(info.attributes());
        int length = out.position() - start;
        out.putInt(start + CRC_AT, checksum(salt, offset, out.slice(start, length)));
    }

    /**
     * The header at the start of {@code in}, or null when none is there, whole and intact. Its payload may reach beyond the
     * end of the segment.
     *
     * @param in the bytes from {@code offset} on, as far as there are any
     */
    static @Nullable RecordHeader decode(ByteBuffer in, byte[] salt, int offset) {
        int length = headerBytes(in);
        if (length < 0 || in.getInt(CRC_AT) != checksum(salt, offset, in.slice(0, length))) {
            return null;
        }
        byte[] names = new byte[in.get(10) + in.get(11)];
        in.get(FIXED_BYTES, names);
        String resource = new String(names, 0, in.get(10), StandardCharsets.US_ASCII);
        String container = new String(names, in.get(10), in.get(11), StandardCharsets.US_ASCII);
        try {
            StoreId store = new StoreId(resource, container);
            BlobKey key = BlobKey.read(in.slice(KEY_AT, BlobKey.BYTES));
            RecordHeader.Kind kind = RecordHeader.Kind.ofCode(in.get(9)).orElseThrow();
            return new RecordHeader(kind, in.getLong(16), store, key, info(in, length));
        } catch (KVStoreException e) {
            return null; // our own checksum over names we never write
        }
    }

    /** What travels with the blob whose record starts {@code in}, or null when that is not an intact record of the key. */
    static @Nullable BlobInfo decodeInfo(ByteBuffer in, byte[] salt, int offset, BlobKey key) {
        int length = headerBytes(in);
        if (length < 0
                || in.getInt(CRC_AT) != checksum(salt, offset, in.slice(0, length))
                || !BlobKey.read(in.slice(KEY_AT, BlobKey.BYTES)).equals(key)) {
            return null;
        }
        return info(in, length);
    }

    private static BlobInfo info(ByteBuffer in, int headerBytes) {
        byte[] attributes = new byte[in.getInt(ATTRIBUTES_AT)];
        in.get(headerBytes - attributes.length, attributes);
        return new BlobInfo(in.getLong(24), in.getInt(32), in.getInt(36), attributes);
    }

    /** Whether the four bytes there are the ones that every record starts with. */
    static boolean mayStart(ByteBuffer in, int at) {
        return in.getInt(at) == MAGIC;
    }

    /** Length of the header if its fields make sense, else -1. Says nothing of its checksum. */
    private static int headerBytes(ByteBuffer in) {
        if (in.limit() < FIXED_BYTES || in.getInt(0) != MAGIC || in.get(8) != VERSION) {
            return -1;
        }
        int attributes = in.getInt(ATTRIBUTES_AT);
        int payload = in.getInt(32);
        boolean sound = RecordHeader.Kind.ofCode(in.get(9)).isPresent()
                && in.get(10) > 0
                && in.get(11) > 0
                && attributes >= 0
                && attributes <= BlobInfo.MAX_ATTRIBUTE_BYTES
                && payload >= 0
                && payload <= Limits.MAX_PAYLOAD_BYTES;
        int length = sound ? FIXED_BYTES + in.get(10) + in.get(11) + attributes : -1;
        return length <= in.limit() ? length : -1;
    }

    private static int checksum(byte[] salt, int offset, ByteBuffer header) {
        CRC32C crc = new CRC32C();
        crc.update(salt);
        for (int shift = 24; shift >= 0; shift -= 8) {
            crc.update(offset >>> shift);
        }
        Crc32c.add(crc, header.position(CHECKED_FROM));
        return (int) crc.getValue();
    }
}
