package io.kvstore.grpc;

import io.kvstore.api.Limits;
import io.kvstore.api.Payload;
import io.kvstore.api.PromptChunk;
import io.kvstore.api.TokenBlocks;
import java.io.IOException;

/** A PromptChunk as it arrives: nothing checked yet. Holds a claim on its payload until it is made a chunk, or closed. */
final class ChunkFields implements AutoCloseable {

    private final InboundBuffers buffers;
    private final LongList tokens = new LongList(Limits.BLOCK_TOKENS + 1);
    private long hash;
    private long parentHash;
    private String partitionKey = "";
    private String completionId = "";
    private Payload payload = Payload.empty();

    ChunkFields(InboundBuffers buffers) {
        this.buffers = buffers;
    }

    /** Reads the nested message. A second one merges into the first, as protobuf has it. */
    void read(WireReader reader) throws IOException {
        int outer = reader.enter();
        for (int tag = reader.readTag(); tag != 0; tag = reader.readTag()) {
            readField(tag, reader);
        }
        reader.leave(outer);
    }

    private void readField(int tag, WireReader reader) throws IOException {
        switch (tag) {
            case 1 << 3 -> hash = reader.readVarint();
            case 2 << 3 | WireReader.BYTES -> partitionKey = reader.readText(Limits.MAX_PARTITION_KEY_BYTES);
            case 3 << 3 -> parentHash = reader.readVarint();
            case 4 << 3 | WireReader.BYTES -> readPayload(reader);
            case 5 << 3 -> tokens.add(reader.readVarint());
            case 5 << 3 | WireReader.BYTES -> tokens.addPacked(reader);
            case 6 << 3 | WireReader.BYTES -> completionId = reader.readText(Limits.MAX_COMPLETION_ID_BYTES);
            default -> reader.skipField(tag);
        }
    }

    private void readPayload(WireReader reader) throws IOException {
        int length = reader.readLength();
        // A second payload in one message replaces the first; at no time are there two.
        payload.close();
        payload = Payload.empty();
        payload = buffers.read(reader, length);
    }

    /**
     * The chunk, which owns the payload from now on.
     *
     * @throws io.kvstore.api.KVStoreException INVALID_ARGUMENT that names the field; the payload stays here then
     */
    PromptChunk toChunk() {
        return new PromptChunk(hash, parentHash, partitionKey, TokenBlocks.of(tokens.toArray()), completionId, payload);
    }

    int payloadBytes() {
        return payload.sizeBytes();
    }

    int tokenCount() {
        return tokens.count();
    }

    @Override
    public void close() {
        payload.close();
    }
}
