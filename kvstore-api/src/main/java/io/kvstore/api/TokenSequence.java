package io.kvstore.api;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Where a {@link TokenBlocks} has its tokens. Immutable. */
sealed interface TokenSequence permits TokenArray, TokenVarints {

    VarHandle BIG_INTS = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
    VarHandle BIG_LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    int count();

    /** Copies tokens {@code from} to {@code from + count}, which the caller has checked to be there. */
    void copyTo(long[] target, int at, int from, int count);

    /**
     * Writes the tokens of a whole block as {@link BlockHasher} hashes them: big-endian, in 4 bytes each when all of them fit,
     * in 8 otherwise. Returns the width.
     */
    int writeBlock(int block, byte[] out, int at);

    /** {@link #writeBlock} of 128 tokens in an array. */
    static int writeBlock(long[] tokens, int from, byte[] out, int at) {
        long union = 0;
        for (int i = 0; i < Limits.BLOCK_TOKENS; i++) {
            union |= tokens[from + i];
        }
        if (union >>> Integer.SIZE == 0) {
            for (int i = 0; i < Limits.BLOCK_TOKENS; i++) {
                BIG_INTS.set(out, at + i * Integer.BYTES, (int) tokens[from + i]);
            }
            return Integer.BYTES;
        }
        for (int i = 0; i < Limits.BLOCK_TOKENS; i++) {
            BIG_LONGS.set(out, at + i * Long.BYTES, tokens[from + i]);
        }
        return Long.BYTES;
    }
}
