package io.kvstore.grpc;

import io.kvstore.api.BlockLocation;
import io.kvstore.api.CallOptions;
import io.kvstore.api.KVStore;
import io.kvstore.api.KVStores;
import io.kvstore.api.LookupResult;
import io.kvstore.protos.LookupResponse;
import io.kvstore.protos.ServerMetrics;
import io.kvstore.protos.Tier;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Lookup. */
final class LookupMethod implements UnaryMethod<LookupQuestion, LookupResult, LookupResponse> {

    /** An answer of up to 8,192 tokens takes a few kilobytes: a lookup does not wait for room because of them. */
    private static final int UNCOUNTED_BLOCKS = 64;

    /** A location's object, string and fields besides its characters, and the same once more in the message. */
    private static final long BYTES_PER_BLOCK = 256;

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
    public LookupResponse answer(LookupResult result, ServerMetrics metrics) {
        LookupResponse.Builder answer = LookupResponse.newBuilder()
                .setCachedBlocks(result.cachedBlocks())
                .setLastHash(result.lastHash())
                .setSuccess(true)
                .setServerMetrics(metrics)
                .setDegraded(result.degraded());
        for (BlockLocation block : result.blocks()) {
            answer.addLocations(io.kvstore.protos.BlockLocation.newBuilder()
                    .setHash(block.hash())
                    .setLocation(block.location())
                    .setSizeBytes(block.sizeBytes())
                    .setTier(tier(block.tier())));
        }
        return answer.build();
    }

    private static Tier tier(io.kvstore.api.Tier tier) {
        return switch (tier) {
            case UNSPECIFIED -> Tier.TIER_UNSPECIFIED;
            case MEMORY -> Tier.TIER_MEMORY;
            case LOCAL_DISK -> Tier.TIER_LOCAL_DISK;
            case REMOTE -> Tier.TIER_REMOTE;
        };
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
                : blocks.size() * (BYTES_PER_BLOCK + blocks.get(0).location().length());
    }

    @Override
    public String tenant(LookupQuestion question) {
        return question.resource();
    }
}
