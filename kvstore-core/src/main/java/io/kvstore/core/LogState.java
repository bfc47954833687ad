package io.kvstore.core;

import io.kvstore.api.StoreId;
import io.kvstore.spi.BlobKey;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What is stored, as the appender has to see it: what is committed, and what was written and waits for its commit.
 *
 * <p>Nothing is visible to readers before it is committed. So that two puts of one key still make one record, the appender
 * finds the earlier one here.
 */
final class LogState {

    private final RecordIndex index;
    private final RecordReader reader;
    private final Workers answers;
    private final Map<Name, LogOperation> pending = new ConcurrentHashMap<>();
    private long sequence;

    /**
     * The state at start.
     *
     * @param answers completes callers' futures: their callbacks must not hold up the log
     * @param sequence the highest one in use
     */
    LogState(RecordIndex index, RecordReader reader, Workers answers, long sequence) {
        this.index = index;
        this.reader = reader;
        this.answers = answers;
        this.sequence = sequence;
    }

    private record Name(StoreId store, BlobKey key) {}

    RecordIndex index() {
        return index;
    }

    RecordReader reader() {
        return reader;
    }

    /** Tells a caller, on a thread that may take its time. */
    void answer(StoreId store, Runnable callback) {
        answers.run(store.resource(), callback);
    }

    /** Only the appender asks. */
    long nextSequence() {
        return ++sequence;
    }

    /** The last operation on that key that was written and is not committed. */
    @Nullable
    LogOperation pending(StoreId store, BlobKey key) {
        return pending.get(new Name(store, key));
    }

    /** Only the appender adds. */
    void addPending(LogOperation operation) {
        operation.before(pending.put(new Name(operation.store(), operation.key()), operation));
    }

    /** The operation is committed, and the index says so already, or it failed. */
    void removePending(LogOperation operation) {
        pending.computeIfPresent(
                new Name(operation.store(), operation.key()),
                (name, last) -> last == operation ? operation.unfinishedBefore() : last);
    }
}
