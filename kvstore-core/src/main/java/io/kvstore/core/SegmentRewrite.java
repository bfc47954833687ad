package io.kvstore.core;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Writes a part of a segment again over itself. After a failed fsync its pages are still in the kernel's cache, but count as
 * written: only writing makes them something that the next fsync has to bring to the medium. Pages that the cache has dropped
 * since come back as the medium has them, so the records are checked as well.
 */
final class SegmentRewrite {

    private static final int PIECE_BYTES = 1024 * 1024;

    private SegmentRewrite() {}

    /** @throws IOException also when a record was lost */
    static void run(DiskFile file, byte[] salt, int from, int to) throws IOException {
        ByteBuffer piece = ByteBuffer.allocateDirect(Math.min(PIECE_BYTES, Math.max(1, to - from)));
        for (int at = from; at < to; at += piece.limit()) {
            SegmentFiles.readFully(file, piece.clear().limit(Math.min(piece.capacity(), to - at)), at);
            if (!piece.hasRemaining()) {
                throw new IOException("the segment ends at " + at + " (expected: " + to + ")");
            }
            SegmentFiles.writeFully(file, piece, at);
        }
        SegmentScan scan = new SegmentScan(file, salt);
        scan.run(record -> {});
        if (scan.intactEnd() < to || !scan.damaged().isEmpty() || !scan.skips().isEmpty()) {
            throw new IOException("records that a failed fsync covered are lost");
        }
    }
}
