package io.kvstore.accounts;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.kvstore.api.KVStoreException;
import io.kvstore.api.Reason;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What a source said of names, remembered as {@link Freshness} says: an answer that is at hand is a completed future, the last
 * good one serves while the source is down.
 *
 * <p>Bounds: {@link #MAX_KNOWN} answers; apart from them {@link #MAX_UNKNOWN} names that the source does not know, so that
 * invented names push nothing out; {@link #MAX_FIRST_LOADS} names being asked for the first time and {@link #MAX_REFRESHES}
 * again; {@link #UNKNOWN_PER_SECOND} unknown names asked for a second, after {@link #UNKNOWN_BURST}. What goes beyond fails
 * with {@link Reason#RESOURCE_EXHAUSTED}. A source that does not answer within {@link #LOAD_TIME} has failed, and a name that
 * failed is not asked for again within {@link #PAUSE}. Names that are {@link #expect expected} wait behind no invented ones.
 *
 * <p>Threading: safe for many threads, never blocks. Sources are called outside of every lock: no name waits for another's.
 * Answers come on the threads of the source.
 */
public final class RefreshingCache<V> implements AutoCloseable {

    static final int MAX_KNOWN = 100_000;
    static final int MAX_UNKNOWN = 10_000;
    static final int MAX_FIRST_LOADS = 256;
    static final int MAX_REFRESHES = 256;
    static final int UNKNOWN_BURST = 1_000;
    static final int UNKNOWN_PER_SECOND = 100;
    static final Duration LOAD_TIME = Duration.ofSeconds(5);
    static final Duration PAUSE = Duration.ofSeconds(1);

    /** Who knows. */
    @FunctionalInterface
    public interface Source<V> {

        /**
         * What is known of {@code name}, empty for nothing; fails with {@link KVStoreException} when that can't be told, with
         * a message that is safe to show and to log. Must not block. The future is the cache's own: it is completed with a
         * failure when the answer takes too long, which is the sign to stop.
         */
        CompletableFuture<Optional<V>> load(String name);
    }

    private final String what;
    private final Source<V> source;
    private final Freshness freshness;
    private final LongSupplier nanoClock;
    private final ScheduledExecutorService timer;
    private final TroubleLog log;
    private final ConcurrentHashMap<String, CompletableFuture<Optional<V>>> loads = new ConcurrentHashMap<>();
    private final Cache<String, Known<V>> known;
    private final Cache<String, Known<V>> unknown;
    private final Cache<String, KVStoreException> failed;
    private final Semaphore firstLoads = new Semaphore(MAX_FIRST_LOADS);
    private final Semaphore refreshes = new Semaphore(MAX_REFRESHES);
    private final RefillingBudget unknownBudget;
    private volatile Set<String> expected = Set.of();
    private volatile boolean closed;

    /**
     * A memory of nothing yet.
     *
     * @param what the source knows, for the log: {@code account configuration}
     * @param nanoClock a monotonic clock in nanoseconds
     * @param timer rings when a source takes too long; stays the caller's to shut down
     */
    public RefreshingCache(
            String what,
            Source<V> source,
            Freshness freshness,
            LongSupplier nanoClock,
            ScheduledExecutorService timer) {
        this.what = what;
        this.source = source;
        this.freshness = freshness;
        this.nanoClock = nanoClock;
        this.timer = timer;
        this.log = new TroubleLog(what, nanoClock);
        this.known = memory(MAX_KNOWN, freshness.lastGoodFor());
        this.unknown = memory(MAX_UNKNOWN, freshness.unknownFor());
        this.failed = memory(MAX_UNKNOWN, PAUSE);
        this.unknownBudget = new RefillingBudget(UNKNOWN_BURST, UNKNOWN_PER_SECOND, nanoClock);
    }

    /** A timer for these: one daemon thread of that name, which keeps no alarm that was cancelled, as almost every one is. */
    public static ScheduledExecutorService newTimer(String threadName) {
        ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1, task -> {
            Thread thread = new Thread(task, threadName);
            thread.setDaemon(true);
            return thread;
        });
        timer.setRemoveOnCancelPolicy(true);
        return timer;
    }

    private <T> Cache<String, T> memory(int maxEntries, Duration heldFor) {
        return Caffeine.newBuilder()
                .maximumSize(maxEntries)
                .expireAfterWrite(heldFor)
                .ticker(nanoClock::getAsLong)
                .executor(Runnable::run)
                .build();
    }

    /**
     * These names are known to the source, as far as anybody knows: to ask for them takes nothing of what unknown names may take,
     * so that after a start a flood of invented names locks nobody out. Replaces those named before.
     */
    public void expect(Set<String> names) {
        expected = Set.copyOf(names);
    }

    /** What is known of {@code name}, empty for nothing. Never throws; cancelling the future is its caller's alone. */
    public CompletableFuture<Optional<V>> get(String name) {
        if (closed) {
            return CompletableFuture.failedFuture(closedFailure());
        }
        Known<V> last = known.getIfPresent(name);
        if (last != null) {
            return answerOrRefresh(name, last);
        }
        Known<V> nothing = unknown.getIfPresent(name);
        if (nothing != null) {
            return nothing.answer();
        }
        KVStoreException failure = failed.getIfPresent(name);
        return failure != null
                ? CompletableFuture.failedFuture(failure)
                : load(name, null).copy();
    }

    private CompletableFuture<Optional<V>> answerOrRefresh(String name, Known<V> last) {
        long now = nanoClock.getAsLong();
        long age = last.ageNanos(now);
        if (age < freshness.freshFor().toNanos() || !last.mayAsk(now)) {
            return last.answer();
        }
        CompletableFuture<Optional<V>> load = load(name, last);
        if (age < freshness.staleFor().toNanos() || last.isTroubled()) {
            return last.answer();
        }
        return load.exceptionally(failure -> last.value());
    }

    /** The load of that name: the one under way, or a new one. */
    private CompletableFuture<Optional<V>> load(String name, @Nullable Known<V> last) {
        CompletableFuture<Optional<V>> mine = new CompletableFuture<>();
        CompletableFuture<Optional<V>> theirs = loads.putIfAbsent(name, mine);
        if (theirs != null) {
            return theirs;
        }
        boolean mayBeInvented = last == null && !expected.contains(name);
        Semaphore room = mayBeInvented ? firstLoads : refreshes;
        if (!room.tryAcquire()) {
            return refuse(name, mine, "too many names are being asked for at once");
        }
        if (mayBeInvented && !unknownBudget.take()) {
            room.release();
            return refuse(name, mine, "too many names that nobody knows are being asked for");
        }
        CompletableFuture<Optional<V>> answer = ask(name);
        answer.whenComplete((value, failure) -> {
            room.release();
            if (mayBeInvented && (value == null || value.isPresent())) {
                unknownBudget.giveBack();
            }
            if (failure != null) {
                failed(name, last, mine, KVStoreException.of(failure));
            } else if (value != null) {
                succeeded(name, mine, value);
            } else {
                failed(name, last, mine, new KVStoreException(Reason.INTERNAL, "the " + what + " has no answer"));
            }
        });
        if (!answer.isDone()) {
            setAlarm(answer);
        }
        return mine;
    }

    private CompletableFuture<Optional<V>> ask(String name) {
        try {
            return source.load(name);
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private void setAlarm(CompletableFuture<Optional<V>> answer) {
        KVStoreException late =
                new KVStoreException(Reason.UNAVAILABLE, "the " + what + " could not be had within " + LOAD_TIME);
        try {
            Future<?> alarm =
                    timer.schedule(() -> answer.completeExceptionally(late), LOAD_TIME.toNanos(), TimeUnit.NANOSECONDS);
            answer.whenComplete((value, failure) -> alarm.cancel(false));
        } catch (RejectedExecutionException e) {
            answer.completeExceptionally(closedFailure());
        }
    }

    private CompletableFuture<Optional<V>> refuse(String name, CompletableFuture<Optional<V>> mine, String why) {
        loads.remove(name, mine);
        mine.completeExceptionally(new KVStoreException(Reason.RESOURCE_EXHAUSTED, why, PAUSE, null));
        return mine;
    }

    // First the memories, then the load, so that whoever comes meanwhile finds one of the two.

    private void succeeded(String name, CompletableFuture<Optional<V>> mine, Optional<V> value) {
        Known<V> now = new Known<>(value, nanoClock.getAsLong());
        if (value.isPresent()) {
            known.put(name, now);
        } else {
            unknown.put(name, now);
            known.invalidate(name);
        }
        loads.remove(name, mine);
        mine.complete(value);
    }

    private void failed(
            String name, @Nullable Known<V> last, CompletableFuture<Optional<V>> mine, KVStoreException failure) {
        if (last == null) {
            failed.put(name, failure);
        } else {
            last.retryAt(nanoClock.getAsLong() + PAUSE.toNanos());
        }
        log.failed(failure, last != null);
        loads.remove(name, mine);
        mine.completeExceptionally(failure);
    }

    private static KVStoreException closedFailure() {
        return new KVStoreException(Reason.UNAVAILABLE, "the store is closed");
    }

    /** Later calls fail with {@link Reason#UNAVAILABLE}; what is under way is cancelled. The source stays the caller's to close. */
    @Override
    public void close() {
        closed = true;
        loads.values().forEach(load -> load.completeExceptionally(closedFailure()));
    }
}
