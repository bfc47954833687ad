package io.kvstore.core;

import io.kvstore.api.StoreId;
import io.kvstore.spi.Blob;
import io.kvstore.spi.BlobKey;
import io.kvstore.spi.Peek;
import java.util.Optional;

/**
 * A bounded place near the caller for copies of blobs that a backend keeps: any of them may be gone at any time.
 *
 * <p><b>Threading.</b> Safe for many threads. No method throws or waits for another call; {@link #get} of a disk cache reads
 * all the bytes (page faults, CRC-32C at several GB/s) on the calling thread.
 *
 * <p><b>Failure</b> of the medium is a miss on {@link #get} and a dropped copy on {@link #put}; it is logged, never
 * thrown. Wrong bytes are never returned.
 *
 * <p><b>Ownership.</b> The blob from {@link #get} belongs to the caller. {@link #put} takes what it needs, a claim or a copy,
 * before it returns; the caller closes its own blob.
 */
interface BlobCache extends AutoCloseable {

    /** The blob with a claim of its own, or nothing. Counts as a use: what is used is kept longer. */
    Optional<Blob> get(StoreId store, BlobKey key);

    /** {@link Peek.Knowledge#PRESENT} or {@link Peek.Knowledge#UNKNOWN}: a cache never rules a blob out. Not a use. */
    Peek peek(StoreId store, BlobKey key);

    /** Keeps the blob if there is room and time for it. One that is there already stays as it is. */
    void put(StoreId store, BlobKey key, Blob blob);

    /** Forgets the blob: once this returns no {@link #get} finds what was put before. Open claims stay good. */
    void remove(StoreId store, BlobKey key);

    /** Lets go of everything; a get afterwards is a miss, a put does nothing. Closing again does nothing. */
    @Override
    void close();
}
