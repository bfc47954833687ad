package io.kvstore.core;

import io.kvstore.api.KVStoreException;
import io.kvstore.api.Reason;
import java.time.Duration;
import java.util.Optional;

/** Counts the calls under way: bounds them, and lets close wait for them. */
final class CallGate {

    private final int maxCalls;
    private int calls;
    private boolean closed;

    CallGate(int maxCalls) {
        this.maxCalls = maxCalls;
    }

    /** Lets a call in, or says why not. A call that was let in must {@link #leave} once. */
    synchronized Optional<KVStoreException> enter() {
        if (closed) {
            return Optional.of(new KVStoreException(Reason.UNAVAILABLE, "the store is closed"));
        }
        if (calls == maxCalls) {
            return Optional.of(new KVStoreException(
                    Reason.RESOURCE_EXHAUSTED,
                    "too many calls under way (limit: " + maxCalls + ")",
                    Duration.ofMillis(100),
                    null));
        }
        calls++;
        return Optional.empty();
    }

    synchronized void leave() {
        calls--;
        if (calls == 0) {
            notifyAll();
        }
    }

    /** Lets nobody in any more. */
    synchronized void close() {
        closed = true;
    }

    /** For {@link #awaitEmpty}, of one gate after another. */
    static long deadlineIn(Duration patience) {
        return System.nanoTime() + patience.toNanos();
    }

    /** Waits for those inside; false when some are left at that time of {@link System#nanoTime}. */
    synchronized boolean awaitEmpty(long deadline) {
        boolean interrupted = false;
        while (calls > 0) {
            long millis = (deadline - System.nanoTime()) / 1_000_000;
            if (millis <= 0 || interrupted) {
                break;
            }
            try {
                wait(millis);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return calls == 0;
    }
}
