package io.kvstore.core;

import io.kvstore.api.CallOptions;
import io.kvstore.api.KVStore;
import io.kvstore.api.LookupQuery;
import io.kvstore.api.LookupResult;
import io.kvstore.api.PromptChunk;
import io.kvstore.api.ReadQuestion;
import io.kvstore.api.ReadResult;
import io.kvstore.api.StoreId;
import io.kvstore.api.WriteResult;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;

/** One store of the engine: its name and the engine. */
final class CoreKVStore implements KVStore {

    private final StoreId id;
    private final Engine engine;
    private final CoreKVStores stores;

    CoreKVStore(StoreId id, Engine engine, CoreKVStores stores) {
        this.id = id;
        this.engine = engine;
        this.stores = stores;
    }

    @Override
    public StoreId id() {
        return id;
    }

    @Override
    public CompletableFuture<LookupResult> lookup(LookupQuery query, CallOptions options) {
        return engine.lookup(id, query, options);
    }

    @Override
    public CompletableFuture<ReadResult> read(String location, CallOptions options) {
        return engine.read(id, location, options);
    }

    @Override
    public Flow.Publisher<ReadResult> readAll(List<String> locations, CallOptions options) {
        List<String> asked = List.copyOf(locations);
        return stores.readAll(
                subscriber -> subscriber.onSubscribe(new Questions(asked.iterator(), subscriber)), options);
    }

    @Override
    public CompletableFuture<WriteResult> write(PromptChunk chunk, CallOptions options) {
        return engine.write(id, chunk, options);
    }

    /** A list as a source of questions. */
    private final class Questions implements Flow.Subscription {
        private final Iterator<String> locations;
        private final Flow.Subscriber<? super ReadQuestion> subscriber;
        private boolean over;

        Questions(Iterator<String> locations, Flow.Subscriber<? super ReadQuestion> subscriber) {
            this.locations = locations;
            this.subscriber = subscriber;
        }

        /** The engine asks once, for everything. */
        @Override
        public void request(long n) {
            for (long left = n; left > 0 && !over && locations.hasNext(); left--) {
                subscriber.onNext(ReadQuestion.of(id, locations.next()));
            }
            if (!over && !locations.hasNext()) {
                over = true;
                subscriber.onComplete();
            }
        }

        @Override
        public void cancel() {
            over = true;
        }
    }

    @Override
    public String toString() {
        return "CoreKVStore[" + id + "]";
    }
}
