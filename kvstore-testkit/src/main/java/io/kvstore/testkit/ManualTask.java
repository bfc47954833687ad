package io.kvstore.testkit;

import java.util.concurrent.Callable;
import java.util.concurrent.Delayed;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RunnableScheduledFuture;
import java.util.concurrent.TimeUnit;

/** A task of a {@link ManualScheduler}. */
final class ManualTask<T> extends FutureTask<T> implements RunnableScheduledFuture<T> {

    private final ManualScheduler scheduler;
    private final long sequence;
    /** 0 for once, positive from start to start, negative from end to start. */
    private final long periodNanos;

    private volatile long dueNanos;

    ManualTask(ManualScheduler scheduler, Callable<T> work, long sequence, long dueNanos, long periodNanos) {
        super(work);
        this.scheduler = scheduler;
        this.sequence = sequence;
        this.dueNanos = dueNanos;
        this.periodNanos = periodNanos;
    }

    long dueNanos() {
        return dueNanos;
    }

    @Override
    public void run() {
        if (periodNanos == 0) {
            super.run();
        } else if (runAndReset()) {
            dueNanos = periodNanos > 0 ? dueNanos + periodNanos : scheduler.nowNanos() - periodNanos;
            scheduler.put(this);
        }
    }

    @Override
    public boolean cancel(boolean mayInterruptIfRunning) {
        boolean cancelled = super.cancel(mayInterruptIfRunning);
        scheduler.remove(this);
        return cancelled;
    }

    @Override
    public boolean isPeriodic() {
        return periodNanos != 0;
    }

    @Override
    public long getDelay(TimeUnit unit) {
        return unit.convert(dueNanos - scheduler.nowNanos(), TimeUnit.NANOSECONDS);
    }

    /** By time, then by the order they were given in. */
    @Override
    public int compareTo(Delayed other) {
        ManualTask<?> that = (ManualTask<?>) other;
        long difference = dueNanos - that.dueNanos;
        return difference != 0 ? Long.signum(difference) : Long.compare(sequence, that.sequence);
    }
}
