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
 * Where received payloads stay: direct memory from a pool, one buffer per payload. A payload is copied into it once and
 * never again. Keeping the transport's own buffers would save that copy, but each pins a read buffer many times its size.
 */
final class InboundBuffers {

    private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

    private final ByteBufAllocator allocator;

    InboundBuffers(ByteBufAllocator allocator) {
        this.allocator = allocator;
    }

    /**
     * Netty's pool, one for the process: payloads of up to 4 MiB come from it, larger ones from the system, unless {@code
     * -Dio.netty.allocator.maxOrder} says otherwise (each step doubles it, from 9 on). A pool per server would keep its first
     * pieces for ever, also after the server.
     */
    static InboundBuffers pooled() {
        return new InboundBuffers(PooledByteBufAllocator.DEFAULT);
    }

    /** The next {@code length} bytes of the message, as the caller's to close. */
    Payload read(WireReader reader, int length) throws IOException {
        if (length == 0) {
            return Payload.empty();
        }
        ByteBuf buffer = allocate(length);
        try {
            reader.readFully(buffer.internalNioBuffer(0, length).slice());
            buffer.writerIndex(length);
        } catch (IOException | RuntimeException e) {
            buffer.release();
            throw e;
        }
        return Payload.of(buffer.nioBuffer(0, length), buffer::release);
    }

    private ByteBuf allocate(int length) {
        try {
            return allocator.directBuffer(length, length);
        } catch (OutOfMemoryError e) {
            // Direct memory has a limit of its own; running into it harms this call only.
            throw new KVStoreException(
                    Reason.RESOURCE_EXHAUSTED, "no memory for a payload of " + length + " bytes", RETRY_AFTER, e);
        }
    }
}
