package io.kvstore.bench.load;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * The time in which a load may start requests, and what came of them.
 *
 * <p>In a closed loop the next request is due at once. In an open loop it is due at its place in a fixed rate, and its latency
 * is measured from then on, whenever it could be sent: a store that stalls is charged for every request it kept waiting.
 *
 * <p>Threading: safe for many threads.
 */
final class Window {

    private static final int DIGITS = 3;
    private static final long MAX_NANOS = TimeUnit.MINUTES.toNanos(10);

    private final Job job;
    private final LongSupplier nanoClock;
    private final long startNanos;
    private final long endNanos;
    private final Histogram latencyNanos = new Histogram(MAX_NANOS, DIGITS);
    private long lastNanos;
    private long started;
    private long finished;
    private long payloadBytes;
    private boolean over;
    private String failure = "";

    /** Opens now. */
    Window(Job job, LongSupplier nanoClock) {
        this.job = job;
        this.nanoClock = nanoClock;
        this.startNanos = nanoClock.getAsLong();
        this.endNanos = startNanos + (long) (job.seconds() * 1e9);
        this.lastNanos = startNanos;
    }

    /** The next request, or nothing when no more may be started. Waits for its time in an open loop. */
    @Nullable
    Turn next() {
        long due;
        long number;
        synchronized (this) {
            due = job.isOpenLoop() ? startNanos + (long) (started * 1e9 / job.ratePerSecond()) : nanoClock.getAsLong();
            if (over || due - endNanos >= 0 || started >= job.maxOperations()) {
                over = true;
                tellWhenDone();
                return null;
            }
            number = started++;
        }
        for (long left; (left = due - nanoClock.getAsLong()) > 0; ) {
            LockSupport.parkNanos(left);
        }
        return new Turn(number, due);
    }

    /** A request was answered, and rightly. */
    synchronized void finished(Turn turn, int bytes) {
        lastNanos = nanoClock.getAsLong();
        latencyNanos.recordValue(Math.min(Math.max(0, lastNanos - turn.dueNanos()), MAX_NANOS));
        payloadBytes += bytes;
        finished++;
        tellWhenDone();
    }

    /** A request was answered wrongly or not at all: no more are started. */
    synchronized void failed(String why) {
        if (failure.isEmpty()) {
            failure = why.isEmpty() ? "failed" : why;
        }
        over = true;
        finished++;
        tellWhenDone();
    }

    // Once: whoever waits would else be woken by every answer, and be part of the load.
    private void tellWhenDone() {
        if (over && finished == started) {
            notifyAll();
        }
    }

    /** Waits until what was started is answered. */
    synchronized void awaitEnd(long maxWaitNanos) throws InterruptedException {
        long deadline = System.nanoTime() + maxWaitNanos;
        while (!over || finished < started) {
            long leftMillis = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
            if (leftMillis <= 0) {
                over = true;
                failure = failure.isEmpty() ? (started - finished) + " requests were never answered" : failure;
                return;
            }
            wait(leftMillis);
        }
    }

    /** How many requests were started. */
    synchronized long started() {
        return started;
    }

    synchronized Outcome outcome(Usage client, Usage server) {
        return new Outcome(
                finished, payloadBytes, lastNanos - startNanos, client, server, failure, latencyNanos.copy());
    }
}
