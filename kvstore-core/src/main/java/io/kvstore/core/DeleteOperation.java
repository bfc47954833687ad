package io.kvstore.core;

import io.kvstore.api.KVStoreException;
import io.kvstore.api.StoreId;
import io.kvstore.spi.BlobKey;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Removes a blob, with a tombstone. */
final class DeleteOperation extends LogOperation {

    private final CompletableFuture<Boolean> answer = new CompletableFuture<>();

    /** Completes with the commit: the deletes that came second wait for it. */
    private final CompletableFuture<Boolean> outcome = new CompletableFuture<>();

    private final @Nullable String only;

    DeleteOperation(StoreId store, BlobKey key) {
        this(store, key, null);
    }

    /** @param only removes the record of that {@link IndexEntry#version()} and no other; null for whatever is stored */
    DeleteOperation(StoreId store, BlobKey key, @Nullable String only) {
        super(store, key);
        this.only = only;
    }

    CompletableFuture<Boolean> answer() {
        return answer;
    }

    @Override
    @Nullable
    RecordHeader prepare(LogState state) {
        LogOperation earlier = state.pending(store(), key());
        if (earlier instanceof DeleteOperation winner) {
            winner.outcome.whenComplete((result, failure) -> {
                if (failure != null) {
                    refused(state, KVStoreException.of(failure));
                } else {
                    settle(state, false);
                }
            });
            return null;
        }
        if (!isThere(state.index().get(store(), key()), earlier)) {
            settle(state, false);
            return null;
        }
        return RecordHeader.delete(state.nextSequence(), store(), key());
    }

    /** @param put what was written and is not committed: nobody has read it yet, so no version names it */
    private boolean isThere(@Nullable IndexEntry stored, @Nullable LogOperation put) {
        if (only == null) {
            return stored != null || put != null;
        }
        return put == null && stored != null && stored.version().equals(only);
    }

    @Override
    void apply(LogState state, RecordHeader header, Segment segment, int offset) {
        state.index().remove(store(), key());
    }

    @Override
    void succeeded(LogState state, RecordHeader header) {
        settle(state, true);
    }

    private void settle(LogState state, boolean deleted) {
        outcome.complete(deleted);
        state.answer(store(), () -> answer.complete(deleted));
    }

    @Override
    void refused(LogState state, KVStoreException failure) {
        outcome.completeExceptionally(failure);
        state.answer(store(), () -> answer.completeExceptionally(failure));
    }
}
