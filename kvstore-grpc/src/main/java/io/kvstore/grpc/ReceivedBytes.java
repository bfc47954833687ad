package io.kvstore.grpc;

import io.grpc.internal.ReadableBuffer;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * A part of a message in the transport's own buffers, kept until it is closed, once, on any thread.
 *
 * @param pieces the bytes, in their order
 * @param held what the pieces lie in
 */
record ReceivedBytes(List<ByteBuffer> pieces, List<ReadableBuffer> held) implements AutoCloseable {

    /** In smaller pieces than this on average it is not worth keeping, and a peer could make it millions. */
    private static final int MIN_PIECE_BYTES = 64 * 1024;

    /** Whether they may be kept as they lie: off the heap, in few pieces. */
    boolean isWorthKeeping(int bytes) {
        if (pieces.size() > Math.max(1, bytes / MIN_PIECE_BYTES)) {
            return false;
        }
        for (ByteBuffer piece : pieces) {
            if (!piece.isDirect()) {
                return false;
            }
        }
        return true;
    }

    @Override
    public void close() {
        held.forEach(ReadableBuffer::close);
    }
}
