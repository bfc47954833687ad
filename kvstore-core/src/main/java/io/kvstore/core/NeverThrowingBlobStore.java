package io.kvstore.core;

import io.kvstore.api.KVStoreException;
import io.kvstore.api.Payload;
import io.kvstore.api.StoreId;
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
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/** Turns what a backend throws, against its contract, into a failed future: the layers above rely on it. */
final class NeverThrowingBlobStore extends ForwardingBlobStore {

    NeverThrowingBlobStore(BlobStore inner) {
        super(inner);
    }

    @Override
    public Peek peek(StoreId store, BlobKey key) {
        try {
            return inner.peek(store, key);
        } catch (RuntimeException e) {
            return Peek.UNKNOWN;
        }
    }

    @Override
    public CompletableFuture<Optional<Blob>> get(StoreId store, BlobKey key, CallContext context) {
        return guarded(() -> inner.get(store, key, context));
    }

    @Override
    public CompletableFuture<Optional<BlobInfo>> head(StoreId store, BlobKey key, CallContext context) {
        return guarded(() -> inner.head(store, key, context));
    }

    @Override
    public CompletableFuture<PutResult> put(
            StoreId store, BlobKey key, BlobInfo info, Payload payload, CallContext context) {
        return guarded(() -> inner.put(store, key, info, payload, context));
    }

    @Override
    public CompletableFuture<Boolean> delete(StoreId store, BlobKey key, CallContext context) {
        return guarded(() -> inner.delete(store, key, context));
    }

    @Override
    public CompletableFuture<Boolean> deleteVersion(StoreId store, BlobKey key, String version, CallContext context) {
        return guarded(() -> inner.deleteVersion(store, key, version, context));
    }

    @Override
    public CompletableFuture<Boolean> deleteIfDamaged(StoreId store, BlobKey key, String version, CallContext context) {
        return guarded(() -> inner.deleteIfDamaged(store, key, version, context));
    }

    @Override
    public CompletableFuture<BlobPage> list(StoreId store, KeyRange range, Optional<String> from, CallContext context) {
        return guarded(() -> inner.list(store, range, from, context));
    }

    private static <T> CompletableFuture<T> guarded(Supplier<CompletableFuture<T>> call) {
        try {
            return call.get();
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(KVStoreException.of(e));
        }
    }
}
