package io.kvstore.api;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;

/**
 * One container of one customer.
 *
 * <p>Threading: safe for many threads. No method blocks or throws; every failure arrives as a {@link KVStoreException} in
 * the future. Futures complete on threads of the implementation: continue with an {@code ...Async} method when the
 * continuation is long or blocks.
 *
 * <p>Cancelling a returned future stops the work it stands for; a caller's cancel never hurts another caller's call. A
 * result that arrives after the cancel is closed by the implementation.
 *
 * <p>Promise: an acknowledged write is afterwards readable byte for byte or reported missing; one that was not acknowledged
 * is never partly visible; wrong bytes are never returned.
 */
public interface KVStore {

    /** The name of this store. */
    StoreId id();

    /**
     * The longest run of blocks from the first token on that is stored as one chain. Fewer tokens than a block is a valid
     * question, answered with no block. A storage error shortens the run ({@link LookupResult#degraded()}); when nothing at
     * all is known the call fails with {@link Reason#UNAVAILABLE}: trouble is never reported as a miss.
     */
    CompletableFuture<LookupResult> lookup(LookupQuery query, CallOptions options);

    /**
     * The chunk at a location. Not stored (any more) is a normal answer. The caller closes the result.
     *
     * @param location as a lookup or a write gave it; {@link Reason#INVALID_ARGUMENT} when it has another form
     */
    CompletableFuture<ReadResult> read(String location, CallOptions options);

    /**
     * The chunks at many locations, in the order asked, fetched ahead in parallel within a byte window; see {@link
     * KVStores#readAll}.
     */
    Flow.Publisher<ReadResult> readAll(List<String> locations, CallOptions options);

    /**
     * Stores a chunk; the future completes when it is durable in the backend. Idempotent: the same identity (partition,
     * parent hash, tokens) with the same hash succeeds and writes nothing; with another hash it fails with {@link
     * Reason#ALREADY_EXISTS} and the stored chunk is untouched.
     *
     * @param chunk stays the caller's to close, which may happen as soon as this method has returned: the store takes a claim
     *     of its own
     */
    CompletableFuture<WriteResult> write(PromptChunk chunk, CallOptions options);

    /** {@link #lookup(LookupQuery, CallOptions)} with the default options. */
    default CompletableFuture<LookupResult> lookup(LookupQuery query) {
        return lookup(query, CallOptions.DEFAULT);
    }

    /** {@link #read(String, CallOptions)} with the default options. */
    default CompletableFuture<ReadResult> read(String location) {
        return read(location, CallOptions.DEFAULT);
    }

    /** {@link #readAll(List, CallOptions)} with the default options. */
    default Flow.Publisher<ReadResult> readAll(List<String> locations) {
        return readAll(locations, CallOptions.DEFAULT);
    }

    /** {@link #write(PromptChunk, CallOptions)} with the default options. */
    default CompletableFuture<WriteResult> write(PromptChunk chunk) {
        return write(chunk, CallOptions.DEFAULT);
    }
}
