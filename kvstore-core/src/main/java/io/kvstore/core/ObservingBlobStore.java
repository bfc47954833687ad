package io.kvstore.core;

import io.kvstore.api.KVStoreException;
import io.kvstore.api.Payload;
import io.kvstore.api.Reason;
import io.kvstore.api.StoreId;
import io.kvstore.core.StoreObserver.Operation;
import io.kvstore.spi.Blob;
import io.kvstore.spi.BlobInfo;
import io.kvstore.spi.BlobKey;
import io.kvstore.spi.BlobPage;
import io.kvstore.spi.BlobStore;
import io.kvstore.spi.CallContext;
import io.kvstore.spi.KeyRange;
import io.kvstore.spi.PutResult;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.ToLongFunction;

/** Tells the observer of every call at one layer. */
final class ObservingBlobStore extends ForwardingBlobStore {

    private final String layer;
    private final StoreObserver observer;
    private final LongSupplier nanoClock;

    ObservingBlobStore(BlobStore inner, String layer, StoreObserver observer, LongSupplier nanoClock) {
        super(inner);
        this.layer = layer;
        this.observer = observer;
        this.nanoClock = nanoClock;
    }

    @Override
    public CompletableFuture<Optional<Blob>> get(StoreId store, BlobKey key, CallContext context) {
        long start = nanoClock.getAsLong();
        return observed(
                Operation.GET,
                start,
                inner.get(store, key, context),
                found -> found.map(blob -> (long) blob.info().payloadBytes()).orElse(0L),
                found -> found.ifPresent(Blob::close));
    }

    @Override
    public CompletableFuture<Optional<BlobInfo>> head(StoreId store, BlobKey key, CallContext context) {
        long start = nanoClock.getAsLong();
        return observed(Operation.HEAD, start, inner.head(store, key, context), found -> 0, found -> {});
    }

    @Override
    public CompletableFuture<PutResult> put(
            StoreId store, BlobKey key, BlobInfo info, Payload payload, CallContext context) {
        long start = nanoClock.getAsLong();
        return observed(
                Operation.PUT,
                start,
                inner.put(store, key, info, payload, context),
                put -> put.created() ? put.stored().payloadBytes() : 0,
                put -> {});
    }

    @Override
    public CompletableFuture<Boolean> delete(StoreId store, BlobKey key, CallContext context) {
        long start = nanoClock.getAsLong();
        return observed(Operation.DELETE, start, inner.delete(store, key, context), deleted -> 0, deleted -> {});
    }

    @Override
    public CompletableFuture<Boolean> deleteVersion(StoreId store, BlobKey key, String version, CallContext context) {
        long start = nanoClock.getAsLong();
        return observed(
                Operation.DELETE,
                start,
                inner.deleteVersion(store, key, version, context),
                deleted -> 0,
                deleted -> {});
    }

    @Override
    public CompletableFuture<Boolean> deleteIfDamaged(StoreId store, BlobKey key, String version, CallContext context) {
        long start = nanoClock.getAsLong();
        return observed(
                Operation.DELETE,
                start,
                inner.deleteIfDamaged(store, key, version, context),
                damaged -> 0,
                damaged -> {});
    }

    @Override
    public CompletableFuture<BlobPage> list(StoreId store, KeyRange range, Optional<String> from, CallContext context) {
        long start = nanoClock.getAsLong();
        return observed(Operation.LIST, start, inner.list(store, range, from, context), page -> 0, page -> {});
    }

    @SuppressWarnings("NullAway") // value is null only where failure is not
    private <T> CompletableFuture<T> observed(
            Operation operation, long start, CompletableFuture<T> call, ToLongFunction<T> bytes, Consumer<T> close) {
        return Futures.noting(
                call,
                (value, failure) -> {
                    Optional<Reason> why = failure == null
                            ? Optional.empty()
                            : Optional.of(KVStoreException.of(failure).reason());
                    long size = failure == null ? bytes.applyAsLong(value) : 0;
                    observer.called(layer, operation, why, nanoClock.getAsLong() - start, size);
                },
                close);
    }
}
