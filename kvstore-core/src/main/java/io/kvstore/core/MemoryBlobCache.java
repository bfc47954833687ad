package io.kvstore.core;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.kvstore.api.Payload;
import io.kvstore.api.StoreId;
import io.kvstore.api.Tier;
import io.kvstore.spi.Blob;
import io.kvstore.spi.BlobKey;
import io.kvstore.spi.Peek;
import java.util.Optional;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Copies in memory, weighted by bytes, the most useful ones kept (W-TinyLFU). Copies, not claims: a claim on a mapped file
 * would keep the file on the disk, one on a network buffer the pool it came from.
 */
final class MemoryBlobCache implements BlobCache {

    private static final Logger LOG = LoggerFactory.getLogger(MemoryBlobCache.class);

    /** Counted for each entry on top of its payload: keys, description, Caffeine's node. */
    private static final int OVERHEAD_BYTES = 2_048;

    /** Chunks that go where one finds no room: those that were written together lie together. */
    private static final int EVICTED_FOR_ONE = 8;

    private final long maxBytes;
    private final DirectArena arena;
    private final Cache<StoreKey, Blob> blobs;

    /**
     * A cache.
     *
     * @param reserved whether it takes its memory now, 0.2 to 2 s a GB
     * @param executor runs the cache's upkeep
     */
    MemoryBlobCache(long maxBytes, boolean reserved, Executor executor) {
        this(maxBytes, new DirectArena(maxBytes), executor);
        if (maxBytes > DirectMemory.maxBytesOfOne()) {
            LOG.warn(
                    "The memory cache may have more than there is: maxBytes={} directBytes={}",
                    maxBytes,
                    DirectMemory.maxBytesOfOne());
        }
        if (reserved) {
            arena.reserve(maxBytes);
        }
    }

    /** For tests: with memory from elsewhere. */
    MemoryBlobCache(long maxBytes, DirectArena arena, Executor executor) {
        this.maxBytes = maxBytes;
        this.arena = arena;
        this.blobs = Caffeine.newBuilder()
                .maximumWeight(maxBytes)
                .weigher((StoreKey key, Blob blob) ->
                        DirectArena.rounded(blob.payload().sizeBytes()) + OVERHEAD_BYTES)
                .executor(executor)
                .evictionListener((key, blob, cause) -> close(blob))
                .build();
    }

    @Override
    public Optional<Blob> get(StoreId store, BlobKey key) {
        Blob cached = blobs.getIfPresent(new StoreKey(store, key));
        // Evicted a moment ago: as good as absent.
        return cached == null
                ? Optional.empty()
                : cached.payload()
                        .shareIfOpen()
                        .map(claim -> new Blob(cached.info(), claim, Tier.MEMORY, cached.version()));
    }

    @Override
    public Peek peek(StoreId store, BlobKey key) {
        Blob cached = blobs.policy().getIfPresentQuietly(new StoreKey(store, key));
        return cached == null ? Peek.UNKNOWN : Peek.present(cached.info(), Tier.MEMORY);
    }

    @Override
    public void put(StoreId store, BlobKey key, Blob blob) {
        StoreKey name = new StoreKey(store, key);
        if (blob.payload().sizeBytes() + OVERHEAD_BYTES > maxBytes || blobs.getIfPresent(name) != null) {
            return;
        }
        copy(blob.payload()).ifPresent(copy -> {
            Blob ours = new Blob(blob.info(), copy.payload(), Tier.MEMORY, blob.version());
            // Of a put these are the caller's bytes, which may have changed since they were stored.
            boolean isStored = copy.crc32c() == blob.info().crc32c();
            if (!isStored || blobs.asMap().putIfAbsent(name, ours) != null) {
                ours.close();
            }
        });
    }

    /** Where gaps are too small, or the JVM has less memory than the cache may take, the coldest make room. */
    private Optional<DirectArena.Copy> copy(Payload payload) {
        Optional<DirectArena.Copy> copy = arena.copy(payload);
        if (copy.isPresent()) {
            return copy;
        }
        long room = (long) EVICTED_FOR_ONE * (DirectArena.rounded(payload.sizeBytes()) + OVERHEAD_BYTES);
        blobs.policy()
                .eviction()
                .ifPresent(eviction -> eviction.coldestWeighted(room).forEach((name, cold) -> {
                    if (blobs.asMap().remove(name, cold)) {
                        close(cold);
                    }
                }));
        return arena.copy(payload);
    }

    @Override
    public void remove(StoreId store, BlobKey key) {
        close(blobs.asMap().remove(new StoreKey(store, key)));
    }

    @Override
    public void close() {
        blobs.asMap().keySet().forEach(name -> close(blobs.asMap().remove(name)));
        arena.close();
    }

    /** What the payloads over 16 KiB take, and what is kept for those to come. */
    long memoryBytes() {
        return arena.heldBytes();
    }

    private static void close(@org.jspecify.annotations.Nullable Blob blob) {
        if (blob != null) {
            blob.close();
        }
    }

    @Override
    public String toString() {
        return "memory " + maxBytes + " bytes";
    }
}
