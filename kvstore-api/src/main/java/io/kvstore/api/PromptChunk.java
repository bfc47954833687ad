package io.kvstore.api;

/**
 * A stored block: its 128 tokens, its place in a chain, its payload. Holds one claim on the payload, which {@link #close()}
 * gives back.
 *
 * @param hash the writer's own unsigned 64-bit hash of the block, any value
 * @param parentHash the hash of the block before, 0 for the first
 * @param partitionKey part of the identity: chunks of one partition are never found from another; "" is a partition too
 * @param tokens exactly 128
 * @param completionId carried along for the client, "" for none; not part of the identity
 * @param payload the KV bytes, at most {@link Limits#MAX_PAYLOAD_BYTES}
 */
public record PromptChunk(
        long hash, long parentHash, String partitionKey, TokenBlocks tokens, String completionId, Payload payload)
        implements AutoCloseable {

    /**
     * Validates sizes.
     *
     * @throws KVStoreException {@link Reason#INVALID_ARGUMENT} that names the field and the rule; {@link
     *     Reason#RESOURCE_EXHAUSTED} for a payload over the limit. The payload stays the caller's to close.
     */
    public PromptChunk {
        if (tokens.tokenCount() != Limits.BLOCK_TOKENS) {
            throw Rejected.field(
                    "chunk.tokens", tokens.tokenCount() + " (expected: exactly " + Limits.BLOCK_TOKENS + ")");
        }
        checkedPartitionKey(partitionKey);
        checkedCompletionId(completionId);
        if (payload.sizeBytes() > Limits.MAX_PAYLOAD_BYTES) {
            throw new KVStoreException(
                    Reason.RESOURCE_EXHAUSTED,
                    "chunk.buffer: " + payload.sizeBytes() + " bytes (expected: at most " + Limits.MAX_PAYLOAD_BYTES
                            + ")");
        }
    }

    /** A chunk of the partition "" without a completion id. */
    public PromptChunk(long hash, long parentHash, TokenBlocks tokens, Payload payload) {
        this(hash, parentHash, "", tokens, "", payload);
    }

    /** Returns {@code key} when it is well-formed and short enough, throws INVALID_ARGUMENT otherwise. */
    public static String checkedPartitionKey(String key) {
        return Rejected.atMostUtf8("partition_key", key, Limits.MAX_PARTITION_KEY_BYTES);
    }

    /** Returns {@code id} when it is well-formed and short enough, throws INVALID_ARGUMENT otherwise. */
    public static String checkedCompletionId(String id) {
        return Rejected.atMostUtf8("completion_id", id, Limits.MAX_COMPLETION_ID_BYTES);
    }

    /** Closes this chunk's claim on the payload. */
    @Override
    public void close() {
        payload.close();
    }

    /** No tokens, no keys: they are a customer's. */
    @Override
    public String toString() {
        return "PromptChunk[hash " + Long.toHexString(hash) + ", parent " + Long.toHexString(parentHash) + ", "
                + payload + "]";
    }
}
