package io.kvstore.core;

import io.kvstore.api.KVStoreException;
import io.kvstore.api.PromptChunk;
import io.kvstore.api.ReadResult;
import io.kvstore.api.Reason;
import io.kvstore.api.StoreId;
import io.kvstore.spi.Blob;
import io.kvstore.spi.BlobKey;
import io.kvstore.spi.BlobStore;
import io.kvstore.spi.CallContext;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;

/**
 * One read of a chunk. A blob that is not its key's chunk, which no checksum of the payload tells, is read a second time
 * before it is deleted: it may have been this machine that got it wrong.
 */
final class ReadOperation {

    private final BlobStore blobs;
    private final StoreId store;
    private final String location;
    private final BlobKey key;
    private final CallContext context;
    private final LongSupplier nanoClock;
    private final Relay<ReadResult> result;
    private final long startNanos;

    ReadOperation(
            BlobStore blobs,
            StoreId store,
            String location,
            BlobKey key,
            CallContext context,
            LongSupplier nanoClock,
            Relay<ReadResult> result) {
        this.blobs = blobs;
        this.store = store;
        this.location = location;
        this.key = key;
        this.context = context;
        this.nanoClock = nanoClock;
        this.result = result;
        this.startNanos = nanoClock.getAsLong();
    }

    void start() {
        get(true);
    }

    private void get(boolean isFirst) {
        CompletableFuture<Optional<Blob>> get = blobs.get(store, key, context);
        result.follow(get);
        get.whenComplete((found, failure) -> {
            if (failure != null) {
                result.completeExceptionally(KVStoreException.of(failure));
            } else if (found.isEmpty()) {
                result.complete(ReadResult.absent(location, nanoClock.getAsLong() - startNanos));
            } else {
                decode(found.get(), isFirst);
            }
        });
    }

    private void decode(Blob blob, boolean isFirst) {
        PromptChunk chunk;
        try {
            chunk = ChunkCodec.chunk(key, blob, blobs.isProcessMemory());
        } catch (KVStoreException e) {
            blob.close();
            if (e.reason() != Reason.DATA_LOSS) {
                result.completeExceptionally(e);
            } else if (isFirst) {
                lookAgain(blob.version(), e);
            } else {
                blobs.deleteVersion(store, key, blob.version(), context)
                        .whenComplete((deleted, failure) -> result.completeExceptionally(e));
            }
            return;
        }
        ReadResult read = ReadResult.found(location, chunk, nanoClock.getAsLong() - startNanos);
        Futures.deliver(read, result, read::close);
    }

    /** What the backend finds intact is told apart by reading it: the backend does not know what describes a chunk. */
    private void lookAgain(String version, KVStoreException damage) {
        CompletableFuture<Boolean> look = blobs.deleteIfDamaged(store, key, version, context);
        result.follow(look);
        look.whenComplete((isDamaged, failure) -> {
            if (failure == null && !isDamaged) {
                get(false);
            } else {
                result.completeExceptionally(failure == null ? damage : KVStoreException.of(failure));
            }
        });
    }
}
