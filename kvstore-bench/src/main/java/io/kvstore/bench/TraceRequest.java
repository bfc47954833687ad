package io.kvstore.bench;

import io.kvstore.api.Limits;
import io.kvstore.api.TokenBlocks;
import java.util.List;

/**
 * One request of a trace.
 *
 * @param inputLength tokens of the prompt
 * @param hashIds one for each 512 tokens of the prompt, the last for what is left
 */
record TraceRequest(int inputLength, List<Integer> hashIds) {

    /** Tokens that one id stands for. */
    static final int ID_TOKENS = 512;

    private static final int BLOCKS_PER_ID = ID_TOKENS / Limits.BLOCK_TOKENS;
    // About the size of a real vocabulary, so that tokens take 4 bytes in a block's identity as they do in practice.
    private static final int VOCABULARY_MASK = (1 << 17) - 1;

    TraceRequest {
        hashIds = List.copyOf(hashIds);
        long covered = (long) hashIds.size() * ID_TOKENS;
        if (inputLength < 0 || inputLength > covered || inputLength <= covered - ID_TOKENS) {
            throw new IllegalArgumentException("input_length: " + inputLength + " with " + hashIds.size()
                    + " hash_ids (expected: one id for each " + ID_TOKENS + " tokens)");
        }
        if (inputLength > Limits.MAX_LOOKUP_TOKENS) {
            throw new IllegalArgumentException(
                    "input_length: " + inputLength + " (expected: at most " + Limits.MAX_LOOKUP_TOKENS + ")");
        }
    }

    /** Whole blocks of the prompt. */
    int blockCount() {
        return inputLength / Limits.BLOCK_TOKENS;
    }

    /** What stands for block {@code index}: equal numbers are equal tokens after an equal prefix. */
    int blockNumber(int index) {
        return hashIds.get(index / BLOCKS_PER_ID) * BLOCKS_PER_ID + index % BLOCKS_PER_ID;
    }

    /** The prompt: the trace has no text, so each block's tokens are a function of its number. */
    TokenBlocks tokens() {
        long[] tokens = new long[inputLength];
        for (int from = 0, block = 0; from < inputLength; from += Limits.BLOCK_TOKENS, block++) {
            int to = Math.min(inputLength, from + Limits.BLOCK_TOKENS);
            long state = Mix.mix64(blockNumber(block) * Mix.GAMMA);
            for (int i = from; i < to; i++) {
                state += Mix.GAMMA;
                tokens[i] = Mix.mix64(state) & VOCABULARY_MASK;
            }
        }
        return TokenBlocks.of(tokens);
    }
}
