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
import io.kvstore.spi.Peek;
import io.kvstore.spi.PutResult;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** Passes every call on: a decorator overrides what it is about and nothing else. */
abstract class ForwardingBlobStore implements BlobStore {

    final BlobStore inner;

    ForwardingBlobStore(BlobStore inner) {
        this.inner = inner;
    }

    @Override
    public Peek peek(StoreId store, BlobKey key) {
        return inner.peek(store, key);
    }

    @Override
    public CompletableFuture<Optional<Blob>> get(StoreId store, BlobKey key, CallContext context) {
        return inner.get(store, key, context);
    }

    @Override
    public CompletableFuture<Optional<BlobInfo>> head(StoreId store, BlobKey key, CallContext context) {
        return inner.head(store, key, context);
    }

    @Override
    public CompletableFuture<PutResult> put(
            StoreId store, BlobKey key, BlobInfo info, Payload payload, CallContext context) {
        return inner.put(store, key, info, payload, context);
    }

    @Override
    public boolean sumsPuts() {
        return inner.sumsPuts();
    }

    @Override
    public boolean isProcessMemory() {
        return inner.isProcessMemory();
    }

    @Override
    public boolean answersOnIoThreads() {
        return inner.answersOnIoThreads();
    }

    @Override
    public CompletableFuture<Boolean> delete(StoreId store, BlobKey key, CallContext context) {
        return inner.delete(store, key, context);
    }

    @Override
    public CompletableFuture<Boolean> deleteVersion(StoreId store, BlobKey key, String version, CallContext context) {
        return inner.deleteVersion(store, key, version, context);
    }

    @Override
    public CompletableFuture<Boolean> deleteIfDamaged(StoreId store, BlobKey key, String version, CallContext context) {
        return inner.deleteIfDamaged(store, key, version, context);
    }

    @Override
    public CompletableFuture<BlobPage> list(StoreId store, KeyRange range, Optional<String> from, CallContext context) {
        return inner.list(store, range, from, context);
    }

    @Override
    public void close() {
        inner.close();
    }

    /** Nests, so that a log line shows the whole stack. */
    @Override
    public String toString() {
        return getClass().getSimpleName() + "[" + inner + "]";
    }
}
