package io.kvstore.grpc;

import io.grpc.Status;
import io.kvstore.api.Payload;
import io.kvstore.api.PromptChunk;
import io.kvstore.api.StoreId;
import io.kvstore.protos.WriteRequest;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/**
 * A WriteRequest about to be sent. Holds a claim on the payload until it is closed, which whoever made the call does when the
 * call is over: the transport drops a message unclosed when its call never reached a connection.
 */
final class WriteCommand implements AutoCloseable {

    private final StoreId store;
    private final PromptChunk chunk;
    private final Payload payload;
    private final PayloadWriter writer;
    private @Nullable PayloadStream stream;
    private boolean closed;

    WriteCommand(StoreId store, PromptChunk chunk, PayloadWriter writer) {
        this.store = store;
        this.chunk = chunk;
        this.payload = chunk.payload().share();
        this.writer = writer;
    }

    /** The message; sent once, since the channel does not retry. */
    synchronized InputStream encode() {
        if (closed) {
            throw Status.CANCELLED.withDescription("the call is over").asRuntimeException();
        }
        WriteRequest head = WriteRequest.newBuilder()
                .setResourceName(store.resource())
                .setContainerName(store.container())
                .build();
        Payload claim = payload.share();
        try {
            PayloadStream message = ChunkEncoding.encode(
                    head,
                    WriteRequest.CHUNK_FIELD_NUMBER,
                    chunk,
                    claim,
                    WriteRequest.getDefaultInstance(),
                    writer,
                    () -> {});
            stream = message;
            return message;
        } finally {
            if (stream == null) { // no memory for what would close it
                claim.close();
            }
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        payload.close();
        if (stream != null) {
            stream.close();
        }
    }
}
