package io.kvstore.core;

import io.kvstore.api.Payload;
import io.kvstore.api.StoreId;
import io.kvstore.api.Tier;
import io.kvstore.spi.Blob;
import io.kvstore.spi.BlobInfo;
import io.kvstore.spi.BlobKey;
import io.kvstore.spi.BlobStore;
import io.kvstore.spi.CallContext;
import io.kvstore.spi.Peek;
import io.kvstore.spi.PutResult;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps blobs near: a get is answered by the cache where it can be and fills it where it can not; a put that created its
 * blob fills it too (write-through). A put that found its blob stored does not: the bytes that are stored may be others.
 *
 * <p>Blobs are write-once, so a cached one is never out of date; at worst the backend has lost it since.
 */
final class CachingBlobStore extends ForwardingBlobStore {

    private static final Logger LOG = LoggerFactory.getLogger(CachingBlobStore.class);

    /** What is read and copied on the caller's thread: a handful of pages, less than a hand-over costs. */
    private static final int INLINE_BYTES = 16 * 1024;

    private final BlobCache cache;
    private final Workers readers;
    private final Workers workers;

    /**
     * Fills the cache as it goes.
     *
     * @param readers read large blobs from a cache that waits for a disk; {@link Workers#IN_PLACE} for one that does not
     * @param workers copy large payloads that were put: who brings the backend's answer is an I/O thread of all
     */
    CachingBlobStore(BlobStore inner, BlobCache cache, Workers readers, Workers workers) {
        super(inner);
        this.cache = cache;
        this.readers = readers;
        this.workers = workers;
    }

    @Override
    public Peek peek(StoreId store, BlobKey key) {
        Peek cached = cache.peek(store, key);
        return cached.isPresent() ? cached : inner.peek(store, key);
    }

    /** A copy of a cache on a disk is none, and one above it may be a copy of that. */
    @Override
    public boolean isProcessMemory() {
        return false;
    }

    @Override
    public CompletableFuture<Optional<Blob>> get(StoreId store, BlobKey key, CallContext context) {
        Relay<Optional<Blob>> result = new Relay<>();
        Runnable get = () -> {
            if (result.isDone()) {
                return; // given up while it waited for a worker
            }
            Optional<Blob> cached = cache.get(store, key);
            if (cached.isPresent()) {
                Futures.deliver(cached, result, cached.get()::close);
            } else {
                load(store, key, context, result);
            }
        };
        Peek near = cache.peek(store, key);
        if (!near.isPresent()) {
            load(store, key, context, result);
        } else if (near.payloadBytes() <= INLINE_BYTES) {
            get.run();
        } else {
            readers.run(store.resource(), get);
        }
        return result;
    }

    private void load(StoreId store, BlobKey key, CallContext context, Relay<Optional<Blob>> result) {
        CompletableFuture<Optional<Blob>> load = inner.get(store, key, context);
        result.follow(load);
        load.whenComplete((found, failure) -> {
            if (failure == null) {
                // Large ones from a disk or a network were summed on a worker, and this is still that worker.
                found.ifPresent(blob -> keep(store, key, blob));
            }
            Futures.hand(found, failure, result, unwanted -> unwanted.ifPresent(Blob::close));
        });
    }

    private void keep(StoreId store, BlobKey key, Blob blob) {
        try {
            cache.put(store, key, blob);
        } catch (RuntimeException | InternalError e) {
            // A cache that fails to keep something must not fail whom it serves.
            LOG.warn("Not cached: store={} key={} cause={}", store, key, e.toString());
        }
    }

    @Override
    public CompletableFuture<PutResult> put(
            StoreId store, BlobKey key, BlobInfo info, Payload payload, CallContext context) {
        Optional<Payload> share = payload.shareIfOpen();
        if (share.isEmpty()) {
            return Futures.payloadClosed();
        }
        Payload claim = share.get();
        return Futures.owning(claim, () -> put(store, key, info, claim, payload, context));
    }

    private CompletableFuture<PutResult> put(
            StoreId store, BlobKey key, BlobInfo info, Payload claim, Payload payload, CallContext context) {
        Relay<PutResult> result = new Relay<>();
        CompletableFuture<PutResult> put = inner.put(store, key, info, payload, context);
        result.follow(put);
        put.whenComplete((outcome, failure) -> {
            if (failure != null || !outcome.created()) {
                claim.close();
                Futures.pass(outcome, failure, result);
            } else if (claim.sizeBytes() <= INLINE_BYTES) {
                keepAndAnswer(store, key, claim, outcome, result);
            } else {
                workers.run(store.resource(), () -> keepAndAnswer(store, key, claim, outcome, result));
            }
        });
        return result;
    }

    private void keepAndAnswer(
            StoreId store, BlobKey key, Payload claim, PutResult outcome, CompletableFuture<PutResult> result) {
        try (claim) {
            keep(store, key, new Blob(outcome.stored(), claim, Tier.UNSPECIFIED, Blob.NO_VERSION));
        } finally {
            result.complete(outcome);
        }
    }

    @Override
    public CompletableFuture<Boolean> delete(StoreId store, BlobKey key, CallContext context) {
        cache.remove(store, key);
        return inner.delete(store, key, context);
    }

    /** The copy goes whatever its version: to load it again costs less than to serve a wrong one. */
    @Override
    public CompletableFuture<Boolean> deleteVersion(StoreId store, BlobKey key, String version, CallContext context) {
        cache.remove(store, key);
        return inner.deleteVersion(store, key, version, context);
    }

    @Override
    public CompletableFuture<Boolean> deleteIfDamaged(StoreId store, BlobKey key, String version, CallContext context) {
        cache.remove(store, key);
        return inner.deleteIfDamaged(store, key, version, context);
    }

    @Override
    public void close() {
        super.close();
        cache.close();
    }

    @Override
    public String toString() {
        return "CachingBlobStore[" + cache + ", " + inner + "]";
    }
}
