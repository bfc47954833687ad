package io.kvstore.bench.load;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;

/**
 * What comes in on a blocking channel. Large payloads are read to where they belong, without a copy; small messages are read
 * many at a time and cost one copy, which is cheaper than a system call each. Not thread-safe.
 */
final class Inbound {

    /** From here on a payload is worth a read of its own. */
    static final int LARGE_BYTES = 32 << 10;

    private static final int BUFFER_BYTES = 64 << 10;

    private final ReadableByteChannel channel;
    private final ByteBuffer buffered = ByteBuffer.allocateDirect(BUFFER_BYTES).limit(0);

    Inbound(ReadableByteChannel channel) {
        this.channel = channel;
    }

    /** Whether so many bytes can be had without waiting. */
    boolean has(int bytes) {
        return buffered.remaining() >= bytes;
    }

    /**
     * Waits until the buffer holds so many bytes.
     *
     * @param alone take no more in than these: what follows is large and has its own place
     * @return the buffer: take exactly these
     * @throws EOFException when the other end has closed
     */
    ByteBuffer await(int bytes, boolean alone) throws IOException {
        if (buffered.remaining() < bytes) {
            buffered.compact();
            buffered.limit(alone ? bytes : BUFFER_BYTES);
            while (buffered.position() < bytes) {
                read(buffered);
            }
            buffered.flip();
        }
        return buffered;
    }

    /** Fills {@code target} to its limit, without a copy but for what is buffered already. */
    void readInto(ByteBuffer target) throws IOException {
        int had = Math.min(buffered.remaining(), target.remaining());
        target.put(buffered.slice().limit(had));
        buffered.position(buffered.position() + had);
        while (target.hasRemaining()) {
            read(target);
        }
    }

    private void read(ByteBuffer target) throws IOException {
        if (channel.read(target) < 0) {
            throw new EOFException("the other end closed the connection");
        }
    }
}
