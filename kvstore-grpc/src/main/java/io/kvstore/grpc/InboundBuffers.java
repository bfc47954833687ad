package io.kvstore.grpc;

import io.kvstore.api.KVStoreException;
import io.kvstore.api.Payload;
import io.kvstore.api.Reason;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Where received payloads stay. Large ones stay in the buffers that the connection read them into, as long as these are few
 * and full; in a client those are {@link LandingRegions}. The others are copied, to a buffer of direct memory each: they would
 * pin many times their size, and nobody's peer shall choose how much.
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
    private final int minInPlaceBytes;

    /**
     * Buffers of an allocator.
     *
     * @param maxKeptBytes of buffers kept for the next payloads
     */
    InboundBuffers(ByteBufAllocator allocator, long maxKeptBytes) {
        this(allocator, new BufferShelf(allocator, maxKeptBytes), Integer.MAX_VALUE);
    }

    private InboundBuffers(ByteBufAllocator allocator, BufferShelf shelf, int minInPlaceBytes) {
        this.allocator = allocator;
        this.shelf = shelf;
        this.minInPlaceBytes = minInPlaceBytes;
    }

    static InboundBuffers pooled() {
        return POOLED;
    }

    /** For a server: large payloads stay in buffers of up to 256 KiB until they are stored. */
    InboundBuffers inPieces() {
        return new InboundBuffers(allocator, shelf, MIN_SHELF_BYTES);
    }

    /** For a client: larger ones stay in their {@link LandingRegions}. */
    InboundBuffers inPlace() {
        return new InboundBuffers(allocator, shelf, LandingRegions.MIN_PAYLOAD_BYTES);
    }

    /** A message begins that may carry a payload. */
    void expect(WireReader reader) {
        reader.expectLarge(minInPlaceBytes);
    }

    /** The next {@code length} bytes of the message, as the caller's to close. */
    Payload read(WireReader reader, int length) throws IOException {
        if (length == 0) {
            return Payload.empty();
        }
        @Nullable ReceivedBytes received = length >= minInPlaceBytes ? reader.take(length) : null;
        if (received == null) {
            return fill(length, reader::readFully);
        }
        if (!received.isWorthKeeping(length)) {
            try (received) {
                return fill(length, target -> received.pieces().forEach(target::put));
            }
        }
        return Payload.ofPieces(received.pieces(), received::close);
    }

    private interface Filling {
        void fill(ByteBuffer target) throws IOException;
    }

    private Payload fill(int length, Filling filling) throws IOException {
        ByteBuf buffer = allocate(length);
        boolean complete = false;
        try {
            filling.fill(buffer.internalNioBuffer(0, length).slice());
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
