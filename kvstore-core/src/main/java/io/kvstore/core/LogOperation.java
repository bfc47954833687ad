package io.kvstore.core;

import io.kvstore.api.KVStoreException;
import io.kvstore.api.StoreId;
import io.kvstore.spi.BlobKey;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Something to be done to the log. It is queued, then {@link #begin() begun} and {@link #prepare prepared} by the appender, which
 * may append a record for it, then committed or failed, once, in the order of the log.
 */
abstract class LogOperation {

    private enum Stage {
        QUEUED,
        ABANDONED,
        BEGUN
    }

    private final StoreId store;
    private final BlobKey key;
    private final AtomicReference<Stage> stage = new AtomicReference<>(Stage.QUEUED);

    /** The operation on the same key that this one was written after, while neither is finished. */
    private volatile @Nullable LogOperation before;

    private volatile boolean finished;

    LogOperation(StoreId store, BlobKey key) {
        this.store = store;
        this.key = key;
    }

    final StoreId store() {
        return store;
    }

    final BlobKey key() {
        return key;
    }

    /** False when the caller gave up before. */
    final boolean begin() {
        return stage.compareAndSet(Stage.QUEUED, Stage.BEGUN);
    }

    /** The caller gave up; true when that came in time. */
    final boolean abandon() {
        return stage.compareAndSet(Stage.QUEUED, Stage.ABANDONED);
    }

    /**
     * Decides what to append, in the order of the queue; null when the operation is answered, or will be, without a record.
     *
     * @throws KVStoreException fails the operation
     */
    abstract @Nullable RecordHeader prepare(LogState state);

    /** The payload of the record; valid until {@link #letGo()}. */
    Pieces payload() {
        return Pieces.none();
    }

    /** Bytes that wait in memory with this operation. */
    long queuedBytes() {
        return RecordFormat.FIXED_BYTES;
    }

    /** Lets go of the payload. May be called again. */
    void letGo() {}

    /** Whether others that come for the same key before the commit must know of this one. */
    boolean isPending() {
        return true;
    }

    /** Whether the record gets the checksum of what is written; else it has one, and what is written has to match it. */
    boolean isSummedHere() {
        return false;
    }

    /** Whether it counts against the store's maxBytes. */
    boolean isBudgeted() {
        return false;
    }

    final void committed(LogState state, RecordHeader header, Segment segment, int offset) {
        apply(state, header, segment, offset);
        finish(state);
        succeeded(state, header);
    }

    final void failed(LogState state, KVStoreException failure) {
        finish(state);
        refused(state, failure);
    }

    /** Makes the record visible. */
    abstract void apply(LogState state, RecordHeader header, Segment segment, int offset);

    /** Tells the caller. */
    abstract void succeeded(LogState state, RecordHeader header);

    /** Tells the caller. */
    abstract void refused(LogState state, KVStoreException failure);

    private void finish(LogState state) {
        letGo();
        finished = true;
        if (isPending()) {
            state.removePending(this);
        }
        before = null;
    }

    final boolean isFinished() {
        return finished;
    }

    final void before(@Nullable LogOperation operation) {
        before = operation;
    }

    final @Nullable LogOperation unfinishedBefore() {
        LogOperation earlier = before;
        return earlier == null || earlier.finished ? null : earlier;
    }
}
