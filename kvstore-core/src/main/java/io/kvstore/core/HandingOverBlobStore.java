package io.kvstore.core;

import io.kvstore.api.Payload;
import io.kvstore.api.StoreId;
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

/**
 * Has what waits for an answer run on the engine's own threads, where the backend answers on those that carry the bytes
 * of all ({@link BlobStore#answersOnIoThreads}): the next step of a walk, the sum over a payload, the copy into a
 * cache. Once, here: nothing above need hand over what comes from below. What a caller gives up, or its deadline ends,
 * ends on that thread at once, and does not come by here.
 */
final class HandingOverBlobStore extends ForwardingBlobStore {

    private final Workers workers;

    HandingOverBlobStore(BlobStore inner, Workers workers) {
        super(inner);
        this.workers = workers;
    }

    @Override
    public boolean answersOnIoThreads() {
        return false;
    }

    @Override
    public CompletableFuture<Optional<Blob>> get(StoreId store, BlobKey key, CallContext context) {
        return handedOver(store, inner.get(store, key, context), found -> found.ifPresent(Blob::close));
    }

    @Override
    public CompletableFuture<Optional<BlobInfo>> head(StoreId store, BlobKey key, CallContext context) {
        return handedOver(store, inner.head(store, key, context), found -> {});
    }

    @Override
    public CompletableFuture<PutResult> put(
            StoreId store, BlobKey key, BlobInfo info, Payload payload, CallContext context) {
        return handedOver(store, inner.put(store, key, info, payload, context), put -> {});
    }

    @Override
    public CompletableFuture<Boolean> delete(StoreId store, BlobKey key, CallContext context) {
        return handedOver(store, inner.delete(store, key, context), deleted -> {});
    }

    @Override
    public CompletableFuture<Boolean> deleteVersion(StoreId store, BlobKey key, String version, CallContext context) {
        return handedOver(store, inner.deleteVersion(store, key, version, context), deleted -> {});
    }

    @Override
    public CompletableFuture<Boolean> deleteIfDamaged(StoreId store, BlobKey key, String version, CallContext context) {
        return handedOver(store, inner.deleteIfDamaged(store, key, version, context), damaged -> {});
    }

    @Override
    public CompletableFuture<BlobPage> list(StoreId store, KeyRange range, Optional<String> from, CallContext context) {
        return handedOver(store, inner.list(store, range, from, context), page -> {});
    }

    private <T> CompletableFuture<T> handedOver(StoreId store, CompletableFuture<T> answer, Consumer<T> close) {
        if (answer.isDone()) {
            return answer; // on the caller's own thread
        }
        Relay<T> result = new Relay<>();
        result.follow(answer);
        answer.whenComplete((value, failure) -> {
            // In place for the last calls of a store that is closed.
            workers.run(store.resource(), () -> Futures.hand(value, failure, result, close));
        });
        return result;
    }
}
