package io.kvstore.grpc;

import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.MessageLite;
import io.kvstore.api.Payload;
import io.kvstore.protos.PromptChunk;
import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * Encodes a message around a chunk without touching the payload: head + payload + tail is byte for byte what the generated
 * class of the whole would write. The outer message's fields come from the generated classes, the chunk's are written
 * here, since its tokens would be a list first.
 */
final class ChunkEncoding {

    /** Of every field here: their numbers are below 16. */
    private static final int TAG_BYTES = 1;

    private ChunkEncoding() {}

    /**
     * Encodes.
     *
     * @param before the outer message's fields with numbers below {@code chunkField}
     * @param after those above
     * @param payload a claim that becomes the stream's
     * @param onSent see {@link PayloadWriter#write}
     */
    static PayloadStream encode(
            MessageLite before,
            int chunkField,
            io.kvstore.api.PromptChunk chunk,
            Payload payload,
            MessageLite after,
            PayloadWriter writer,
            Runnable onSent) {
        int size = payload.sizeBytes();
        int headFields = unsignedBytes(PromptChunk.HASH_FIELD_NUMBER, chunk.hash())
                + textBytes(PromptChunk.PARTITION_KEY_FIELD_NUMBER, chunk.partitionKey())
                + unsignedBytes(PromptChunk.PARENT_HASH_FIELD_NUMBER, chunk.parentHash())
                + (size == 0 ? 0 : TAG_BYTES + varintBytes(size));
        long[] tokens = chunk.tokens().toArray();
        int tokenBytes = Varints.sizeOf(tokens, tokens.length);
        int tailFields = (tokenBytes == 0 ? 0 : TAG_BYTES + varintBytes(tokenBytes) + tokenBytes)
                + textBytes(PromptChunk.COMPLETION_ID_FIELD_NUMBER, chunk.completionId());
        int chunkBytes = headFields + size + tailFields;
        byte[] head = new byte[before.getSerializedSize() + TAG_BYTES + varintBytes(chunkBytes) + headFields];
        byte[] tail = new byte[tailFields + after.getSerializedSize()];
        try {
            writeHead(CodedOutputStream.newInstance(head), before, chunkField, chunkBytes, chunk, size);
            int afterTokens = writeTokens(tail, tokens, tokenBytes);
            writeTail(CodedOutputStream.newInstance(tail, afterTokens, tail.length - afterTokens), chunk, after);
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory failed", e);
        }
        return new PayloadStream(head, payload, tail, writer, onSent);
    }

    private static void writeHead(
            CodedOutputStream out,
            MessageLite before,
            int chunkField,
            int chunkBytes,
            io.kvstore.api.PromptChunk chunk,
            int size)
            throws IOException {
        before.writeTo(out);
        out.writeTag(chunkField, WireReader.BYTES);
        out.writeUInt32NoTag(chunkBytes);
        if (chunk.hash() != 0) {
            out.writeUInt64(PromptChunk.HASH_FIELD_NUMBER, chunk.hash());
        }
        if (!chunk.partitionKey().isEmpty()) {
            out.writeString(PromptChunk.PARTITION_KEY_FIELD_NUMBER, chunk.partitionKey());
        }
        if (chunk.parentHash() != 0) {
            out.writeUInt64(PromptChunk.PARENT_HASH_FIELD_NUMBER, chunk.parentHash());
        }
        if (size > 0) {
            out.writeTag(PromptChunk.BUFFER_FIELD_NUMBER, WireReader.BYTES);
            out.writeUInt32NoTag(size);
        }
        out.checkNoSpaceLeft();
    }

    /** At the front of {@code tail}; returns where they end. */
    private static int writeTokens(byte[] tail, long[] tokens, int tokenBytes) {
        if (tokenBytes == 0) {
            return 0;
        }
        int at = Varints.write(PromptChunk.TOKENS_FIELD_NUMBER << 3 | WireReader.BYTES, tail, 0);
        at = Varints.write(tokenBytes, tail, at);
        return Varints.writeWithin(tokens, tokens.length, tail, at);
    }

    private static void writeTail(CodedOutputStream out, io.kvstore.api.PromptChunk chunk, MessageLite after)
            throws IOException {
        if (!chunk.completionId().isEmpty()) {
            out.writeString(PromptChunk.COMPLETION_ID_FIELD_NUMBER, chunk.completionId());
        }
        after.writeTo(out);
        out.checkNoSpaceLeft();
    }

    private static int unsignedBytes(int field, long value) {
        return value == 0 ? 0 : CodedOutputStream.computeUInt64Size(field, value);
    }

    private static int textBytes(int field, String text) {
        return text.isEmpty() ? 0 : CodedOutputStream.computeStringSize(field, text);
    }

    private static int varintBytes(int value) {
        return CodedOutputStream.computeUInt32SizeNoTag(value);
    }
}
