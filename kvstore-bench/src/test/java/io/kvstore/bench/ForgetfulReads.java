package io.kvstore.bench;

import io.kvstore.api.CallOptions;
import io.kvstore.api.KVStore;
import io.kvstore.api.LookupQuery;
import io.kvstore.api.LookupResult;
import io.kvstore.api.PromptChunk;
import io.kvstore.api.ReadResult;
import io.kvstore.api.StoreId;
import io.kvstore.api.WriteResult;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;

/** Finds every block and has lost every payload. */
record ForgetfulReads(KVStore store) implements KVStore {

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
        return CompletableFuture.completedFuture(ReadResult.absent(location, 0));
    }

    @Override
    public Flow.Publisher<ReadResult> readAll(List<String> locations, CallOptions options) {
        Iterator<String> left = locations.iterator();
        return subscriber -> subscriber.onSubscribe(new Flow.Subscription() {
            @Override
            public void request(long n) {
                for (long i = 0; i < n && left.hasNext(); i++) {
                    subscriber.onNext(ReadResult.absent(left.next(), 0));
                    if (!left.hasNext()) {
                        subscriber.onComplete();
                    }
                }
            }

            @Override
            public void cancel() {}
        });
    }

    @Override
    public CompletableFuture<WriteResult> write(PromptChunk chunk, CallOptions options) {
        return store.write(chunk, options);
    }
}
