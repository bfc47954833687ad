package io.kvstore.core;

import io.kvstore.spi.BlobInfo;
import io.kvstore.spi.BlobKey;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks a second time at a record that seemed damaged, through the file and not the mapping: a disk that cannot read says so
 * there, and only bytes that were read and are wrong prove that a blob is lost. Blocks as long as the disk takes.
 */
final class RecordProof {

    private static final Logger LOG = LoggerFactory.getLogger(RecordProof.class);

    private static final int BUFFER_BYTES = 256 * 1024;

    /** What the second look showed. */
    enum Finding {
        INTACT,
        /** The bytes are there and wrong, or the file ends before them. */
        DAMAGED,
        /** The disk did not give them: they may be as they were. */
        UNREADABLE
    }

    private RecordProof() {}

    static Finding of(SegmentFiles files, IndexEntry entry, BlobKey key) {
        try (DiskFile file = files.reopen(entry.segment())) {
            return isIntact(file, entry, key) ? Finding.INTACT : Finding.DAMAGED;
        } catch (IOException e) {
            LOG.warn("a record at {} of {} cannot be read", entry.offset(), entry.segment(), e);
            return Finding.UNREADABLE;
        }
    }

    private static boolean isIntact(DiskFile file, IndexEntry entry, BlobKey key) throws IOException {
        ByteBuffer header = ByteBuffer.allocate(entry.headerBytes());
        SegmentFiles.readFully(file, header, entry.offset());
        BlobInfo info = RecordFormat.decodeInfo(header, entry.segment().salt(), entry.offset(), key);
        if (info == null || info.payloadBytes() != entry.payloadBytes()) {
            return false;
        }
        CRC32C crc = new CRC32C();
        ByteBuffer buffer = ByteBuffer.allocate(Math.max(1, Math.min(entry.payloadBytes(), BUFFER_BYTES)));
        long at = (long) entry.offset() + entry.headerBytes();
        for (int left = entry.payloadBytes(); left > 0; left -= buffer.limit()) {
            SegmentFiles.readFully(file, buffer.clear().limit(Math.min(left, buffer.capacity())), at);
            if (!buffer.hasRemaining()) {
                return false;
            }
            at += buffer.limit();
            crc.update(buffer.duplicate());
        }
        return entry.payloadBytes() == 0 || (int) crc.getValue() == info.crc32c();
    }
}
