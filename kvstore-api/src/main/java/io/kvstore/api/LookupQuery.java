package io.kvstore.api;

import java.util.Arrays;

/**
 * The question of a lookup.
 *
 * <p>Immutable, as long as the arrays it was made from are left alone.
 */
public final class LookupQuery {

    private static final long[] NONE = {};

    private final TokenBlocks tokens;
    private final String partitionKey;
    private final long[] expectedHashes;

    private LookupQuery(TokenBlocks tokens, String partitionKey, long[] expectedHashes) {
        this.tokens = tokens;
        this.partitionKey = partitionKey;
        this.expectedHashes = expectedHashes;
    }

    /**
     * Asks for the longest stored prefix of {@code tokens} in the partition "".
     *
     * @throws KVStoreException {@link Reason#INVALID_ARGUMENT} when there are none, or more than {@link
     *     Limits#MAX_LOOKUP_TOKENS}
     */
    public static LookupQuery of(TokenBlocks tokens) {
        if (tokens.tokenCount() == 0) {
            throw Rejected.field("tokens", "must not be empty");
        }
        if (tokens.tokenCount() > Limits.MAX_LOOKUP_TOKENS) {
            throw Rejected.field(
                    "tokens", tokens.tokenCount() + " (expected: at most " + Limits.MAX_LOOKUP_TOKENS + ")");
        }
        return new LookupQuery(tokens, "", NONE);
    }

    /** The same question in another partition: at most {@link Limits#MAX_PARTITION_KEY_BYTES}. */
    public LookupQuery inPartition(String key) {
        return new LookupQuery(tokens, PromptChunk.checkedPartitionKey(key), expectedHashes);
    }

    /**
     * The same question with the hashes that the caller expects of its first blocks: a different stored hash ends the run.
     *
     * @param hashes taken over without a copy; may be shorter than the blocks, what is longer is ignored
     */
    public LookupQuery expecting(long... hashes) {
        return new LookupQuery(tokens, partitionKey, hashes);
    }

    public TokenBlocks tokens() {
        return tokens;
    }

    public String partitionKey() {
        return partitionKey;
    }

    /** How many of the first blocks have an expected hash. */
    public int expectedHashCount() {
        return Math.min(expectedHashes.length, tokens.blockCount());
    }

    /** The hash expected of block {@code index}, below {@link #expectedHashCount()}. */
    public long expectedHash(int index) {
        return expectedHashes[index];
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof LookupQuery that
                && tokens.equals(that.tokens)
                && partitionKey.equals(that.partitionKey)
                && Arrays.equals(expectedHashes, that.expectedHashes);
    }

    @Override
    public int hashCode() {
        return 31 * (31 * tokens.hashCode() + partitionKey.hashCode()) + Arrays.hashCode(expectedHashes);
    }

    @Override
    public String toString() {
        return "LookupQuery[" + tokens + ", " + expectedHashCount() + " expected hashes]";
    }
}
