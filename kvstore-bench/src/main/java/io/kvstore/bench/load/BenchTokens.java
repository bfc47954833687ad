package io.kvstore.bench.load;

import io.kvstore.api.Limits;
import io.kvstore.api.TokenBlocks;
import java.util.SplittableRandom;

/** Tokens that look like those of a vocabulary of 128,000, the same in every process. */
final class BenchTokens {

    private static final int VOCABULARY = 128_000;
    private static final long UNKNOWN_SEED = 1L << 62;

    private BenchTokens() {}

    /** Of a chunk that begins a chain: no two numbers, and no two lengths, have the same. */
    static TokenBlocks chunk(int payloadBytes, long number) {
        return TokenBlocks.of(tokens(((long) payloadBytes << 32) + number, Limits.BLOCK_TOKENS));
    }

    /** A prompt whose blocks are all stored; the longer starts with the shorter. */
    static TokenBlocks prompt(int chain, int blocks) {
        return TokenBlocks.of(tokens(-1 - chain, blocks * Limits.BLOCK_TOKENS));
    }

    /** A prompt of which so many blocks are stored, and no other. */
    static TokenBlocks question(int chain, int blocks, Hits hits) {
        long[] tokens = prompt(chain, blocks).toArray();
        int stored = hits.of(blocks) * Limits.BLOCK_TOKENS;
        long[] others = tokens(UNKNOWN_SEED + chain, tokens.length - stored);
        System.arraycopy(others, 0, tokens, stored, others.length);
        return TokenBlocks.of(tokens);
    }

    private static long[] tokens(long seed, int count) {
        SplittableRandom random = new SplittableRandom(seed);
        long[] tokens = new long[count];
        for (int i = 0; i < count; i++) {
            tokens[i] = random.nextInt(VOCABULARY);
        }
        return tokens;
    }
}
