package io.kvstore.core;

import io.kvstore.api.KVStoreException;
import io.kvstore.api.StoreId;
import io.kvstore.spi.BlobKey;
import java.util.concurrent.CompletableFuture;

/** Writes a tombstone again at the end of the log, so that its old segment can go. It keeps its sequence. */
final class MoveTombstoneOperation extends LogOperation {

    private final long sequence;
    private final CompletableFuture<Void> outcome = new CompletableFuture<>();

    MoveTombstoneOperation(StoreId store, BlobKey key, long sequence) {
        super(store, key);
        this.sequence = sequence;
    }

    CompletableFuture<Void> outcome() {
        return outcome;
    }

    @Override
    RecordHeader prepare(LogState state) {
        return RecordHeader.delete(sequence, store(), key());
    }

    @Override
    boolean isPending() {
        return false;
    }

    @Override
    void apply(LogState state, RecordHeader header, Segment segment, int offset) {
        // What it says is in the index already.
    }

    @Override
    void succeeded(LogState state, RecordHeader header) {
        outcome.complete(null);
    }

    @Override
    void refused(LogState state, KVStoreException failure) {
        outcome.completeExceptionally(failure);
    }
}
