package io.kvstore.api;

import java.util.Optional;

/**
 * The answer to one read: the chunk, or that there is none, or (in an ordered read only) why this one failed. Holds the
 * chunk's claim on its payload, which {@link #close()} gives back.
 *
 * @param location the question's
 * @param chunk present when found
 * @param failure present when this item of an ordered read failed; {@link KVStore#read} fails its future instead
 * @param storageNanos nanoseconds spent waiting for the backend
 */
public record ReadResult(
        String location, Optional<PromptChunk> chunk, Optional<KVStoreException> failure, long storageNanos)
        implements AutoCloseable {

    public static ReadResult found(String location, PromptChunk chunk, long storageNanos) {
        return new ReadResult(location, Optional.of(chunk), Optional.empty(), storageNanos);
    }

    public static ReadResult absent(String location, long storageNanos) {
        return new ReadResult(location, Optional.empty(), Optional.empty(), storageNanos);
    }

    public static ReadResult failed(String location, KVStoreException failure, long storageNanos) {
        return new ReadResult(location, Optional.empty(), Optional.of(failure), storageNanos);
    }

    public boolean isFound() {
        return chunk.isPresent();
    }

    /** Closes the chunk, if there is one. */
    @Override
    public void close() {
        chunk.ifPresent(PromptChunk::close);
    }
}
