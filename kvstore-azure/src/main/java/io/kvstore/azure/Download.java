package io.kvstore.azure;

import com.azure.core.http.HttpResponse;
import io.kvstore.api.KVStoreException;
import io.kvstore.api.Payload;
import io.kvstore.api.Reason;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * Where a blob's bytes arrive: one direct buffer of the announced length, made when there is room for it and filled as
 * they come. Owns the buffer and its room until {@link #payload()} hands them over or {@link #discard()} frees them.
 *
 * <p>Threading: one lock, because a call is given up by another thread than the one that copies into the buffer, and
 * memory must not be freed under it.
 */
final class Download {

    private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

    private final ByteBufAllocator allocator;
    private final ReadMemory.Place place;

    // Guarded by this.
    private @Nullable ByteBuf buffer;
    private @Nullable HttpResponse source;
    private boolean discarded;
    private boolean handedOver;

    /** @param place is this one's to close */
    Download(ByteBufAllocator allocator, ReadMemory.Place place) {
        this.allocator = allocator;
        this.place = place;
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

    /**
     * Takes exactly {@code length} bytes of {@code body}, once there is room for them; completes when all have come. What
     * waits holds its connection, unless others do already: then that is closed, and this completes with false once
     * there is room, for the same bytes to be asked for again.
     *
     * @param waits a permit for each that may hold a connection
     */
    Mono<Boolean> fill(int length, Flux<ByteBuffer> body, Semaphore waits) {
        return Mono.deferContextual(call -> {
            CompletableFuture<@Nullable Void> room = place.room(length);
            Mono<Boolean> received = Mono.defer(() -> receive(length, body)).thenReturn(true);
            if (room.isDone()) {
                return Mono.fromFuture(room).then(received);
            }
            Mono<Void> awaited = awaited(room, call.getOrEmpty(CallProgress.KEY));
            if (waits.tryAcquire()) {
                return awaited.doFinally(end -> waits.release()).then(received);
            }
            closeSource();
            return awaited.thenReturn(false);
        });
    }

    private void closeSource() {
        HttpResponse unread;
        synchronized (this) {
            unread = source;
            source = null;
        }
        if (unread != null) {
            unread.close();
        }
    }

    private static Mono<Void> awaited(CompletableFuture<@Nullable Void> room, Optional<CallProgress> call) {
        call.ifPresent(progress -> progress.waitsForUs(true));
        // Who gives room back may be anybody, and some transports read on the thread that asks for the body.
        return Mono.<Void>fromFuture(room)
                .publishOn(Schedulers.boundedElastic())
                .doOnTerminate(() -> call.ifPresent(progress -> progress.waitsForUs(false)));
    }

    private Mono<Void> receive(int length, Flux<ByteBuffer> body) {
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
        handedOver = true;
        return Payload.of(full.nioBuffer(), () -> {
            full.release();
            place.close();
        });
    }

    /** Frees the buffer, unless it was handed over; bytes that still arrive are ignored. */
    void discard() {
        boolean roomIsOurs;
        synchronized (this) {
            discarded = true;
            roomIsOurs = !handedOver;
            ByteBuf unwanted = buffer;
            buffer = null;
            if (unwanted != null) {
                unwanted.release();
            }
        }
        if (roomIsOurs) {
            place.close();
        }
        closeSource();
    }
}
