package io.kvstore.core;

import java.util.ArrayDeque;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * Has long work begun on an executor, at most so much at a time, in the order in which it came. As much may wait as
 * callers bring.
 *
 * <p>Threading: one lock, held for queue operations only.
 */
final class Turns {

    private final int max;
    private final Executor executor;

    // Guarded by this.
    private final ArrayDeque<Consumer<Runnable>> waiting = new ArrayDeque<>();
    private int underWay;

    Turns(int max, Executor executor) {
        this.max = max;
        this.executor = executor;
    }

    /** Starts {@code work} when its turn comes; it runs what it is given once it has ended. Must not throw. */
    void take(Consumer<Runnable> work) {
        synchronized (this) {
            if (underWay >= max) {
                waiting.add(work);
                return;
            }
            underWay++;
        }
        start(work);
    }

    private void start(Consumer<Runnable> work) {
        AtomicBoolean ended = new AtomicBoolean();
        Runnable done = () -> {
            if (ended.compareAndSet(false, true)) {
                next();
            }
        };
        try {
            executor.execute(() -> work.accept(done));
        } catch (RejectedExecutionException e) {
            // Closing: nothing is begun any more.
        }
    }

    private void next() {
        Consumer<Runnable> next;
        synchronized (this) {
            next = waiting.poll();
            if (next == null) {
                underWay--;
                return;
            }
        }
        start(next);
    }
}
