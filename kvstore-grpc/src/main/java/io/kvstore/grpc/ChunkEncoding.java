package io.kvstore.grpc;

import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.MessageLite;
import io.kvstore.api.Payload;
import io.kvstore.protos.PromptChunk;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * Encodes a message around a chunk without touching the payload. The fields before and after the payload are encoded by the
 * generated classes in two halves: protobuf messages concatenate, so head + payload + tail is byte for byte what the
 * generated class of the whole would write.
 */
final class ChunkEncoding {

    private static final int FRAMING_BYTES = 64;

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
        PromptChunk chunkHead = PromptChunk.newBuilder()
                .setHash(chunk.hash())
                .setPartitionKey(chunk.partitionKey())
                .setParentHash(chunk.parentHash())
                .build();
        PromptChunk chunkTail = tail(chunk);
        int size = payload.sizeBytes();
        int field = PromptChunk.BUFFER_FIELD_NUMBER;
        int framing = size == 0 ? 0 : CodedOutputStream.computeTagSize(field) + varintBytes(size);
        int chunkBytes = chunkHead.getSerializedSize() + framing + size + chunkTail.getSerializedSize();
        try {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream(FRAMING_BYTES + before.getSerializedSize());
            CodedOutputStream head = CodedOutputStream.newInstance(bytes);
            before.writeTo(head);
            head.writeTag(chunkField, WireReader.BYTES);
            head.writeUInt32NoTag(chunkBytes);
            chunkHead.writeTo(head);
            if (size > 0) {
                head.writeTag(field, WireReader.BYTES);
                head.writeUInt32NoTag(size);
            }
            head.flush();
            return new PayloadStream(bytes.toByteArray(), payload, joined(chunkTail, after), writer, onSent);
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory failed", e);
        }
    }

    private static PromptChunk tail(io.kvstore.api.PromptChunk chunk) {
        PromptChunk.Builder tail = PromptChunk.newBuilder().setCompletionId(chunk.completionId());
        for (int i = 0; i < chunk.tokens().tokenCount(); i++) {
            tail.addTokens(chunk.tokens().token(i));
        }
        return tail.build();
    }

    private static byte[] joined(MessageLite first, MessageLite second) throws IOException {
        byte[] bytes = new byte[first.getSerializedSize() + second.getSerializedSize()];
        CodedOutputStream out = CodedOutputStream.newInstance(bytes);
        first.writeTo(out);
        second.writeTo(out);
        out.checkNoSpaceLeft();
        return bytes;
    }

    private static int varintBytes(int value) {
        return CodedOutputStream.computeUInt32SizeNoTag(value);
    }
}
