package io.kvstore.core;

import io.kvstore.api.Payload;
import io.kvstore.api.StoreId;
import io.kvstore.spi.Blob;
import io.kvstore.spi.BlobInfo;
import io.kvstore.spi.BlobKey;
import io.kvstore.spi.BlobStore;
import io.kvstore.spi.CallContext;
import io.kvstore.spi.Peek;
import io.kvstore.spi.PutResult;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * Keeps blobs near: a get is answered by the cache where it can be and fills it where it can not; a put that created its
 * blob fills it too (write-through). A put that found its blob stored does not: the bytes that are stored may be others.
 *
 * <p>Blobs are write-once, so a cached one is never out of date; at worst the backend has lost it since.
 */
final class CachingBlobStore extends ForwardingBlobStore {

    private final BlobCache cache;

    CachingBlobStore(BlobStore inner, BlobCache cache) {
        super(inner);
        this.cache = cache;
    }

    @Override
    public Peek peek(StoreId store, BlobKey key) {
        Peek cached = cache.peek(store, key);
        return cached.isPresent() ? cached : inner.peek(store, key);
    }

    @Override
    public CompletableFuture<Optional<Blob>> get(StoreId store, BlobKey key, CallContext context) {
        Optional<Blob> cached = cache.get(store, key);
        if (cached.isPresent()) {
            return CompletableFuture.completedFuture(cached);
        }
        Relay<Optional<Blob>> result = new Relay<>();
        CompletableFuture<Optional<Blob>> load = inner.get(store, key, context);
        result.follow(load);
        load.whenComplete((found, failure) -> {
            if (failure == null) {
                found.ifPresent(blob -> cache.put(store, key, blob));
            }
            Futures.hand(found, failure, result, unwanted -> unwanted.ifPresent(Blob::close));
        });
        return result;
    }

    @Override
    public CompletableFuture<PutResult> put(
            StoreId store, BlobKey key, BlobInfo info, Payload payload, CallContext context) {
        Optional<Payload> share = payload.shareIfOpen();
        if (share.isEmpty()) {
            return Futures.payloadClosed();
        }
        Payload claim = share.get();
        Relay<PutResult> result = new Relay<>();
        CompletableFuture<PutResult> put = inner.put(store, key, info, payload, context);
        result.follow(put);
        put.whenComplete((outcome, failure) -> {
            try (claim) {
                if (failure == null && outcome.created()) {
                    cache.put(store, key, new Blob(outcome.stored(), claim, io.kvstore.api.Tier.UNSPECIFIED));
                }
            }
            Futures.pass(outcome, failure, result);
        });
        return result;
    }

    @Override
    public CompletableFuture<Boolean> delete(StoreId store, BlobKey key, CallContext context) {
        cache.remove(store, key);
        return inner.delete(store, key, context);
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
