package io.kvstore.testkit;

import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** The scheduler of a {@link ManualClock}: a queue that the clock takes from. */
final class ManualScheduler extends AbstractExecutorService implements ScheduledExecutorService {

    private final LongSupplier nanoClock;
    private final Queue<ManualTask<?>> tasks = new PriorityQueue<>();
    private long sequence;
    private boolean shutdown;

    ManualScheduler(LongSupplier nanoClock) {
        this.nanoClock = nanoClock;
    }

    long nowNanos() {
        return nanoClock.getAsLong();
    }

    /** The first task that is due at {@code untilNanos}; null when none is. */
    synchronized @Nullable ManualTask<?> pollDue(long untilNanos) {
        ManualTask<?> first = tasks.peek();
        if (first == null || first.dueNanos() - untilNanos > 0) {
            return null;
        }
        return tasks.poll();
    }

    synchronized int pendingTasks() {
        return tasks.size();
    }

    synchronized void put(ManualTask<?> task) {
        if (!shutdown) {
            tasks.add(task);
        }
    }

    synchronized void remove(ManualTask<?> task) {
        tasks.remove(task);
    }

    private synchronized <T> ManualTask<T> add(Callable<T> work, long delayNanos, long periodNanos) {
        if (shutdown) {
            throw new RejectedExecutionException("the scheduler is shut down");
        }
        ManualTask<T> task =
                new ManualTask<>(this, work, sequence++, nowNanos() + Math.max(0, delayNanos), periodNanos);
        tasks.add(task);
        return task;
    }

    @Override
    public void execute(Runnable command) {
        var unused = add(Executors.callable(command), 0, 0);
    }

    @Override
    public ScheduledFuture<?> schedule(Runnable command, long delay, TimeUnit unit) {
        return add(Executors.callable(command), unit.toNanos(delay), 0);
    }

    @Override
    public <V> ScheduledFuture<V> schedule(Callable<V> callable, long delay, TimeUnit unit) {
        return add(callable, unit.toNanos(delay), 0);
    }

    @Override
    public ScheduledFuture<?> scheduleAtFixedRate(Runnable command, long initialDelay, long period, TimeUnit unit) {
        return add(Executors.callable(command), unit.toNanos(initialDelay), positive(unit.toNanos(period)));
    }

    @Override
    public ScheduledFuture<?> scheduleWithFixedDelay(Runnable command, long initialDelay, long delay, TimeUnit unit) {
        return add(Executors.callable(command), unit.toNanos(initialDelay), -positive(unit.toNanos(delay)));
    }

    private static long positive(long nanos) {
        if (nanos <= 0) {
            throw new IllegalArgumentException("period: " + nanos + " ns (expected: 1 or more)");
        }
        return nanos;
    }

    /** Drops what waits, as nobody may ever move the time again. */
    @Override
    public void shutdown() {
        shutdownNow();
    }

    @Override
    public synchronized List<Runnable> shutdownNow() {
        shutdown = true;
        List<Runnable> dropped = new ArrayList<>(tasks);
        tasks.clear();
        return dropped;
    }

    @Override
    public synchronized boolean isShutdown() {
        return shutdown;
    }

    @Override
    public boolean isTerminated() {
        return isShutdown();
    }

    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) {
        return isShutdown();
    }
}
