package io.kvstore.grpc;

import io.kvstore.api.CallOptions;
import io.kvstore.api.KVStore;
import io.kvstore.api.KVStoreException;
import io.kvstore.api.KVStores;
import io.kvstore.api.LookupQuery;
import io.kvstore.api.LookupResult;
import io.kvstore.api.PromptChunk;
import io.kvstore.api.ReadQuestion;
import io.kvstore.api.ReadResult;
import io.kvstore.api.StoreId;
import io.kvstore.api.WriteResult;
import io.kvstore.protos.ReadRequest;
import io.kvstore.protos.ServerMetrics;
import io.kvstore.protos.WriteResponse;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;

/** One store behind a server. */
final class GrpcKVStore implements KVStore {

    private final StoreId id;
    private final KVStores stores;
    private final ClientCalls calls;
    private final ClientMethods methods;
    private final PayloadWriter writer;

    GrpcKVStore(StoreId id, KVStores stores, ClientCalls calls, ClientMethods methods, PayloadWriter writer) {
        this.id = id;
        this.stores = stores;
        this.calls = calls;
        this.methods = methods;
        this.writer = writer;
    }

    @Override
    public StoreId id() {
        return id;
    }

    @Override
    public CompletableFuture<LookupResult> lookup(LookupQuery query, CallOptions options) {
        return UnaryExchange.start(
                calls.unary(methods.lookup(), options),
                calls.headers(options),
                new LookupCommand(id, query),
                reply -> reply.get().toResult(),
                result -> {},
                () -> {});
    }

    private static long storageNanos(ServerMetrics metrics) {
        return TimeUnit.MICROSECONDS.toNanos(metrics.getStorageLatencyUs());
    }

    @Override
    public CompletableFuture<ReadResult> read(String location, CallOptions options) {
        ReadRequest question = ReadRequest.newBuilder()
                .setResourceName(id.resource())
                .setContainerName(id.container())
                .setLocation(location)
                .build();
        return UnaryExchange.start(
                calls.unary(methods.read(), options),
                calls.headers(options),
                question,
                reply -> readResult(reply, location),
                ReadResult::close,
                () -> {});
    }

    private static ReadResult readResult(Decoded<ReadReply> reply, String location) {
        ReadResult result = reply.get().toResult(location);
        if (result.failure().isPresent()) {
            throw result.failure().get();
        }
        return result;
    }

    @Override
    public Flow.Publisher<ReadResult> readAll(List<String> locations, CallOptions options) {
        QuestionQueue questions = new QuestionQueue();
        for (String location : locations) {
            questions.offer(ReadQuestion.of(id, location));
        }
        questions.complete();
        return stores.readAll(questions, options);
    }

    @Override
    public CompletableFuture<WriteResult> write(PromptChunk chunk, CallOptions options) {
        WriteCommand command;
        try {
            command = new WriteCommand(id, chunk, writer);
        } catch (IllegalStateException e) {
            // The chunk is closed already.
            return CompletableFuture.failedFuture(KVStoreException.of(e));
        }
        return UnaryExchange.start(
                calls.unary(methods.write(), options),
                calls.headers(options),
                command,
                GrpcKVStore::writeResult,
                result -> {},
                command::close);
    }

    private static WriteResult writeResult(WriteResponse answer) {
        if (!answer.getSuccess()) {
            throw ErrorText.parse(answer.getError());
        }
        return new WriteResult(
                answer.getLocation(), answer.getAlreadyStored(), storageNanos(answer.getServerMetrics()));
    }

    @Override
    public String toString() {
        return "GrpcKVStore[" + id + " of " + stores + "]";
    }
}
