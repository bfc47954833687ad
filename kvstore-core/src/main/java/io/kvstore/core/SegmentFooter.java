package io.kvstore.core;

import io.kvstore.api.KVStoreException;
import io.kvstore.api.StoreId;
import io.kvstore.spi.BlobKey;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The index at the end of a sealed segment, so that start reads no payloads: an entry for each record, the names of the stores,
 * and a trailer that ends the file.
 *
 * <pre>
 * entry    0 offset  4 kind << 24 | store number  8 header bytes  12 payload bytes  16 sequence (8)  24 tag (8)  32 key (48)
 * stores   for each: length (1), resource, length (1), container
 * trailer  0 magic "KVSF"  4 version  8 records end at  12 entries  16 stores  20 bytes of stores  24 zeros (4)
 *          28 CRC-32C of salt, entries, stores and the trailer up to here
 * </pre>
 */
final class SegmentFooter {

    private static final Logger LOG = LoggerFactory.getLogger(SegmentFooter.class);

    static final int TRAILER_BYTES = 32;

    private static final int MAGIC = 0x4b565346;
    private static final int VERSION = 1;
    private static final int ENTRY_BYTES = 80;
    private static final int BUFFER_BYTES = ENTRY_BYTES * 8_192;
    private static final int MAX_STORE_NUMBER = (1 << 24) - 1;

    private SegmentFooter() {}

    /** What a footer says of one record. */
    record Entry(
            RecordHeader.Kind kind,
            StoreId store,
            BlobKey key,
            long sequence,
            long tag,
            int offset,
            int headerBytes,
            int payloadBytes) {

        int recordBytes() {
            return RecordFormat.align(headerBytes + payloadBytes);
        }
    }

    /** Is told of the records of a segment in the order of their offsets. */
    interface Visitor {
        void record(Entry entry) throws IOException;
    }

    /** Gathers and writes a footer behind the records of a segment. */
    static final class Writer implements Visitor {

        private final DiskFile file;
        private final int recordsEnd;
        private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
        private final CRC32C crc = new CRC32C();
        private final Map<StoreId, Integer> stores = new LinkedHashMap<>();
        private long position;
        private int entries;

        Writer(DiskFile file, byte[] salt, int recordsEnd) {
            this.file = file;
            this.recordsEnd = recordsEnd;
            this.position = recordsEnd;
            crc.update(salt);
        }

        @Override
        public void record(Entry entry) throws IOException {
            room(ENTRY_BYTES);
            int store = stores.computeIfAbsent(entry.store(), absent -> stores.size());
            if (store > MAX_STORE_NUMBER) {
                throw new IOException(
                        "stores in a segment: " + store + " (expected: at most " + MAX_STORE_NUMBER + ")");
            }
            buffer.putInt(entry.offset()).putInt(entry.kind().code() << 24 | store);
            buffer.putInt(entry.headerBytes()).putInt(entry.payloadBytes());
            buffer.putLong(entry.sequence()).putLong(entry.tag());
            entry.key().write(buffer);
            entries++;
        }

        /** Returns the length that the file has now. */
        long finish() throws IOException {
            int storesBytes = 0;
            for (StoreId store : stores.keySet()) {
                room(128);
                storesBytes += 2 + store.resource().length() + store.container().length();
                putName(store.resource());
                putName(store.container());
            }
            room(TRAILER_BYTES);
            buffer.putInt(MAGIC).putInt(VERSION).putInt(recordsEnd).putInt(entries);
            buffer.putInt(stores.size()).putInt(storesBytes).putInt(0);
            crc.update(buffer.array(), 0, buffer.position());
            buffer.putInt((int) crc.getValue());
            SegmentFiles.writeFully(file, buffer.flip(), position);
            return position + buffer.limit();
        }

        private void putName(String name) {
            buffer.put((byte) name.length()).put(name.getBytes(StandardCharsets.US_ASCII));
        }

        private void room(int bytes) throws IOException {
            if (buffer.remaining() < bytes) {
                crc.update(buffer.array(), 0, buffer.position());
                SegmentFiles.writeFully(file, buffer.flip(), position);
                position += buffer.limit();
                buffer.clear();
            }
        }
    }

    /**
     * Reads the footer of a segment.
     *
     * @return where the records end, or -1 when the file does not end in an intact footer that can be read; then nothing was
     *     visited
     */
    static int read(DiskFile file, byte[] salt, Visitor visitor) throws IOException {
        Trailer trailer;
        List<StoreId> stores;
        try {
            trailer = Trailer.read(file);
            if (trailer == null || !trailer.isIntact(file, salt)) {
                return -1;
            }
            stores = trailer.stores(file);
        } catch (IOException e) {
            LOG.warn("a footer cannot be read", e);
            return -1;
        }
        if (stores == null) {
            return -1;
        }
        ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
        long position = trailer.recordsEnd;
        for (int left = trailer.entries; left > 0; ) {
            int count = Math.min(left, BUFFER_BYTES / ENTRY_BYTES);
            SegmentFiles.readFully(file, buffer.clear().limit(count * ENTRY_BYTES), position);
            for (int i = 0; i < count; i++) {
                visitor.record(entry(buffer, stores));
            }
            position += (long) count * ENTRY_BYTES;
            left -= count;
        }
        return trailer.recordsEnd;
    }

    private static Entry entry(ByteBuffer in, List<StoreId> stores) {
        int offset = in.getInt();
        int kindAndStore = in.getInt();
        int headerBytes = in.getInt();
        int payloadBytes = in.getInt();
        long sequence = in.getLong();
        long tag = in.getLong();
        RecordHeader.Kind kind = RecordHeader.Kind.ofCode(kindAndStore >>> 24).orElseThrow();
        StoreId store = stores.get(kindAndStore & MAX_STORE_NUMBER);
        return new Entry(kind, store, BlobKey.read(in), sequence, tag, offset, headerBytes, payloadBytes);
    }

    private record Trailer(long fileBytes, int recordsEnd, int entries, int stores, int storesBytes, int crc) {

        static @Nullable Trailer read(DiskFile file) throws IOException {
            long fileBytes = file.length();
            ByteBuffer in = ByteBuffer.allocate(TRAILER_BYTES);
            if (fileBytes < SegmentFiles.HEADER_BYTES + TRAILER_BYTES) {
                return null;
            }
            SegmentFiles.readFully(file, in, fileBytes - TRAILER_BYTES);
            if (in.limit() < TRAILER_BYTES || in.getInt() != MAGIC || in.getInt() != VERSION) {
                return null;
            }
            Trailer trailer = new Trailer(fileBytes, in.getInt(), in.getInt(), in.getInt(), in.getInt(), in.getInt(28));
            return trailer.isSound() ? trailer : null;
        }

        private boolean isSound() {
            return recordsEnd >= SegmentFiles.HEADER_BYTES
                    && entries >= 0
                    && stores >= 0
                    && storesBytes >= 0
                    && recordsEnd + (long) entries * ENTRY_BYTES + storesBytes + TRAILER_BYTES == fileBytes;
        }

        boolean isIntact(DiskFile file, byte[] salt) throws IOException {
            CRC32C sum = new CRC32C();
            sum.update(salt);
            ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
            long checkedEnd = fileBytes - 4;
            for (long at = recordsEnd; at < checkedEnd; ) {
                SegmentFiles.readFully(file, buffer.clear().limit((int) Math.min(BUFFER_BYTES, checkedEnd - at)), at);
                if (!buffer.hasRemaining()) {
                    return false;
                }
                at += buffer.limit();
                sum.update(buffer);
            }
            return (int) sum.getValue() == crc;
        }

        @Nullable
        List<StoreId> stores(DiskFile file) throws IOException {
            ByteBuffer in = ByteBuffer.allocate(storesBytes);
            SegmentFiles.readFully(file, in, recordsEnd + (long) entries * ENTRY_BYTES);
            List<StoreId> names = new ArrayList<>(stores);
            try {
                for (int i = 0; i < stores; i++) {
                    names.add(new StoreId(name(in), name(in)));
                }
                return names;
            } catch (KVStoreException e) {
                return null; // our own checksum over names we never write
            }
        }

        private static String name(ByteBuffer in) {
            byte[] name = new byte[in.get()];
            in.get(name);
            return new String(name, StandardCharsets.US_ASCII);
        }
    }
}
