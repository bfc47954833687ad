package io.kvstore.testkit;

import io.kvstore.api.LookupQuery;
import io.kvstore.api.Payload;
import io.kvstore.api.PromptChunk;
import io.kvstore.api.TokenBlocks;

/**
 * The blocks of one prompt and the hashes they are written with. Immutable.
 *
 * @param partitionKey the partition of all its chunks
 * @param tokens whole blocks, or more
 * @param hashes one a block, in order; treat the array as immutable
 */
@SuppressWarnings("ArrayRecordComponent") // compared by nobody; a copy per question would only cost
public record PromptChain(String partitionKey, TokenBlocks tokens, long[] hashes) {

    public PromptChain {
        if (hashes.length != tokens.blockCount()) {
            throw new IllegalArgumentException(
                    "hashes: " + hashes.length + " (expected: one a block, " + tokens.blockCount() + ")");
        }
    }

    /** A chain whose hashes are kvstore's own: each from its block, the partition and the hash before. */
    public static PromptChain own(String partitionKey, TokenBlocks tokens) {
        long[] hashes = new long[tokens.blockCount()];
        for (int i = 0; i < hashes.length; i++) {
            hashes[i] = ReferenceKeys.ownHash(partitionKey, i == 0 ? 0 : hashes[i - 1], tokens.block(i));
        }
        return new PromptChain(partitionKey, tokens, hashes);
    }

    /** A chain of the partition "" with hashes of the caller's choosing. */
    public static PromptChain foreign(TokenBlocks tokens, long... hashes) {
        return new PromptChain("", tokens, hashes);
    }

    public int blockCount() {
        return hashes.length;
    }

    /** The hash of block {@code index}. */
    public long hash(int index) {
        return hashes[index];
    }

    /** The hash of the block before, 0 for the first. */
    public long parentHash(int index) {
        return index == 0 ? 0 : hashes[index - 1];
    }

    /** Block {@code index} as a chunk, which takes the claim on {@code payload} over. */
    public PromptChunk chunk(int index, Payload payload) {
        return new PromptChunk(hash(index), parentHash(index), partitionKey, tokens.block(index), "", payload);
    }

    /** The question for this prompt, without expected hashes. */
    public LookupQuery query() {
        return LookupQuery.of(tokens).inPartition(partitionKey);
    }

    /** The question for this prompt, with all its hashes expected. */
    public LookupQuery queryExpectingHashes() {
        return query().expecting(hashes.clone());
    }
}
