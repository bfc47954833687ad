package io.kvstore.core;

import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Between the appender, which writes batch n + 1, and the committer, which syncs batch n. One batch may wait: while it does,
 * operations pile up in the queue and become the next, larger group.
 */
final class BatchHandOff {

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private @Nullable Batch waiting;
    private boolean committing;
    private boolean closed;

    /** Waits for room. */
    void put(Batch batch) {
        lock.lock();
        try {
            while (waiting != null) {
                changed.awaitUninterruptibly();
            }
            waiting = batch;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** The next batch, or null once closed. The batch before is done with. */
    @Nullable
    Batch take() {
        lock.lock();
        try {
            committing = false;
            changed.signalAll();
            while (waiting == null && !closed) {
                changed.awaitUninterruptibly();
            }
            Batch batch = waiting;
            committing = batch != null;
            waiting = null;
            changed.signalAll();
            return batch;
        } finally {
            lock.unlock();
        }
    }

    /** Waits until nothing is under way between the two. */
    void awaitIdle() {
        lock.lock();
        try {
            while (waiting != null || committing) {
                changed.awaitUninterruptibly();
            }
        } finally {
            lock.unlock();
        }
    }

    void close() {
        lock.lock();
        try {
            closed = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
