package io.kvstore.grpc;

import io.kvstore.api.Payload;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;

/**
 * Copies through a small array per thread, which is all that gRPC's public interface allows: it takes arrays and copies
 * them into its own direct buffers.
 */
final class CopyingPayloadWriter implements PayloadWriter {

    /** Fits the second-level cache, so that the copy out of it costs little. */
    private static final int SCRATCH_BYTES = 32 * 1024;

    private final ThreadLocal<byte[]> scratch = ThreadLocal.withInitial(() -> new byte[SCRATCH_BYTES]);

    @Override
    public void write(Payload payload, OutputStream out) throws IOException {
        byte[] piece = scratch.get();
        ByteBuffer bytes = payload.buffer();
        while (bytes.hasRemaining()) {
            int count = Math.min(piece.length, bytes.remaining());
            bytes.get(piece, 0, count);
            out.write(piece, 0, count);
        }
    }
}
