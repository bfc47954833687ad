package io.kvstore.core;

import io.kvstore.api.KVStoreException;
import io.kvstore.api.Payload;
import io.kvstore.api.Reason;
import io.kvstore.api.StoreId;
import io.kvstore.spi.Blob;
import io.kvstore.spi.BlobInfo;
import io.kvstore.spi.BlobKey;
import io.kvstore.spi.BlobStore;
import io.kvstore.spi.CallContext;
import io.kvstore.spi.PutResult;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stamps CRC-32C and length on every put, unless what is beneath sums what it stores, and checks both on every get, before
 * any cache or caller sees the bytes, unless they never left this process's memory. A blob that fails is deleted, so that it
 * counts as absent and can be written again, unless the backend finds it intact, or cannot tell; only that very one is: of
 * several who read it, the last must not delete what was written in its place.
 *
 * <p>Large payloads are summed on the workers, not on the caller's thread: the bytes may be mapped from a file and cost a
 * disk read. Up to 16 KiB, four page faults at most, the hand-over would cost more than it saves.
 */
final class VerifyingBlobStore extends ForwardingBlobStore {

    private static final Logger LOG = LoggerFactory.getLogger(VerifyingBlobStore.class);
    private static final int INLINE_BYTES = 16 * 1024;

    private final Workers writers;
    private final Workers readers;

    /**
     * Over that store.
     *
     * @param writers sum large payloads that are put
     * @param readers sum large ones that were read; {@link Workers#IN_PLACE} where answers come on threads that may
     */
    VerifyingBlobStore(BlobStore inner, Workers writers, Workers readers) {
        super(inner);
        this.writers = writers;
        this.readers = readers;
    }

    @Override
    public CompletableFuture<PutResult> put(
            StoreId store, BlobKey key, BlobInfo info, Payload payload, CallContext context) {
        if (inner.sumsPuts()) { // what it stores, where a sum from here would be of what the memory held before
            BlobInfo unsummed = new BlobInfo(info.tag(), payload.sizeBytes(), 0, info.attributes());
            return inner.put(store, key, unsummed, payload, context);
        }
        Optional<Payload> share = payload.shareIfOpen();
        if (share.isEmpty()) {
            return Futures.payloadClosed();
        }
        Payload claim = share.get();
        return Futures.owning(claim, () -> sumAndPut(store, key, info, claim, context));
    }

    private CompletableFuture<PutResult> sumAndPut(
            StoreId store, BlobKey key, BlobInfo info, Payload claim, CallContext context) {
        Relay<PutResult> result = new Relay<>();
        onSuitableThread(writers, store, claim.sizeBytes(), result, claim::close, () -> {
            try (claim) {
                BlobInfo stamped = new BlobInfo(info.tag(), claim.sizeBytes(), Crc32c.of(claim), info.attributes());
                CompletableFuture<PutResult> put = inner.put(store, key, stamped, claim, context);
                result.follow(put);
                put.whenComplete((value, failure) -> Futures.pass(value, failure, result));
            }
        });
        return result;
    }

    @Override
    public CompletableFuture<Optional<Blob>> get(StoreId store, BlobKey key, CallContext context) {
        if (inner.isProcessMemory()) { // as a hit of the memory cache: summing it would cost as much as sending it
            return inner.get(store, key, context);
        }
        Relay<Optional<Blob>> result = new Relay<>();
        CompletableFuture<Optional<Blob>> load = inner.get(store, key, context);
        result.follow(load);
        load.whenComplete((found, failure) -> {
            if (failure != null || found.isEmpty()) {
                Futures.pass(found, failure, result);
                return;
            }
            Blob blob = found.get();
            onSuitableThread(
                    readers,
                    store,
                    blob.payload().sizeBytes(),
                    result,
                    blob::close,
                    () -> check(store, key, blob, context, result));
        });
        return result;
    }

    private void check(StoreId store, BlobKey key, Blob blob, CallContext context, Relay<Optional<Blob>> result) {
        if (isIntact(blob)) {
            Futures.deliver(Optional.of(blob), result, blob::close);
            return;
        }
        blob.close();
        inner.deleteIfDamaged(store, key, blob.version(), context)
                .whenComplete((damaged, failure) -> result.completeExceptionally(
                        failure == null && damaged ? lost(store, key) : misread(store, key, failure)));
    }

    private static KVStoreException misread(StoreId store, BlobKey key, @Nullable Throwable doubt) {
        LOG.warn(
                "Stored bytes were read wrong: store={} key={} isIntact={}",
                store,
                key,
                doubt == null
                        ? "true"
                        : "unknown (" + KVStoreException.of(doubt).reason() + ")");
        return new KVStoreException(Reason.UNAVAILABLE, "the stored bytes of " + key + " could not be read this time");
    }

    private static KVStoreException lost(StoreId store, BlobKey key) {
        LOG.error("Stored bytes fail their checksum: store={} key={}", store, key);
        return new KVStoreException(Reason.DATA_LOSS, "the stored bytes of " + key + " fail their checksum");
    }

    private static boolean isIntact(Blob blob) {
        try {
            return matches(blob);
        } catch (InternalError e) {
            // How the JVM reports that mapped memory could not be read.
            LOG.warn("Stored bytes cannot be read, trying once more", e);
        }
        try {
            return matches(blob);
        } catch (InternalError e) {
            return false; // and the backend looks for itself before it deletes
        }
    }

    private static boolean matches(Blob blob) {
        return blob.payload().sizeBytes() == blob.info().payloadBytes()
                && Crc32c.of(blob.payload()) == blob.info().crc32c();
    }

    /** Runs {@code work}, and {@code giveUp} instead when nobody waits any more or it breaks off. */
    private static void onSuitableThread(
            Workers workers, StoreId store, int bytes, CompletableFuture<?> result, Runnable giveUp, Runnable work) {
        Runnable guarded = () -> {
            if (result.isDone()) {
                giveUp.run(); // nobody waits any more: don't read up to 100 MiB from the disk for it
                return;
            }
            try {
                work.run();
            } catch (RuntimeException | InternalError e) {
                // InternalError is how the JVM reports that mapped memory could not be read.
                giveUp.run();
                result.completeExceptionally(
                        e instanceof InternalError
                                ? new KVStoreException(Reason.UNAVAILABLE, "the disk could not be read", e)
                                : KVStoreException.of(e));
            }
        };
        if (bytes <= INLINE_BYTES) {
            guarded.run();
        } else {
            workers.run(store.resource(), guarded);
        }
    }
}
