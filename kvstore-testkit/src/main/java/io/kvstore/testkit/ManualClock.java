package io.kvstore.testkit;

import java.time.Duration;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Time that passes when a test says so: a clock in place of {@link System#nanoTime()}, and a scheduler that runs what is due
 * on the thread that moves the time.
 *
 * <p>The clock overflows after five seconds, as a real one may at any time: code that compares two readings instead of their
 * difference fails.
 *
 * <p>Threading: safe for many threads; move the time with one of them.
 */
public final class ManualClock implements LongSupplier {

    private static final long START_NANOS = Long.MAX_VALUE - TimeUnit.SECONDS.toNanos(5);

    private final ManualScheduler scheduler = new ManualScheduler(this);
    private volatile long nowNanos = START_NANOS;

    /** Nanoseconds, meaningful as differences only. */
    @Override
    public long getAsLong() {
        return nowNanos;
    }

    /** Runs what it was given only from {@link #advance} and {@link #runDue}; never by itself. */
    public ScheduledExecutorService scheduler() {
        return scheduler;
    }

    /**
     * Moves the time forward and runs what falls due on the calling thread, in order, each at its own time; what the tasks
     * schedule within {@code time} included.
     */
    public void advance(Duration time) {
        if (time.isNegative()) {
            throw new IllegalArgumentException("time: " + time + " (expected: not negative)");
        }
        long endNanos = nowNanos + time.toNanos();
        ManualTask<?> due = scheduler.pollDue(endNanos);
        while (due != null) {
            moveTo(due.dueNanos());
            due.run();
            due = scheduler.pollDue(endNanos);
        }
        moveTo(endNanos);
    }

    /** A task that was late already leaves the time alone. */
    private void moveTo(long nanos) {
        long forward = nanos - nowNanos;
        if (forward > 0) {
            nowNanos = nanos;
        }
    }

    /** Runs what is due now, without moving the time. */
    public void runDue() {
        advance(Duration.ZERO);
    }

    /** How many tasks wait for their time; those cancelled are not counted. */
    public int pendingTasks() {
        return scheduler.pendingTasks();
    }
}
