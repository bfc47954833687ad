package io.kvstore.core;

import io.kvstore.api.KVStoreException;
import io.kvstore.api.Limits;
import io.kvstore.api.Payload;
import io.kvstore.api.PromptChunk;
import io.kvstore.api.Reason;
import io.kvstore.api.TokenBlocks;
import io.kvstore.spi.Blob;
import io.kvstore.spi.BlobInfo;
import io.kvstore.spi.BlobKey;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * A chunk as a blob: the hash is the blob's tag; the rest of what describes it travels as attributes, big-endian: one byte
 * format version (1), 8 bytes parent hash, partition key and completion id (each 2 bytes length, then UTF-8), one byte token
 * width (4 or 8), 128 tokens of that width. At most 3,096 bytes.
 */
final class ChunkCodec {

    private static final byte FORMAT_VERSION = 1;

    private ChunkCodec() {}

    /** Length and checksum are stamped further down, where the bytes are summed. */
    static BlobInfo describe(PromptChunk chunk) {
        byte[] partition = chunk.partitionKey().getBytes(StandardCharsets.UTF_8);
        byte[] completion = chunk.completionId().getBytes(StandardCharsets.UTF_8);
        int width = tokenWidth(chunk.tokens());
        ByteBuffer out = ByteBuffer.allocate(
                1 + 8 + 2 + partition.length + 2 + completion.length + 1 + Limits.BLOCK_TOKENS * width);
        out.put(FORMAT_VERSION).putLong(chunk.parentHash());
        out.putShort((short) partition.length).put(partition);
        out.putShort((short) completion.length).put(completion);
        out.put((byte) width);
        for (int i = 0; i < Limits.BLOCK_TOKENS; i++) {
            if (width == Integer.BYTES) {
                out.putInt((int) chunk.tokens().token(i));
            } else {
                out.putLong(chunk.tokens().token(i));
            }
        }
        return new BlobInfo(chunk.hash(), chunk.payload().sizeBytes(), 0, out.array());
    }

    private static int tokenWidth(TokenBlocks tokens) {
        long union = 0;
        for (int i = 0; i < tokens.tokenCount(); i++) {
            union |= tokens.token(i);
        }
        return union >>> Integer.SIZE == 0 ? Integer.BYTES : Long.BYTES;
    }

    /**
     * The chunk of a blob; it takes the blob's claim over when this returns.
     *
     * @param isAsPut whether the blob is what was put under the key, in this process's memory ever since: the engine made the
     *     key of the chunk then, and nothing can have changed either. Its name, a SHA-256, is then not made anew
     * @throws KVStoreException {@link Reason#DATA_LOSS} when the blob does not describe a chunk, or not the one that belongs
     *     under this key; {@link Reason#UNAVAILABLE} when it has a format that this release does not know. The claim is
     *     still the blob's then.
     */
    static PromptChunk chunk(BlobKey key, Blob blob, boolean isAsPut) {
        try {
            PromptChunk chunk = decode(
                    ByteBuffer.wrap(blob.info().attributes()), blob.info().tag(), blob.payload());
            if (isAsPut || name(chunk).equals(key)) {
                return chunk;
            }
        } catch (BufferUnderflowException e) {
            throw lost(key, e);
        } catch (KVStoreException e) {
            throw e.reason() == Reason.UNAVAILABLE ? e : lost(key, e);
        }
        throw lost(key, null);
    }

    private static BlobKey name(PromptChunk chunk) {
        return BlockKeys.ofThisThread(chunk.partitionKey()).key(chunk.tokens(), 0, chunk.parentHash());
    }

    private static PromptChunk decode(ByteBuffer in, long hash, Payload payload) {
        byte version = in.get();
        if (version != FORMAT_VERSION) {
            // Not damage, and never to be deleted: a newer release beside this one, or before a rollback, wrote it.
            throw new KVStoreException(
                    Reason.UNAVAILABLE,
                    "the chunk has format version " + version + " (expected: " + FORMAT_VERSION + ")");
        }
        long parentHash = in.getLong();
        String partition = text(in);
        String completion = text(in);
        int width = in.get();
        long[] tokens = new long[Limits.BLOCK_TOKENS];
        for (int i = 0; i < tokens.length; i++) {
            tokens[i] = width == Integer.BYTES ? Integer.toUnsignedLong(in.getInt()) : in.getLong();
        }
        return new PromptChunk(hash, parentHash, partition, TokenBlocks.of(tokens), completion, payload);
    }

    private static String text(ByteBuffer in) {
        byte[] bytes = new byte[Short.toUnsignedInt(in.getShort())];
        in.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static KVStoreException lost(BlobKey key, @org.jspecify.annotations.Nullable Throwable cause) {
        return new KVStoreException(Reason.DATA_LOSS, "what is stored under " + key + " is not its chunk", cause);
    }
}
