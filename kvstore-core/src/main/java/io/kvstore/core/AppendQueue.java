package io.kvstore.core;

import io.kvstore.api.KVStoreException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** What waits to be appended, in order, bounded in bytes and in count. */
final class AppendQueue {

    private final long maxBytes;
    private final int maxOperations;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Set<LogOperation> waiting = new LinkedHashSet<>();
    private long bytes;
    private boolean closed;

    AppendQueue(long maxBytes, int maxOperations) {
        this.maxBytes = maxBytes;
        this.maxOperations = maxOperations;
    }

    /** Adds a caller's operation; why not, when it was not added. One operation of any size always fits an empty queue. */
    @Nullable
    KVStoreException offer(LogOperation operation) {
        lock.lock();
        try {
            if (closed) {
                return DiskFailures.closed();
            }
            boolean fits = waiting.isEmpty()
                    || (waiting.size() < maxOperations && bytes + operation.queuedBytes() <= maxBytes);
            if (!fits) {
                return DiskFailures.full("too many writes wait for it", null);
            }
            add(operation);
            return null;
        } finally {
            lock.unlock();
        }
    }

    /** Adds an operation of our own, whose number somebody else bounds; false when the queue is closed. */
    boolean offerOurs(LogOperation operation) {
        lock.lock();
        try {
            if (closed) {
                return false;
            }
            add(operation);
            return true;
        } finally {
            lock.unlock();
        }
    }

    private void add(LogOperation operation) {
        waiting.add(operation);
        bytes += operation.queuedBytes();
        changed.signalAll();
    }

    /** The oldest operations, at least one, as many as the limits allow; none once closed and drained. */
    List<LogOperation> take(long batchBytes, int batchOperations) {
        lock.lock();
        try {
            while (waiting.isEmpty() && !closed) {
                changed.awaitUninterruptibly();
            }
            List<LogOperation> taken = new ArrayList<>();
            long takenBytes = 0;
            Iterator<LogOperation> oldest = waiting.iterator();
            while (oldest.hasNext() && taken.size() < batchOperations && takenBytes < batchBytes) {
                LogOperation next = oldest.next();
                oldest.remove();
                takenBytes += next.queuedBytes();
                taken.add(next);
            }
            bytes -= takenBytes;
            return taken;
        } finally {
            lock.unlock();
        }
    }

    /** The caller gave up: its place and its bytes are free at once. */
    void abandon(LogOperation operation) {
        lock.lock();
        try {
            if (operation.abandon()) {
                operation.letGo();
                if (waiting.remove(operation)) {
                    bytes -= operation.queuedBytes();
                }
            }
        } finally {
            lock.unlock();
        }
    }

    /** Refuses what comes from now on; what waits is still taken. */
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
