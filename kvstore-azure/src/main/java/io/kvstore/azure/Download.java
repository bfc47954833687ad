package io.kvstore.azure;

import com.azure.core.http.HttpResponse;
import io.kvstore.api.KVStoreException;
import io.kvstore.api.Payload;
import io.kvstore.api.Reason;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Where a blob's bytes arrive: one direct buffer of the announced length, filled as they come. Owns the buffer until {@link
 * #payload()} hands it over or {@link #discard()} frees it.
 *
 * <p>Threading: one lock, because a call is given up by another thread than the one that copies into the buffer, and memory
 * must not be freed under it.
 */
final class Download {

    private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

    private final ByteBufAllocator allocator;

    // Guarded by this.
    private @Nullable ByteBuf buffer;
    private @Nullable HttpResponse source;
    private boolean discarded;

    Download(ByteBufAllocator allocator) {
        this.allocator = allocator;
    }

    /** What the bytes are to come from: closed when nobody asks for them any more. */
    void from(HttpResponse response) {
        boolean unwanted;
        synchronized (this) {
            unwanted = discarded;
            source = response;
        }
        if (unwanted) {
            response.close();
        }
    }

    /** Takes exactly {@code length} bytes of {@code body}; completes when all have come. */
    Mono<Void> fill(int length, Flux<ByteBuffer> body) {
        if (!allocate(length)) {
            return Mono.never(); // given up: nobody listens, and the subscription is cancelled already
        }
        return body.doOnNext(this::take).then(Mono.fromRunnable(() -> checkComplete(length)));
    }

    private synchronized boolean allocate(int length) {
        if (discarded) {
            return false;
        }
        try {
            buffer = allocator.directBuffer(Math.max(1, length), Math.max(1, length));
        } catch (OutOfMemoryError e) {
            // Direct memory has a limit of its own; running into it harms this call only.
            throw new KVStoreException(
                    Reason.RESOURCE_EXHAUSTED, "no memory for a payload of " + length + " bytes", RETRY_AFTER, e);
        }
        return true;
    }

    private synchronized void take(ByteBuffer bytes) {
        ByteBuf target = buffer;
        if (target == null) {
            return;
        }
        if (bytes.remaining() > target.writableBytes()) {
            throw cut("longer");
        }
        target.writeBytes(bytes);
    }

    private synchronized void checkComplete(int length) {
        if (buffer != null && buffer.readableBytes() != length) {
            throw cut("shorter");
        }
    }

    private static KVStoreException cut(String how) {
        return new KVStoreException(Reason.UNAVAILABLE, "the storage sent a body " + how + " than it announced");
    }

    /** The checksum of what has come. */
    synchronized int crc32c() {
        CRC32C crc = new CRC32C();
        if (buffer != null) {
            crc.update(buffer.nioBuffer());
        }
        return (int) crc.getValue();
    }

    /** The bytes, as the caller's to close; not after {@link #discard()}. */
    synchronized Payload payload() {
        ByteBuf full = buffer;
        if (full == null) {
            throw new IllegalStateException("no bytes (expected: a download that is complete)");
        }
        buffer = null;
        return Payload.of(full.nioBuffer(), full::release);
    }

    /** Frees the buffer, unless it was handed over; bytes that still arrive are ignored. */
    void discard() {
        HttpResponse unread;
        synchronized (this) {
            discarded = true;
            unread = source;
            ByteBuf unwanted = buffer;
            buffer = null;
            if (unwanted != null) {
                unwanted.release();
            }
        }
        if (unread != null) {
            unread.close();
        }
    }
}
