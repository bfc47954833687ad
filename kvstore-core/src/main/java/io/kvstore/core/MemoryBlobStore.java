package io.kvstore.core;

import io.kvstore.api.KVStoreException;
import io.kvstore.api.Payload;
import io.kvstore.api.Reason;
import io.kvstore.api.StoreId;
import io.kvstore.api.Tier;
import io.kvstore.spi.Blob;
import io.kvstore.spi.BlobInfo;
import io.kvstore.spi.BlobKey;
import io.kvstore.spi.BlobPage;
import io.kvstore.spi.BlobStore;
import io.kvstore.spi.CallContext;
import io.kvstore.spi.KeyRange;
import io.kvstore.spi.Peek;
import io.kvstore.spi.PutResult;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A backend in memory: everything is lost with the process. For tests, trials and stores that may be lost. Payloads over
 * 16 KiB lie in direct memory, which is taken by slabs and kept until the store is closed; an eighth of what the JVM has ({@link
 * DirectMemory}) is left to others. Never evicts; over its budget, or where there is no memory, puts fail with {@link
 * Reason#RESOURCE_EXHAUSTED}.
 */
public final class MemoryBlobStore implements BlobStore {

    /** What a store holds for which nobody names a size, where the JVM's direct memory is large enough. */
    public static final long DEFAULT_MAX_BYTES = 1L << 30;

    /** Counted for each blob on top of its payload: key, description, map entry, and a store that holds it alone. */
    private static final long OVERHEAD_BYTES = 3_072L;

    private final KeySpaces<Stored> blobs = new KeySpaces<>();
    private final AtomicLong usedBytes = new AtomicLong();
    private final AtomicLong lastVersion = new AtomicLong();
    private final DirectArena arena;
    private final long maxBytes;
    private volatile boolean closed;

    private static final class Stored extends Keyed {
        private final Blob blob;

        Stored(BlobKey key, Blob blob) {
            super(key);
            this.blob = blob;
        }
    }

    private MemoryBlobStore(Builder settings) {
        this.maxBytes = settings.maxBytes.orElseGet(
                () -> Math.min(DEFAULT_MAX_BYTES, DirectMemory.payloadsIn(DirectMemory.maxBytesOfOne())));
        this.arena = settings.arena == null ? new DirectArena(maxBytes) : settings.arena;
        if (settings.reserved) {
            arena.reserve(maxBytes);
        }
    }

    /** A builder with the defaults. */
    public static Builder builder() {
        return new Builder();
    }

    @Override
    public Peek peek(StoreId store, BlobKey key) {
        Blob blob = find(store, key);
        return blob == null ? Peek.ABSENT : Peek.present(blob.info(), Tier.MEMORY);
    }

    private @Nullable Blob find(StoreId store, BlobKey key) {
        Stored stored = blobs.get(store, key);
        return stored == null ? null : stored.blob;
    }

    @Override
    public CompletableFuture<Optional<Blob>> get(StoreId store, BlobKey key, CallContext context) {
        if (closed) {
            return failed();
        }
        Blob blob = find(store, key);
        Optional<Blob> share = blob == null
                ? Optional.empty()
                : blob.payload().shareIfOpen().map(claim -> new Blob(blob.info(), claim, Tier.MEMORY, blob.version()));
        return CompletableFuture.completedFuture(share);
    }

    @Override
    public CompletableFuture<Optional<BlobInfo>> head(StoreId store, BlobKey key, CallContext context) {
        return closed
                ? failed()
                : CompletableFuture.completedFuture(
                        Optional.ofNullable(find(store, key)).map(Blob::info));
    }

    @Override
    public CompletableFuture<PutResult> put(
            StoreId store, BlobKey key, BlobInfo info, Payload payload, CallContext context) {
        if (closed) {
            return failed();
        }
        Optional<Payload> share = payload.shareIfOpen();
        if (share.isEmpty()) {
            return Futures.payloadClosed();
        }
        try (Payload claim = share.get()) {
            return CompletableFuture.completedFuture(put(store, key, info, claim));
        } catch (KVStoreException e) {
            return CompletableFuture.failedFuture(e);
        } catch (InternalError e) { // how the JVM reports that mapped memory could not be read
            return CompletableFuture.failedFuture(
                    new KVStoreException(Reason.UNAVAILABLE, "the payload's memory could not be read", e));
        }
    }

    private PutResult put(StoreId store, BlobKey key, BlobInfo info, Payload payload) {
        Blob present = find(store, key);
        if (present != null) {
            return new PutResult(false, present.info());
        }
        long cost = payload.sizeBytes() + OVERHEAD_BYTES;
        if (usedBytes.addAndGet(cost) > maxBytes) {
            usedBytes.addAndGet(-cost);
            throw new KVStoreException(Reason.RESOURCE_EXHAUSTED, "the memory store is full (" + maxBytes + " bytes)");
        }
        Stored winner = null;
        Blob copy = null;
        boolean stored = false;
        try {
            copy = copy(info, payload);
            winner = blobs.putIfAbsent(store, new Stored(key, copy));
            stored = winner == null;
        } finally {
            if (!stored) {
                usedBytes.addAndGet(-cost);
                close(copy);
            }
        }
        return winner == null ? new PutResult(true, copy.info()) : new PutResult(false, winner.blob.info());
    }

    private Blob copy(BlobInfo info, Payload payload) {
        DirectArena.Copy copy = arena.copy(payload)
                .orElseThrow(() -> new KVStoreException(
                        Reason.RESOURCE_EXHAUSTED,
                        "no direct memory left for a payload of " + payload.sizeBytes() + " bytes"));
        BlobInfo summed = new BlobInfo(info.tag(), payload.sizeBytes(), copy.crc32c(), info.attributes());
        return new Blob(summed, copy.payload(), Tier.MEMORY, Long.toString(lastVersion.incrementAndGet()));
    }

    private static void close(@Nullable Blob blob) {
        if (blob != null) {
            blob.close();
        }
    }

    /** The sum is that of the copy, made while it is copied. */
    @Override
    public boolean sumsPuts() {
        return true;
    }

    @Override
    public boolean isProcessMemory() {
        return true;
    }

    @Override
    public CompletableFuture<Boolean> delete(StoreId store, BlobKey key, CallContext context) {
        if (closed) {
            return failed();
        }
        Stored stored = blobs.get(store, key);
        return CompletableFuture.completedFuture(stored != null && remove(store, stored));
    }

    @Override
    public CompletableFuture<Boolean> deleteVersion(StoreId store, BlobKey key, String version, CallContext context) {
        if (closed) {
            return failed();
        }
        Stored stored = blobs.get(store, key);
        return CompletableFuture.completedFuture(
                stored != null && stored.blob.version().equals(version) && remove(store, stored));
    }

    /** False when somebody else was faster. */
    private boolean remove(StoreId store, Stored stored) {
        if (!blobs.remove(store, stored)) {
            return false;
        }
        usedBytes.addAndGet(-(stored.blob.payload().sizeBytes() + OVERHEAD_BYTES));
        stored.blob.close();
        return true;
    }

    @Override
    public CompletableFuture<BlobPage> list(StoreId store, KeyRange range, Optional<String> from, CallContext context) {
        if (closed) {
            return failed();
        }
        return CompletableFuture.completedFuture(blobs.page(store, range, from.flatMap(BlobKey::parse)));
    }

    /** Lets go of all blobs. */
    @Override
    public void close() {
        closed = true;
        blobs.forEach(this::remove);
        arena.close();
    }

    private static <T> CompletableFuture<T> failed() {
        return CompletableFuture.failedFuture(new KVStoreException(Reason.UNAVAILABLE, "the store is closed"));
    }

    @Override
    public String toString() {
        return "MemoryBlobStore[" + usedBytes + " of " + maxBytes + " bytes]";
    }

    /** Settings of a {@link MemoryBlobStore}. */
    public static final class Builder {
        private OptionalLong maxBytes = OptionalLong.empty();
        private boolean reserved;
        private @Nullable DirectArena arena;

        private Builder() {}

        /**
         * Bytes of payload, and 3 KiB for each chunk, that it may hold; by default {@link #DEFAULT_MAX_BYTES}, or as much as fits
         * where the JVM has less direct memory.
         */
        public Builder maxBytes(long bytes) {
            if (bytes < 0) {
                throw new IllegalArgumentException("maxBytes: " + bytes + " (expected: 0 or more)");
            }
            maxBytes = OptionalLong.of(bytes);
            return this;
        }

        /** For tests: with memory from elsewhere. */
        Builder arena(DirectArena memory) {
            arena = memory;
            return this;
        }

        /**
         * Takes all of its direct memory when it is built, 0.2 to 2 s a GB, so that no write waits for fresh memory. Off by
         * default: memory is then taken as chunks come, and kept.
         */
        public Builder reserved(boolean atStart) {
            reserved = atStart;
            return this;
        }

        public MemoryBlobStore build() {
            return new MemoryBlobStore(this);
        }
    }
}
