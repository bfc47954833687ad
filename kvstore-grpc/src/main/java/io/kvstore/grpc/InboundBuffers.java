package io.kvstore.grpc;

import io.kvstore.api.KVStoreException;
import io.kvstore.api.Payload;
import io.kvstore.api.Reason;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import java.io.IOException;
import java.time.Duration;

/**
 * Where received payloads stay: direct memory, one buffer per payload. A payload is copied into it once and never again.
 * Keeping the transport's own buffers would save that copy, but each pins a read buffer many times its size.
 */
final class InboundBuffers {

    /** From here on a buffer is worth keeping for the next payload. */
    static final int MIN_SHELF_BYTES = 256 * 1024;

    private static final Duration RETRY_AFTER = Duration.ofSeconds(1);
    private static final long MAX_KEPT_BYTES = 128L << 20;

    /**
     * One for the process, as Netty's pool, from which smaller payloads come: a pool per server or client would keep what it
     * has also after its owner.
     */
    private static final InboundBuffers POOLED = new InboundBuffers(
            PooledByteBufAllocator.DEFAULT,
            Math.min(MAX_KEPT_BYTES, Runtime.getRuntime().maxMemory() / 8));

    private final ByteBufAllocator allocator;
    private final BufferShelf shelf;

    /**
     * Buffers of an allocator.
     *
     * @param maxKeptBytes of buffers kept for the next payloads
     */
    InboundBuffers(ByteBufAllocator allocator, long maxKeptBytes) {
        this.allocator = allocator;
        this.shelf = new BufferShelf(allocator, maxKeptBytes);
    }

    static InboundBuffers pooled() {
        return POOLED;
    }

    /** The next {@code length} bytes of the message, as the caller's to close. */
    Payload read(WireReader reader, int length) throws IOException {
        if (length == 0) {
            return Payload.empty();
        }
        ByteBuf buffer = allocate(length);
        boolean complete = false;
        try {
            reader.readFully(buffer.internalNioBuffer(0, length).slice());
            Payload payload = Payload.of(buffer.nioBuffer(0, length), () -> release(buffer));
            complete = true;
            return payload;
        } finally {
            if (!complete) {
                release(buffer);
            }
        }
    }

    private ByteBuf allocate(int length) {
        try {
            return length < MIN_SHELF_BYTES ? allocator.directBuffer(length, length) : shelf.take(length);
        } catch (OutOfMemoryError e) {
            // Direct memory has a limit of its own; running into it harms this call only.
            throw new KVStoreException(
                    Reason.RESOURCE_EXHAUSTED, "no memory for a payload of " + length + " bytes", RETRY_AFTER, e);
        }
    }

    private void release(ByteBuf buffer) {
        if (buffer.capacity() < MIN_SHELF_BYTES) {
            buffer.release();
        } else {
            shelf.put(buffer);
        }
    }

    /** Gives up what is kept for the next payloads. */
    void clear() {
        shelf.clear();
    }
}
