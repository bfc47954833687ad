package io.kvstore.api;

import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;

/**
 * A token sequence cut into blocks of {@value Limits#BLOCK_TOKENS}. Tokens short of a block at the end belong to no block.
 * Immutable and safe for use by many threads, as long as the array it was made from is left alone. Two of the same tokens are
 * equal, however they were made.
 */
public final class TokenBlocks {

    private static final TokenBlocks EMPTY = of(new long[0]);

    /** Tokens that are looked at together where all are. */
    private static final int PIECE_TOKENS = 512;

    private final TokenSequence tokens;

    private TokenBlocks(TokenSequence tokens) {
        this.tokens = tokens;
    }

    /** No tokens. */
    public static TokenBlocks empty() {
        return EMPTY;
    }

    /** Takes the array over without a copy: it must not change afterwards. */
    public static TokenBlocks of(long... tokens) {
        return new TokenBlocks(new TokenArray(tokens));
    }

    /** Copies: the ids of a vocabulary of up to 2^31 entries. */
    public static TokenBlocks of(int[] tokens) {
        return of(Arrays.stream(tokens).asLongStream().toArray());
    }

    /**
     * Tokens in the packed form of protobuf, which are decoded when they are asked for. Takes the array over without a copy: it
     * must not change afterwards.
     *
     * @param length how many bytes of the array they take
     * @return nothing when the bytes are no such form: when a number has more than 10 bytes or the last one has no end
     */
    public static Optional<TokenBlocks> fromVarints(byte[] packed, int length) {
        Objects.checkFromIndexSize(0, length, packed.length);
        return Optional.ofNullable(TokenVarints.of(packed, length)).map(TokenBlocks::new);
    }

    /** All tokens, those short of a block included. */
    public int tokenCount() {
        return tokens.count();
    }

    /** Whole blocks. */
    public int blockCount() {
        return tokenCount() / Limits.BLOCK_TOKENS;
    }

    /** Token {@code index} of the whole sequence. For many, {@link #copyTo} takes less time. */
    public long token(int index) {
        long[] token = new long[1];
        copyTo(token, 0, index, 1);
        return token[0];
    }

    /** Copies {@code count} tokens from {@code from} on into {@code target} at {@code at}. */
    public void copyTo(long[] target, int at, int from, int count) {
        Objects.checkFromIndexSize(from, count, tokenCount());
        Objects.checkFromIndexSize(at, count, target.length);
        tokens.copyTo(target, at, from, count);
    }

    /** The 128 tokens of block {@code index}, as a sequence of their own; copies 1 KiB. */
    public TokenBlocks block(int index) {
        checkBlock(index);
        long[] block = new long[Limits.BLOCK_TOKENS];
        tokens.copyTo(block, 0, index * Limits.BLOCK_TOKENS, Limits.BLOCK_TOKENS);
        return of(block);
    }

    private void checkBlock(int index) {
        if (index < 0 || index >= blockCount()) {
            throw new IndexOutOfBoundsException("block " + index + " (expected: 0 to " + (blockCount() - 1) + ")");
        }
    }

    /** Writes block {@code index} as it is hashed; returns the bytes of a token, 4 or 8. */
    int writeBlock(int index, byte[] out, int at) {
        checkBlock(index);
        return tokens.writeBlock(index, out, at);
    }

    /** A copy of all tokens. */
    public long[] toArray() {
        long[] all = new long[tokenCount()];
        tokens.copyTo(all, 0, 0, all.length);
        return all;
    }

    @Override
    public boolean equals(Object other) {
        if (!(other instanceof TokenBlocks that) || tokenCount() != that.tokenCount()) {
            return false;
        }
        long[] here = new long[PIECE_TOKENS];
        long[] there = new long[PIECE_TOKENS];
        for (int from = 0; from < tokenCount(); from += PIECE_TOKENS) {
            int count = Math.min(PIECE_TOKENS, tokenCount() - from);
            tokens.copyTo(here, 0, from, count);
            that.tokens.copyTo(there, 0, from, count);
            if (!Arrays.equals(here, 0, count, there, 0, count)) {
                return false;
            }
        }
        return true;
    }

    @Override
    public int hashCode() {
        long[] piece = new long[PIECE_TOKENS];
        int hash = 1;
        for (int from = 0; from < tokenCount(); from += PIECE_TOKENS) {
            int count = Math.min(PIECE_TOKENS, tokenCount() - from);
            tokens.copyTo(piece, 0, from, count);
            for (int i = 0; i < count; i++) {
                hash = 31 * hash + Long.hashCode(piece[i]);
            }
        }
        return hash;
    }

    /** Counts only: tokens are a customer's text. */
    @Override
    public String toString() {
        return "TokenBlocks[" + tokenCount() + " tokens, " + blockCount() + " blocks]";
    }
}
