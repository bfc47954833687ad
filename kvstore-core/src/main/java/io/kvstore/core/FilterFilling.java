package io.kvstore.core;

import io.kvstore.api.KVStoreException;
import io.kvstore.api.Reason;
import io.kvstore.api.StoreId;
import io.kvstore.spi.BlobPage;
import io.kvstore.spi.BlobStore;
import io.kvstore.spi.CallContext;
import io.kvstore.spi.KeyRange;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One walk over the listing of a store, into a filter of a size that was chosen before.
 *
 * <p>A small store is one page, or one of each account that shares it. A large one is listed as its 256 ranges, several
 * at a time: a page of a backend far away takes as long as any request, and a store of 10^7 chunks has 2,000. When the
 * filter turns out too small the walk stops after one range, from which the right size follows, instead of going
 * through everything for a filter that admits everything.
 *
 * <p>A page that fails is asked for again, not the whole listing: after 250 ms, which doubles up to 15 s, eight times
 * where the backend is in trouble, and for as long as the walk may take where it, or the queue in front of it, is only
 * busy.
 *
 * <p>Answers are taken in on whatever thread brings them. What is there at once is taken in a loop, so that a long
 * local listing does not grow the stack.
 */
final class FilterFilling {

    /** What a page holds at most. */
    private static final int PAGE_KEYS = 5_000;

    private static final int PARALLEL_RANGES = 8;

    /**
     * Pages of a store with fewer keys than fill one: more than the accounts that share one, fewer than there are
     * ranges.
     */
    private static final int MAX_SMALL_PAGES = 64;

    private static final Duration PAGE_TIMEOUT = Duration.ofSeconds(30);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(250);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(15);
    private static final int MAX_RETRIES = 8;

    /** Told once how the walk ended, and meanwhile when it makes no progress. */
    interface Outcome {
        /** Nothing is asked for until a page is to be asked for again. */
        void allWait();

        /** Runs {@code ask} when the walk may go on, off this thread, which is the timer's. */
        void goOn(Runnable ask);

        /** The whole listing is in the filter. */
        void filled();

        /** The filter is too small: there are about {@code keys}. */
        void tooSmall(long keys);

        /** The backend did not answer, or refused. */
        void failed(Throwable failure);

        /** It was stopped. */
        void stopped();
    }

    private final StoreId store;
    private final BlobStore source;
    private final BlockedBloomFilter into;
    private final long expectedKeys;
    private final CallContext context;
    private final LongSupplier nanoClock;
    private final ScheduledExecutorService timer;
    private final Outcome outcome;
    private final AtomicLong listedKeys = new AtomicLong();
    private final AtomicInteger nextRange = new AtomicInteger();
    private final AtomicInteger walkers;
    private final AtomicInteger waiting = new AtomicInteger();
    private final AtomicBoolean over = new AtomicBoolean();

    /**
     * A walk that is not started.
     *
     * @param expectedKeys how many there are, as far as anybody knows
     * @param context the time of the whole walk
     * @param timer tells when a page is to be asked for again
     */
    FilterFilling(
            StoreId store,
            BlobStore source,
            BlockedBloomFilter into,
            long expectedKeys,
            CallContext context,
            LongSupplier nanoClock,
            ScheduledExecutorService timer,
            Outcome outcome) {
        this.store = store;
        this.source = source;
        this.into = into;
        this.expectedKeys = expectedKeys;
        this.context = context;
        this.nanoClock = nanoClock;
        this.timer = timer;
        this.outcome = outcome;
        this.walkers = new AtomicInteger(isLarge() ? PARALLEL_RANGES : 1);
    }

    private boolean isLarge() {
        return expectedKeys > PAGE_KEYS;
    }

    /** Begins; does nothing once stopped. */
    void start() {
        if (isLarge()) {
            for (int i = 0; i < PARALLEL_RANGES; i++) {
                walk();
            }
            return;
        }
        smallPages(Optional.empty(), MAX_SMALL_PAGES);
    }

    /** Asks for nothing more, and takes nothing more in. */
    void stop() {
        if (over.compareAndSet(false, true)) {
            outcome.stopped();
        }
    }

    private void smallPages(Optional<String> from, int pagesLeft) {
        ask(KeyRange.ALL, from, 0, page -> {
            Optional<String> next = take(page);
            if (next.isEmpty()) {
                end();
            } else if (listedKeys.get() >= PAGE_KEYS || pagesLeft == 1) {
                estimate();
            } else {
                smallPages(next, pagesLeft - 1);
            }
        });
    }

    private void estimate() {
        listedKeys.set(0);
        pages(KeyRange.of(0), Optional.empty(), () -> {
            if (over.compareAndSet(false, true)) {
                outcome.tooSmall(Math.max(PAGE_KEYS + 1, listedKeys.get() * KeyRange.COUNT));
            }
        });
    }

    /** Takes range after range for as long as there are any. */
    private void walk() {
        int range = nextRange.getAndIncrement();
        if (range < KeyRange.COUNT) {
            pages(KeyRange.of(range), Optional.empty(), this::walk);
        } else if (walkers.decrementAndGet() == 0) {
            end();
        } else {
            tellIfAllWait();
        }
    }

    /** A page that is to be asked for again meanwhile goes on without a turn, once. */
    private void tellIfAllWait() {
        if (waiting.get() >= walkers.get()) {
            outcome.allWait();
        }
    }

    private void pages(KeyRange range, Optional<String> first, Runnable then) {
        Optional<String> from = first;
        do {
            if (over.get()) {
                return;
            }
            CompletableFuture<BlobPage> answer = list(range, from);
            if (!answer.isDone() || answer.isCompletedExceptionally()) {
                await(answer, range, from, 0, page -> {
                    Optional<String> next = take(page);
                    if (next.isPresent()) {
                        pages(range, next, then);
                    } else {
                        then.run();
                    }
                });
                return;
            }
            from = take(answer.join());
        } while (from.isPresent());
        then.run();
    }

    private CompletableFuture<BlobPage> list(KeyRange range, Optional<String> from) {
        Duration left = context.remaining();
        Duration timeout = left.compareTo(PAGE_TIMEOUT) < 0 ? left : PAGE_TIMEOUT;
        return source.list(store, range, from, CallContext.endingIn(timeout, nanoClock, context.requestId()));
    }

    private void ask(KeyRange range, Optional<String> from, int retries, Consumer<BlobPage> then) {
        if (!over.get()) {
            await(list(range, from), range, from, retries, then);
        }
    }

    private void await(
            CompletableFuture<BlobPage> answer,
            KeyRange range,
            Optional<String> from,
            int retries,
            Consumer<BlobPage> then) {
        answer.whenComplete((page, failure) -> {
            if (over.get()) {
                return;
            }
            if (page != null) {
                then.accept(page);
            } else {
                askAgain(range, from, retries, failure, then);
            }
        });
    }

    private void askAgain(
            KeyRange range, Optional<String> from, int retries, @Nullable Throwable failure, Consumer<BlobPage> then) {
        KVStoreException cause = KVStoreException.of(
                failure == null ? new IllegalStateException("a listing answered nothing") : failure);
        Duration pause = pause(cause, retries);
        if (!isWorthAsking(cause.reason(), retries) || pause.compareTo(context.remaining()) >= 0) {
            fail(cause);
            return;
        }
        Runnable again = () -> ask(range, from, retries + 1, then);
        Runnable due = () -> {
            waiting.decrementAndGet();
            outcome.goOn(again);
        };
        waiting.incrementAndGet();
        tellIfAllWait();
        try {
            var unused = timer.schedule(due, pause.toNanos(), TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException e) {
            fail(cause); // closing
        }
    }

    private static boolean isWorthAsking(Reason reason, int retries) {
        return reason == Reason.RESOURCE_EXHAUSTED
                || (retries < MAX_RETRIES && (reason == Reason.UNAVAILABLE || reason == Reason.DEADLINE_EXCEEDED));
    }

    private static Duration pause(KVStoreException cause, int retries) {
        Duration doubled = FIRST_PAUSE.multipliedBy(1L << Math.min(retries, 10));
        Duration wished = cause.retryAfter().orElse(Duration.ZERO);
        Duration longer = doubled.compareTo(wished) > 0 ? doubled : wished;
        return longer.compareTo(LONGEST_PAUSE) < 0 ? longer : LONGEST_PAUSE;
    }

    private Optional<String> take(BlobPage page) {
        page.keys().forEach(into::add);
        listedKeys.addAndGet(page.keys().size());
        return page.next();
    }

    private void end() {
        if (!over.compareAndSet(false, true)) {
            return;
        }
        long keys = listedKeys.get();
        // One made for fewer than are there, for want of memory, is as good as it gets.
        boolean wasCut = into.capacityKeys() < expectedKeys;
        if (keys > into.capacityKeys() && !wasCut && into.capacityKeys() < BlockedBloomFilter.MAX_KEYS) {
            outcome.tooSmall(keys);
        } else {
            outcome.filled();
        }
    }

    private void fail(KVStoreException cause) {
        if (over.compareAndSet(false, true)) {
            outcome.failed(cause);
        }
    }
}
