package io.kvstore.bench;

import io.kvstore.api.Payload;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;

/**
 * Payloads that can be checked without being kept: the bytes are a function of the block's hash. Buffers are direct and used
 * again, as an engine would hand over its pinned memory.
 *
 * <p>Threading: safe for many threads.
 */
final class BlockPayloads {

    private final int payloadBytes;
    private final BlockingQueue<ByteBuffer> free;

    /**
     * Payloads of one size.
     *
     * @param maxKept buffers kept for reuse
     */
    BlockPayloads(int payloadBytes, int maxKept) {
        this.payloadBytes = payloadBytes;
        this.free = new ArrayBlockingQueue<>(maxKept);
    }

    int payloadBytes() {
        return payloadBytes;
    }

    /** The payload of a block; the caller closes it. */
    Payload of(long hash) {
        ByteBuffer kept = free.poll();
        ByteBuffer buffer =
                kept != null ? kept : ByteBuffer.allocateDirect(payloadBytes).order(ByteOrder.LITTLE_ENDIAN);
        buffer.clear();
        long state = hash;
        while (buffer.remaining() >= Long.BYTES) {
            state += Mix.GAMMA;
            buffer.putLong(Mix.mix64(state));
        }
        long last = Mix.mix64(state + Mix.GAMMA);
        for (; buffer.hasRemaining(); last >>>= Byte.SIZE) {
            buffer.put((byte) last);
        }
        buffer.flip();
        // offer may refuse when enough are kept: the garbage collector has this one then.
        return Payload.of(buffer, () -> free.offer(buffer));
    }

    /** Whether these are, byte for byte, the bytes of that block. */
    boolean matches(long hash, ByteBuffer bytes) {
        if (bytes.remaining() != payloadBytes) {
            return false;
        }
        ByteBuffer in = bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        long state = hash;
        while (in.remaining() >= Long.BYTES) {
            state += Mix.GAMMA;
            if (in.getLong() != Mix.mix64(state)) {
                return false;
            }
        }
        long last = Mix.mix64(state + Mix.GAMMA);
        for (; in.hasRemaining(); last >>>= Byte.SIZE) {
            if (in.get() != (byte) last) {
                return false;
            }
        }
        return true;
    }
}
