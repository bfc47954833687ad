package io.kvstore.core;

import io.kvstore.api.Payload;
import io.kvstore.api.StoreId;
import io.kvstore.spi.Blob;
import io.kvstore.spi.BlobInfo;
import io.kvstore.spi.BlobKey;
import io.kvstore.spi.BlobPage;
import io.kvstore.spi.BlobStore;
import io.kvstore.spi.CallContext;
import io.kvstore.spi.KeyRange;
import io.kvstore.spi.Peek;
import io.kvstore.spi.PutResult;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Bounds the operations and the bytes that are under way to the backend, with a fair share for each tenant; see {@link
 * Admission}. What finds no place waits; what finds no place to wait fails with RESOURCE_EXHAUSTED.
 */
final class AdmittingBlobStore extends ForwardingBlobStore {

    /** Counted for a get whose size is not known: the typical payload. */
    static final long ASSUMED_BYTES = 1_258_291;

    private final Admission admission;

    AdmittingBlobStore(BlobStore inner, Admission admission) {
        super(inner);
        this.admission = admission;
    }

    @Override
    public CompletableFuture<Optional<Blob>> get(StoreId store, BlobKey key, CallContext context) {
        Peek known = inner.peek(store, key);
        long bytes = known.isPresent() ? known.payloadBytes() : ASSUMED_BYTES;
        return admitted(
                store,
                Admission.Kind.READ,
                bytes,
                () -> inner.get(store, key, context),
                found -> found.ifPresent(Blob::close),
                null);
    }

    @Override
    public CompletableFuture<Optional<BlobInfo>> head(StoreId store, BlobKey key, CallContext context) {
        return admitted(store, Admission.Kind.READ, 0, () -> inner.head(store, key, context), found -> {}, null);
    }

    @Override
    public CompletableFuture<PutResult> put(
            StoreId store, BlobKey key, BlobInfo info, Payload payload, CallContext context) {
        Optional<Payload> share = payload.shareIfOpen();
        if (share.isEmpty()) {
            return Futures.payloadClosed();
        }
        Payload claim = share.get();
        return Futures.owning(
                claim,
                () -> admitted(
                        store,
                        Admission.Kind.WRITE,
                        claim.sizeBytes(),
                        () -> inner.put(store, key, info, claim, context),
                        put -> {},
                        claim));
    }

    @Override
    public CompletableFuture<Boolean> delete(StoreId store, BlobKey key, CallContext context) {
        return admitted(store, Admission.Kind.WRITE, 0, () -> inner.delete(store, key, context), deleted -> {}, null);
    }

    @Override
    public CompletableFuture<Boolean> deleteVersion(StoreId store, BlobKey key, String version, CallContext context) {
        return admitted(
                store,
                Admission.Kind.WRITE,
                0,
                () -> inner.deleteVersion(store, key, version, context),
                deleted -> {},
                null);
    }

    @Override
    public CompletableFuture<Boolean> deleteIfDamaged(StoreId store, BlobKey key, String version, CallContext context) {
        return admitted(
                store,
                Admission.Kind.WRITE,
                0,
                () -> inner.deleteIfDamaged(store, key, version, context),
                damaged -> {},
                null);
    }

    @Override
    public CompletableFuture<BlobPage> list(StoreId store, KeyRange range, Optional<String> from, CallContext context) {
        return admitted(
                store, Admission.Kind.WRITE, 0, () -> inner.list(store, range, from, context), page -> {}, null);
    }

    private <T> CompletableFuture<T> admitted(
            StoreId store,
            Admission.Kind kind,
            long bytes,
            Supplier<CompletableFuture<T>> call,
            java.util.function.Consumer<T> close,
            @Nullable Payload claim) {
        Relay<T> result = new Relay<>();
        Admission.Ticket ticket = admission.enter(store.resource(), kind, bytes, result, pass -> {
            CompletableFuture<T> work;
            try {
                work = call.get();
            } catch (RuntimeException | Error e) {
                work = CompletableFuture.failedFuture(e); // the place must be free again whatever happens
            } finally {
                closeIfAny(claim);
            }
            result.follow(work);
            work.whenComplete((value, failure) -> {
                pass.leave();
                Futures.hand(value, failure, result, close);
            });
        });
        // Given up while it waited: the place in the queue and the claim go at once.
        result.whenComplete((value, failure) -> {
            if (ticket.withdraw()) {
                closeIfAny(claim);
            }
        });
        return result;
    }

    private static void closeIfAny(@Nullable Payload claim) {
        if (claim != null) {
            claim.close();
        }
    }
}
