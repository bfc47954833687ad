package io.kvstore.bench;

import io.kvstore.api.CallOptions;
import io.kvstore.api.KVStore;
import io.kvstore.api.KVStoreException;
import io.kvstore.api.LookupQuery;
import io.kvstore.api.LookupResult;
import io.kvstore.api.PromptChunk;
import io.kvstore.api.ReadResult;
import io.kvstore.api.Reason;
import io.kvstore.api.StoreId;
import io.kvstore.api.WriteResult;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;

/** Refuses every write. */
record FailingWrites(KVStore store) implements KVStore {

    @Override
    public StoreId id() {
        return store.id();
    }

    @Override
    public CompletableFuture<LookupResult> lookup(LookupQuery query, CallOptions options) {
        return store.lookup(query, options);
    }

    @Override
    public CompletableFuture<ReadResult> read(String location, CallOptions options) {
        return store.read(location, options);
    }

    @Override
    public Flow.Publisher<ReadResult> readAll(List<String> locations, CallOptions options) {
        return store.readAll(locations, options);
    }

    @Override
    public CompletableFuture<WriteResult> write(PromptChunk chunk, CallOptions options) {
        return CompletableFuture.failedFuture(new KVStoreException(Reason.RESOURCE_EXHAUSTED, "full"));
    }
}
