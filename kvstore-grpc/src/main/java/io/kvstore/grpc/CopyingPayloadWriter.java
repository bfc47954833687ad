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

    private final PayloadTraffic traffic;
    private final ThreadLocal<byte[]> scratch = ThreadLocal.withInitial(() -> new byte[SCRATCH_BYTES]);

    CopyingPayloadWriter(PayloadTraffic traffic) {
        this.traffic = traffic;
    }

    @Override
    public void write(Payload payload, OutputStream out, Runnable onSent) throws IOException {
        traffic.copied(payload.sizeBytes());
        try {
            copy(payload.buffer(), out);
            if (payload.sizeBytes() > SCRATCH_BYTES) {
                reportFault();
            }
        } catch (InternalError e) {
            // So the JVM reports a page of a mapped file that cannot be read. Nothing of the message is sent yet.
            throw new IOException("a page of the payload cannot be read", e);
        }
    }

    private void copy(ByteBuffer bytes, OutputStream out) throws IOException {
        byte[] piece = scratch.get();
        while (bytes.hasRemaining()) {
            int count = Math.min(piece.length, bytes.remaining());
            bytes.get(piece, 0, count);
            out.write(piece, 0, count);
        }
    }

    /** The report may come a little late, and the bytes be zeros until then. Small payloads were read a moment ago. */
    @SuppressWarnings("ThreadPriorityCheck") // not for the scheduler: the JVM looks for such reports on the way back
    private static void reportFault() {
        Thread.yield();
    }
}
