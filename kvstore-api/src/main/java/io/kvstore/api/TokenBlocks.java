package io.kvstore.api;

import java.util.Arrays;

/**
 * A token sequence cut into blocks of {@value Limits#BLOCK_TOKENS}. Tokens short of a block at the end belong to no block.
 * Immutable and safe for use by many threads, as long as the array it was made from is left alone.
 */
public final class TokenBlocks {

    private static final TokenBlocks EMPTY = new TokenBlocks(new long[0]);

    private final long[] tokens;

    private TokenBlocks(long[] tokens) {
        this.tokens = tokens;
    }

    /** No tokens. */
    public static TokenBlocks empty() {
        return EMPTY;
    }

    /** Takes the array over without a copy: it must not change afterwards. */
    public static TokenBlocks of(long... tokens) {
        return new TokenBlocks(tokens);
    }

    /** Copies: the ids of a vocabulary of up to 2^31 entries. */
    public static TokenBlocks of(int[] tokens) {
        return new TokenBlocks(Arrays.stream(tokens).asLongStream().toArray());
    }

    /** All tokens, those short of a block included. */
    public int tokenCount() {
        return tokens.length;
    }

    /** Whole blocks. */
    public int blockCount() {
        return tokens.length / Limits.BLOCK_TOKENS;
    }

    /** Token {@code index} of the whole sequence. */
    public long token(int index) {
        return tokens[index];
    }

    /** The 128 tokens of block {@code index}, as a sequence of their own; copies 1 KiB. */
    public TokenBlocks block(int index) {
        if (index < 0 || index >= blockCount()) {
            throw new IndexOutOfBoundsException("block " + index + " (expected: 0 to " + (blockCount() - 1) + ")");
        }
        int from = index * Limits.BLOCK_TOKENS;
        return new TokenBlocks(Arrays.copyOfRange(tokens, from, from + Limits.BLOCK_TOKENS));
    }

    /** A copy of all tokens. */
    public long[] toArray() {
        return tokens.clone();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof TokenBlocks that && Arrays.equals(tokens, that.tokens);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(tokens);
    }

    /** Counts only: tokens are a customer's text. */
    @Override
    public String toString() {
        return "TokenBlocks[" + tokenCount() + " tokens, " + blockCount() + " blocks]";
    }
}
