package io.kvstore.grpc;

import io.kvstore.api.Limits;
import io.kvstore.api.PromptChunk;
import io.kvstore.api.ReadResult;
import io.kvstore.protos.ReadResponse;
import io.kvstore.protos.ServerMetrics;
import java.io.ByteArrayInputStream;
import java.io.InputStream;

/**
 * A ReadResponse about to be sent. Holds the result's claim on its payload until it is closed.
 *
 * @param onSent see {@link PayloadWriter#write}
 */
record ReadAnswer(ReadResult result, ServerMetrics metrics, Runnable onSent) implements AutoCloseable {

    ReadAnswer(ReadResult result, ServerMetrics metrics) {
        this(result, metrics, () -> {});
    }

    /** The message; it has a claim of its own on the payload. */
    InputStream encode(PayloadWriter writer) {
        ReadResponse head = ReadResponse.newBuilder().setFound(result.isFound()).build();
        ReadResponse tail = tail();
        if (result.chunk().isEmpty()) {
            return new ByteArrayInputStream(
                    head.toBuilder().mergeFrom(tail).build().toByteArray());
        }
        PromptChunk chunk = result.chunk().get();
        return ChunkEncoding.encode(
                head, ReadResponse.CHUNK_FIELD_NUMBER, chunk, chunk.payload().share(), tail, writer, onSent);
    }

    private ReadResponse tail() {
        ReadResponse.Builder tail =
                ReadResponse.newBuilder().setSuccess(result.failure().isEmpty()).setServerMetrics(metrics);
        result.failure().ifPresent(failure -> tail.setError(ErrorText.of(failure)));
        // The echo of what can be no location of ours helps nobody and may be long.
        if (result.location().length() <= Limits.MAX_LOCATION_CHARS) {
            tail.setLocation(result.location());
        }
        return tail.build();
    }

    @Override
    public void close() {
        result.close();
    }
}
