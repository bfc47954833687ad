package io.kvstore.grpc;

import io.kvstore.api.BlockLocation;
import io.kvstore.api.CallOptions;
import io.kvstore.api.KVStore;
import io.kvstore.api.KVStores;
import io.kvstore.api.LookupResult;
import io.kvstore.protos.ServerMetrics;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Lookup. */
final class LookupMethod implements UnaryMethod<LookupQuestion, LookupResult, LookupAnswer> {

    /** An answer of up to 8,192 tokens takes a few kilobytes: a lookup does not wait for room because of them. */
    private static final int UNCOUNTED_BLOCKS = 64;

    /**
     * A location's object, string and fields, without its characters: those are there three times, in the string, encoded, and in
     * the message.
     */
    private static final long BYTES_PER_BLOCK = 192;

    private final KVStores stores;

    LookupMethod(KVStores stores) {
        this.stores = stores;
    }

    @Override
    public CompletableFuture<LookupResult> ask(LookupQuestion question, CallOptions options) {
        KVStore store = stores.store(question.store());
        return store.lookup(question.query(), options);
    }

    @Override
    public LookupAnswer answer(LookupResult result, ServerMetrics metrics) {
        return new LookupAnswer(result, metrics);
    }

    @Override
    public long storageNanos(LookupResult result) {
        return result.storageNanos();
    }

    @Override
    public long questionBytes(LookupQuestion question) {
        return question.keptBytes();
    }

    @Override
    public long answerBytes(LookupResult result) {
        List<BlockLocation> blocks = result.blocks();
        return blocks.size() <= UNCOUNTED_BLOCKS
                ? 0
                : blocks.size()
                        * (BYTES_PER_BLOCK + 3L * blocks.get(0).location().length());
    }

    @Override
    public String tenant(LookupQuestion question) {
        return question.resource();
    }
}
