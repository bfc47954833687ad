package io.kvstore.core;

import java.util.concurrent.atomic.AtomicLong;

/** Bytes that are held, of the segments of a directory, against what may be. */
final class SpaceBudget {

    private final long maxBytes;
    private final AtomicLong used = new AtomicLong();

    SpaceBudget(long maxBytes) {
        this.maxBytes = maxBytes;
    }

    /** Takes them if they fit. */
    boolean tryTake(long bytes) {
        long after = used.addAndGet(bytes);
        if (after > maxBytes) {
            used.addAndGet(-bytes);
            return false;
        }
        return true;
    }

    /** Takes them in any case: deletes and compaction make room, and must not fail for want of it. */
    void take(long bytes) {
        used.addAndGet(bytes);
    }

    void give(long bytes) {
        used.addAndGet(-bytes);
    }

    long usedBytes() {
        return used.get();
    }

    long maxBytes() {
        return maxBytes;
    }
}
