package io.kvstore.testkit;

import io.kvstore.api.CallOptions;
import io.kvstore.api.KVStore;
import io.kvstore.api.KVStoreException;
import io.kvstore.api.LookupQuery;
import io.kvstore.api.LookupResult;
import io.kvstore.api.PromptChunk;
import io.kvstore.api.ReadQuestion;
import io.kvstore.api.ReadResult;
import io.kvstore.api.StoreId;
import io.kvstore.api.WriteResult;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicBoolean;

/** One store of {@link MemoryKVStores}. */
final class MemoryKVStore implements KVStore {

    private final MemoryKVStores stores;
    private final StoredChunks chunks;
    private final StoreId id;

    MemoryKVStore(MemoryKVStores stores, StoredChunks chunks, StoreId id) {
        this.stores = stores;
        this.chunks = chunks;
        this.id = id;
    }

    @Override
    public StoreId id() {
        return id;
    }

    @Override
    public CompletableFuture<LookupResult> lookup(LookupQuery query, CallOptions options) {
        return stores.call(options, () -> chunks.lookup(id, query));
    }

    @Override
    public CompletableFuture<ReadResult> read(String location, CallOptions options) {
        return stores.call(options, () -> chunks.read(id, location));
    }

    @Override
    public Flow.Publisher<ReadResult> readAll(List<String> locations, CallOptions options) {
        return stores.readAll(
                QuestionSource.of(locations.stream()
                        .map(location -> ReadQuestion.of(id, location))
                        .toList()),
                options);
    }

    @Override
    public CompletableFuture<WriteResult> write(PromptChunk chunk, CallOptions options) {
        PromptChunk own;
        try {
            own = StoredChunks.shared(chunk);
        } catch (IllegalStateException closedAlready) {
            return CompletableFuture.failedFuture(KVStoreException.of(closedAlready));
        }
        AtomicBoolean handedOver = new AtomicBoolean();
        CompletableFuture<WriteResult> answer = stores.call(options, () -> {
            if (!handedOver.compareAndSet(false, true)) {
                throw new IllegalStateException("this write has ended");
            }
            return chunks.write(id, own);
        });
        // Refused, timed out or cancelled before it was stored: the claim comes back here.
        var unused = answer.whenComplete((value, failure) -> {
            if (handedOver.compareAndSet(false, true)) {
                own.close();
            }
        });
        return answer;
    }

    @Override
    public String toString() {
        return "MemoryKVStore[" + id + "]";
    }
}
