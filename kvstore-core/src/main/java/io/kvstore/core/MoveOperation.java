package io.kvstore.core;

import io.kvstore.api.KVStoreException;
import io.kvstore.api.Payload;
import io.kvstore.api.StoreId;
import io.kvstore.spi.BlobInfo;
import io.kvstore.spi.BlobKey;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Writes a live blob again at the end of the log, so that its old segment can go. It keeps its sequence. */
final class MoveOperation extends PayloadOperation {

    private final IndexEntry from;
    private final CompletableFuture<Void> outcome = new CompletableFuture<>();

    /**
     * The move of one blob.
     *
     * @param payload a claim that is this operation's own
     */
    MoveOperation(StoreId store, BlobKey key, IndexEntry from, BlobInfo info, Payload payload) {
        super(store, key, info, payload);
        this.from = from;
    }

    /** Completes when the blob is at its new place, or needed no move any more. */
    CompletableFuture<Void> outcome() {
        return outcome;
    }

    @Override
    @Nullable
    RecordHeader prepare(LogState state) {
        boolean live = state.index().get(store(), key()) == from;
        if (!live || state.pending(store(), key()) != null) { // deleted, or about to be
            letGo();
            outcome.complete(null);
            return null;
        }
        return RecordHeader.put(from.sequence(), store(), key(), info());
    }

    @Override
    boolean isPending() {
        return false; // to everybody else the blob is where it is until the commit
    }

    @Override
    void apply(LogState state, RecordHeader header, Segment segment, int offset) {
        IndexEntry to = IndexEntry.of(header, segment, offset);
        if (!state.index().replace(store(), from, to)) {
            segment.died(to.recordBytes());
        }
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
