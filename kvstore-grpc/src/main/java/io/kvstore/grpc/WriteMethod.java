package io.kvstore.grpc;

import io.kvstore.api.CallOptions;
import io.kvstore.api.KVStore;
import io.kvstore.api.KVStores;
import io.kvstore.api.Payload;
import io.kvstore.api.PromptChunk;
import io.kvstore.api.WriteResult;
import io.kvstore.protos.ServerMetrics;
import io.kvstore.protos.WriteResponse;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Write. The payload counts against the budget of received bytes until the store has let go of it. */
final class WriteMethod implements UnaryMethod<WriteQuestion, WriteResult, WriteResponse> {

    private final KVStores stores;
    private final ByteBudget inboundBudget;

    WriteMethod(KVStores stores, ByteBudget inboundBudget) {
        this.stores = stores;
        this.inboundBudget = inboundBudget;
    }

    @Override
    public CompletableFuture<WriteResult> ask(WriteQuestion question, CallOptions options) {
        try (question) {
            KVStore store = stores.store(question.store());
            try (PromptChunk chunk = question.chunk().toChunk();
                    PromptChunk counted = counted(chunk, question.resource())) {
                return store.write(counted, options);
            }
        }
    }

    private PromptChunk counted(PromptChunk chunk, String tenant) {
        long bytes = chunk.payload().sizeBytes();
        ByteBudget.Permit permit = inboundBudget.force(tenant, bytes);
        if (inboundBudget.isOverdrawn(tenant, bytes)) {
            permit.close();
            throw ByteBudget.exhausted();
        }
        @Nullable Payload counted = null;
        boolean complete = false;
        try {
            counted = chunk.payload().share(permit::close);
            PromptChunk result = new PromptChunk(
                    chunk.hash(),
                    chunk.parentHash(),
                    chunk.partitionKey(),
                    chunk.tokens(),
                    chunk.completionId(),
                    counted);
            complete = true;
            return result;
        } finally {
            if (!complete) { // no memory for what would close them
                if (counted != null) {
                    counted.close();
                }
                permit.close();
            }
        }
    }

    @Override
    public WriteResponse answer(WriteResult result, ServerMetrics metrics) {
        return WriteResponse.newBuilder()
                .setSuccess(true)
                .setServerMetrics(metrics)
                .setAlreadyStored(result.alreadyStored())
                .setLocation(result.location())
                .build();
    }

    @Override
    public long storageNanos(WriteResult result) {
        return result.storageNanos();
    }

    @Override
    public void dropQuestion(WriteQuestion question) {
        question.close();
    }

    @Override
    public long questionBytes(WriteQuestion question) {
        return question.chunk().payloadBytes();
    }

    @Override
    public boolean carriesPayload() {
        return true;
    }

    @Override
    public String tenant(WriteQuestion question) {
        return question.resource();
    }
}
