package io.kvstore.accounts;

import io.kvstore.api.KVStoreException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads which names there are, at once and then again and again; those read last count until others were read. Whoever keeps
 * them is told on the thread that has read them.
 *
 * <p>Threading: safe for many threads.
 */
public final class NamesAhead<T> implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(NamesAhead.class);

    private final Supplier<CompletableFuture<T>> source;
    private final Consumer<T> reader;
    private final Duration period;
    private final ScheduledExecutorService timer;
    private boolean trouble;
    private boolean closed;
    private CompletableFuture<T> reading;
    private final CompletableFuture<T> first;

    private NamesAhead(
            Supplier<CompletableFuture<T>> source,
            Consumer<T> reader,
            Duration period,
            ScheduledExecutorService timer) {
        this.source = source;
        this.reader = reader;
        this.period = period;
        this.timer = timer;
        this.reading = new CompletableFuture<>();
        this.first = read();
    }

    /**
     * Starts with the first reading.
     *
     * @param source must not block, and end within a bounded time
     * @param period from the end of a reading to the next: until a new name is among them
     * @param timer stays the caller's to shut down
     */
    public static <T> NamesAhead<T> start(
            Supplier<CompletableFuture<T>> source,
            Consumer<T> reader,
            Duration period,
            ScheduledExecutorService timer) {
        return new NamesAhead<>(source, reader, period, timer);
    }

    /** Until the first reading has ended, well or not. */
    public void awaitFirst() {
        first.handle((names, failure) -> names).join();
    }

    private synchronized CompletableFuture<T> read() {
        reading = asked();
        return reading.whenComplete(this::wereRead);
    }

    private CompletableFuture<T> asked() {
        try {
            return source.get();
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private synchronized void readAgain() {
        if (!closed) {
            var unused = read();
        }
    }

    private void wereRead(@Nullable T names, @Nullable Throwable failure) {
        try {
            if (names != null) {
                reader.accept(names);
            }
            told(failure);
        } catch (RuntimeException e) {
            told(e);
        } finally {
            scheduleNext();
        }
    }

    private void scheduleNext() {
        try {
            var unused = timer.schedule(this::readAgain, period.toNanos(), TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException e) {
            LOG.debug("closing: no names are read any more");
        }
    }

    /** Once for each time that it goes wrong, not once a period. */
    private synchronized void told(@Nullable Throwable failure) {
        if (failure != null && !trouble && !closed) {
            LOG.warn(
                    "Which names there are could not be read: until they can be, a flood of invented names may have others"
                            + " refused that were not asked for before it: message='{}'",
                    KVStoreException.of(failure).getMessage());
        }
        trouble = failure != null;
    }

    /** Reads no more; what is being read is cancelled. */
    @Override
    public synchronized void close() {
        closed = true;
        reading.cancel(true);
    }
}
