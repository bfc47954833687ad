package io.kvstore.grpc;

import io.kvstore.api.CallOptions;
import io.kvstore.api.KVStore;
import io.kvstore.api.KVStores;
import io.kvstore.api.ReadResult;
import io.kvstore.protos.ServerMetrics;
import java.util.concurrent.CompletableFuture;

/** Read. */
final class ReadMethod implements UnaryMethod<LocationQuestion, ReadResult, ReadAnswer> {

    private final KVStores stores;

    ReadMethod(KVStores stores) {
        this.stores = stores;
    }

    @Override
    public CompletableFuture<ReadResult> ask(LocationQuestion question, CallOptions options) {
        KVStore store = stores.store(question.store());
        return store.read(question.checkedLocation(), options);
    }

    @Override
    public ReadAnswer answer(ReadResult result, ServerMetrics metrics) {
        return new ReadAnswer(result, metrics);
    }

    @Override
    public long storageNanos(ReadResult result) {
        return result.storageNanos();
    }

    @Override
    public long answerBytes(ReadResult result) {
        return result.chunk().map(chunk -> chunk.payload().sizeBytes()).orElse(0);
    }

    @Override
    public void dropResult(ReadResult result) {
        result.close();
    }

    @Override
    public String tenant(LocationQuestion question) {
        return question.resource();
    }
}
