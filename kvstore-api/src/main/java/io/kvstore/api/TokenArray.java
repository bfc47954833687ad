package io.kvstore.api;

/** Tokens in an array. */
final class TokenArray implements TokenSequence {

    private final long[] tokens;

    TokenArray(long[] tokens) {
        this.tokens = tokens;
    }

    @Override
    public int count() {
        return tokens.length;
    }

    @Override
    public void copyTo(long[] target, int at, int from, int count) {
        System.arraycopy(tokens, from, target, at, count);
    }

    @Override
    public int writeBlock(int block, byte[] out, int at) {
        return TokenSequence.writeBlock(tokens, block * Limits.BLOCK_TOKENS, out, at);
    }
}
