package io.kvstore.spi;

import io.kvstore.api.KVStoreException;
import io.kvstore.api.Payload;
import io.kvstore.api.Reason;
import io.kvstore.api.StoreId;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * A store of named, write-once blobs: a backend, or a decorator in front of one.
 *
 * <p><b>Threading.</b> Safe for many threads. No method blocks its caller for I/O over the network or waits for another
 * call; local disk reads may happen on the calling thread as page faults of mapped memory.
 *
 * <p><b>Failure.</b> No method throws: futures fail with {@link KVStoreException}, bare or wrapped as the JDK does. {@link
 * Reason#UNAVAILABLE} means the backend did not answer or refused for now, {@link Reason#RESOURCE_EXHAUSTED} that it is full
 * or over its budget, {@link Reason#NOT_FOUND} that the store itself does not exist and is not to be created.
 *
 * <p><b>Absence</b> is a value, not a failure.
 *
 * <p><b>Cancelling</b> a returned future asks the work to stop. A blob that arrives after the cancel is closed by the
 * implementation.
 *
 * <p><b>Atomicity.</b> A blob is visible whole or not at all. Of any number of concurrent puts of one key exactly one
 * creates. Once a put's future completed, every later get, head, peek and list sees the blob, and it survives the loss of the
 * process to the degree that the backend promises.
 *
 * <p><b>Ownership.</b> {@link #put} takes its own claim on the payload before it returns; the caller closes its own. The
 * blob from {@link #get} belongs to the caller.
 */
public interface BlobStore extends AutoCloseable {

    /** What memory knows of the blob; no I/O, no allocation beyond the answer. May be out of date by concurrent calls only. */
    Peek peek(StoreId store, BlobKey key);

    /** The blob, or nothing. The bytes are exactly as long as the info says, or the call fails. */
    CompletableFuture<Optional<Blob>> get(StoreId store, BlobKey key, CallContext context);

    /** What travels with the blob, or nothing when it is not stored. */
    CompletableFuture<Optional<BlobInfo>> head(StoreId store, BlobKey key, CallContext context);

    /**
     * Stores the blob unless one of that name is stored; completes when it is durable.
     *
     * @param info its payloadBytes is the payload's size
     */
    CompletableFuture<PutResult> put(StoreId store, BlobKey key, BlobInfo info, Payload payload, CallContext context);

    /**
     * Whether {@link #put} itself sums the bytes that it stores, and answers their checksum: then that of the info is not
     * looked at, and nobody need read the payload for it before.
     */
    default boolean sumsPuts() {
        return false;
    }

    /**
     * Whether what {@link #get} answers has lain in this process's own memory since it was put: no disk and no network can
     * have changed it, and nobody need sum it again before it is handed on, or look whether it belongs under its key.
     */
    default boolean isProcessMemory() {
        return false;
    }

    /**
     * Whether answers come on threads that carry the bytes of all, or time them: what waits for an answer is then run on others by
     * who asked.
     */
    default boolean answersOnIoThreads() {
        return false;
    }

    /** Removes the blob; true when there was one. Open claims on its bytes stay good. */
    CompletableFuture<Boolean> delete(StoreId store, BlobKey key, CallContext context);

    /**
     * Removes the blob only if what is stored is still what that version names, so that whoever found damage does not remove
     * what was stored in its place meanwhile; true when it was removed. Caches drop their copy in any case.
     *
     * @param version from {@link Blob#version()}; {@link Blob#NO_VERSION} removes nothing from the backend
     */
    CompletableFuture<Boolean> deleteVersion(StoreId store, BlobKey key, String version, CallContext context);

    /**
     * Removes, as {@link #deleteVersion} does, a blob whose bytes did not match their checksum or could not be read; a backend
     * that can look at them in another way does so first, and keeps what it finds intact. By default nothing is looked at.
     *
     * @return false when the blob is intact and stays, or another is stored in its place, so that reading again may
     *     succeed; true when it is gone, was not there any more, counts as absent, or is damaged and may not be deleted; a
     *     failure when nobody can tell
     */
    default CompletableFuture<Boolean> deleteIfDamaged(
            StoreId store, BlobKey key, String version, CallContext context) {
        return deleteVersion(store, key, version, context).thenApply(deleted -> true);
    }

    /**
     * The keys of a part of a store, page by page: every blob stored before the first page was asked for and not deleted since
     * appears; later ones may. A page holds at most 5,000, and may be empty though others follow.
     *
     * @param from empty for the first page, then {@link BlobPage#next()} of the same range
     */
    CompletableFuture<BlobPage> list(StoreId store, KeyRange range, Optional<String> from, CallContext context);

    /**
     * Lets go of all resources after the calls under way; later calls fail with {@link Reason#UNAVAILABLE}. Closing again does
     * nothing.
     */
    @Override
    void close();
}
