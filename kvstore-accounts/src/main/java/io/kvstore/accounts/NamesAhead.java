package io.kvstore.accounts;

import io.kvstore.api.KVStoreException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads which names there are, at once and then again and again; those read last count until others were read. */
final class NamesAhead implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(NamesAhead.class);

    /** Until a new name is among them. Each reading may be paid for: in Azure 5,000 names cost as much as 12 questions. */
    static final Duration PERIOD = Duration.ofMinutes(1);

    private final Supplier<CompletableFuture<Set<String>>> source;
    private final Consumer<Set<String>> reader;
    private final ScheduledExecutorService timer;
    private boolean trouble;
    private boolean closed;
    private CompletableFuture<Set<String>> reading = CompletableFuture.completedFuture(Set.of());

    private NamesAhead(
            Supplier<CompletableFuture<Set<String>>> source,
            Consumer<Set<String>> reader,
            ScheduledExecutorService timer) {
        this.source = source;
        this.reader = reader;
        this.timer = timer;
    }

    /**
     * Starts with the first reading.
     *
     * @param source must not block, and end within a bounded time
     * @param timer stays the caller's to shut down
     */
    static NamesAhead start(
            Supplier<CompletableFuture<Set<String>>> source,
            Consumer<Set<String>> reader,
            ScheduledExecutorService timer) {
        NamesAhead names = new NamesAhead(source, reader, timer);
        names.read();
        return names;
    }

    private synchronized void read() {
        if (closed) {
            return;
        }
        reading = source.get();
        var unused = reading.whenComplete(this::wereRead);
    }

    private void wereRead(@Nullable Set<String> names, @Nullable Throwable failure) {
        if (names != null) {
            reader.accept(names);
        }
        told(failure);
        try {
            var unused = timer.schedule(this::read, PERIOD.toNanos(), TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException e) {
            LOG.debug("closing: no names are read any more");
        }
    }

    /** Once for each time that it goes wrong, not once a minute. */
    private synchronized void told(@Nullable Throwable failure) {
        if (failure != null && !trouble && !closed) {
            LOG.warn(
                    "Which names there are could not be read: until they can be, a flood of invented names may have others"
                            + " refused that were not asked for before it: message='{}'",
                    KVStoreException.of(failure).getMessage());
        }
        trouble = failure != null;
    }

    @Override
    public synchronized void close() {
        closed = true;
        reading.cancel(true);
    }
}
