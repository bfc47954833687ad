package io.kvstore.core;

import io.kvstore.api.StoreId;
import io.kvstore.spi.BlobKey;
import io.kvstore.spi.BlobStore;
import io.kvstore.spi.CallContext;
import io.kvstore.spi.Peek;
import java.time.Duration;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The filter of one store and its filling.
 *
 * <p>While a new filter is filled, puts add to the old and the new one; the new one takes over when the whole listing
 * is in it. The listing contains whatever was stored before it began, and a put adds its key before and after: nothing
 * falls between.
 *
 * <p>Other processes write to the same store, and a filter knows their chunks from its listing, and from reads of them,
 * only. So it has an age, counted from the start of its listing. The first question after half to three quarters of the
 * maximum has it filled anew, when its turn comes, while the old one answers: one in use never gets too old, unless the
 * listing takes longer than what is left. A filling gives its turn back while all its pages wait to be asked again.
 * From the maximum on the old one says nothing any more, and a question has another filled at once.
 *
 * <p>A filling that fails is begun again by the first question after a second, which doubles with every further failure
 * to ten minutes.
 *
 * <p>Memory: the filters of all stores share some, in which those of one resource hold at most as much as is left free.
 * One is made so large only that another fits beside it when it is filled anew; beyond that smaller, down to 8 bits a
 * key, where 3 % of the absent keys are taken for present. A full one that cannot grow stays and lets ever more through;
 * one that nothing fits beside stays until it is too old; where not even the smallest fits there is none. What is stored
 * is never ruled out: without room, questions go on to the backend.
 *
 * <p>Threading: asking and adding take no lock. At most one filling runs.
 */
final class StoreFilter {

    private static final Logger LOG = LoggerFactory.getLogger(StoreFilter.class);
    private static final Duration FILL_TIMEOUT = Duration.ofMinutes(30);
    private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);

    /**
     * The longest pause after a failed filling, and until memory for a filter is asked for again when there was none.
     */
    static final Duration LONGEST_PAUSE = Duration.ofMinutes(10);

    /**
     * Keys to make a filter for, as a multiple of those expected: room for as many again, or a growing store would be
     * listed at every step. The later ones where memory is short.
     */
    private static final double[] HEADROOM = {4, 2, 1, 0.5};

    /**
     * What is asked, and what is being filled; replaced as one.
     *
     * @param listedAtNanos when the listing of the one that is asked began
     */
    private record Filters(
            @Nullable BlockedBloomFilter ready,
            long listedAtNanos,
            @Nullable BlockedBloomFilter next) {

        static final Filters NONE = new Filters(null, 0, null);

        Filters filling(@Nullable BlockedBloomFilter another) {
            return new Filters(ready, listedAtNanos, another);
        }

        boolean isOlderThan(long ageNanos, long nowNanos) {
            return nowNanos - listedAtNanos >= ageNanos;
        }
    }

    /** Why a filter is filled. */
    private enum Cause {
        NONE_YET,
        FULL,
        OLD
    }

    /** What the filters of all stores have in common. */
    record Shared(
            BlobStore source,
            Duration maxAge,
            TenantShares memory,
            Turns refreshes,
            LongSupplier nanoClock,
            ScheduledExecutorService timer,
            Workers workers,
            LogLimit warnings) {}

    private final StoreId store;
    private final Shared shared;
    private final LongSupplier nanoClock;
    private final TenantShares memory;
    private final long maxAgeNanos;
    private final long refreshAgeNanos;
    private final AtomicBoolean filling = new AtomicBoolean();
    private final AtomicBoolean awaitsTurn = new AtomicBoolean();
    private volatile Filters filters = Filters.NONE;
    private volatile @Nullable FilterFilling current;
    private volatile boolean closed;

    /** With less than 8 bits a key more than 3 % of the absent keys pass, which is no longer "likely". */
    private volatile boolean blurred;

    private volatile long noFillBeforeNanos;
    private volatile long noGrowthBeforeNanos;

    /** Fillings that failed one after the other; only the one that runs looks at it. */
    private int failures;

    /** A filter that is not filled yet. */
    StoreFilter(StoreId store, Shared shared) {
        this.store = store;
        this.shared = shared;
        this.nanoClock = shared.nanoClock();
        this.memory = shared.memory();
        this.maxAgeNanos = shared.maxAge().toNanos();
        this.refreshAgeNanos = refreshAgeNanos(store, maxAgeNanos);
        this.noFillBeforeNanos = nanoClock.getAsLong();
        this.noGrowthBeforeNanos = noFillBeforeNanos;
    }

    /**
     * Half to three quarters of the maximum, so that stores that were filled together, after a start, are not listed
     * together.
     */
    private static long refreshAgeNanos(StoreId store, long maxAgeNanos) {
        return maxAgeNanos / 2 + maxAgeNanos / 4 / 1_024 * Math.floorMod(store.hashCode(), 1_024);
    }

    /**
     * ABSENT when the key was not stored a moment ago, nor by another process when the listing began; LIKELY when it is
     * stored but for the rare false positive; UNKNOWN while no filter is filled, or it is too old, or holds many more
     * keys than it is made for. Has a filter filled where one is due, at most as far as asking for the first pages on
     * this thread.
     */
    Peek peek(BlobKey key) {
        long nowNanos = nanoClock.getAsLong();
        fillIfDue(nowNanos);
        Filters now = filters;
        BlockedBloomFilter ready = now.ready();
        if (ready == null || now.isOlderThan(maxAgeNanos, nowNanos)) {
            return Peek.UNKNOWN;
        }
        if (!ready.mayContain(key)) {
            return Peek.ABSENT;
        }
        return blurred ? Peek.UNKNOWN : Peek.LIKELY;
    }

    private void fillIfDue(long nowNanos) {
        Filters now = filters;
        if (now.ready() == null) {
            startFilling(Workers.IN_PLACE, Cause.NONE_YET, () -> filters.ready() == null, null);
        } else if (now.isOlderThan(maxAgeNanos, nowNanos)) {
            startFilling(shared.workers(), Cause.OLD, () -> isOlderThan(maxAgeNanos), null);
        } else if (now.isOlderThan(refreshAgeNanos, nowNanos)
                && nowNanos - noFillBeforeNanos >= 0
                && !filling.get()
                && awaitsTurn.compareAndSet(false, true)) {
            Turns.Turn turn = shared.refreshes().of(store.resource());
            turn.run(() -> refresh(turn));
        }
    }

    private void refresh(Turns.Turn turn) {
        awaitsTurn.set(false);
        startFilling(Workers.IN_PLACE, Cause.OLD, () -> isOlderThan(refreshAgeNanos), turn);
    }

    private boolean isOlderThan(long ageNanos) {
        return filters.isOlderThan(ageNanos, nanoClock.getAsLong());
    }

    /** Adds a key that is stored, or may be soon. */
    @SuppressWarnings("ReferenceEquality") // the same pair, not an equal one
    void add(BlobKey key) {
        Filters seen;
        do {
            seen = filters;
            if (seen.ready() != null) {
                seen.ready().add(key);
            }
            if (seen.next() != null) {
                seen.next().add(key);
            }
            // A filling that began meanwhile may have listed before this key was stored: add to its filter too.
        } while (seen != filters);
    }

    /** Starts a filling of a larger filter on a worker when this one holds as many keys as it is made for. */
    void growIfFull() {
        blurred = isBlurred(filters.ready());
        if (isFull(filters.ready()) && nanoClock.getAsLong() - noGrowthBeforeNanos >= 0) {
            startFilling(shared.workers(), Cause.FULL, () -> isFull(filters.ready()), null);
        }
    }

    private static boolean isBlurred(@Nullable BlockedBloomFilter filter) {
        return filter != null && filter.approximateKeys() > 2 * filter.capacityKeys();
    }

    private static boolean isFull(@Nullable BlockedBloomFilter filter) {
        return filter != null
                && filter.approximateKeys() > filter.capacityKeys()
                && filter.capacityKeys() < BlockedBloomFilter.MAX_KEYS;
    }

    /**
     * Starts a filling unless one runs, or none is to run yet.
     *
     * @param wanted asked again once no other filling can run: another thread may have been faster
     * @param turn left when the filling has ended, or was not started; null for one that waits for no other
     */
    private void startFilling(Workers workers, Cause cause, BooleanSupplier wanted, Turns.@Nullable Turn turn) {
        if (closed || nanoClock.getAsLong() - noFillBeforeNanos < 0 || !filling.compareAndSet(false, true)) {
            leave(turn);
            return;
        }
        if (!wanted.getAsBoolean()) {
            end(turn);
            return;
        }
        BlockedBloomFilter ready = filters.ready();
        long expectedKeys = ready == null ? 0 : ready.approximateKeys();
        workers.run(store.resource(), () -> fill(expectedKeys, cause, turn));
    }

    private void end(Turns.@Nullable Turn turn) {
        current = null;
        filling.set(false);
        leave(turn);
    }

    private static void leave(Turns.@Nullable Turn turn) {
        if (turn != null) {
            turn.leave();
        }
    }

    /**
     * A new filter, its bytes taken from the budget; null when there is no room for one that is worth it. One that is
     * asked stays until it is too old: a whole listing lies between it and the next.
     */
    private @Nullable BlockedBloomFilter make(long expectedKeys, Cause cause) {
        if (cause == Cause.OLD && isOlderThan(maxAgeNanos)) {
            replace(Filters.NONE); // says nothing any more
        }
        BlockedBloomFilter ready = filters.ready();
        // Less would be full again soon.
        long leastKeys = cause == Cause.FULL && ready != null ? 2 * ready.capacityKeys() : 0;
        BlockedBloomFilter lasting = make(expectedKeys, leastKeys, true);
        return lasting != null ? lasting : make(expectedKeys, leastKeys, false);
    }

    /** @param refreshable whether there must be room left for the one that it will be filled anew into */
    private @Nullable BlockedBloomFilter make(long expectedKeys, long leastKeys, boolean refreshable) {
        BlockedBloomFilter ready = filters.ready();
        long oldBytes = ready == null ? 0 : ready.sizeBytes(); // gone by then
        for (double headroom : HEADROOM) {
            long keys = keys(expectedKeys, headroom);
            long bytes = BlockedBloomFilter.sizeBytes(keys);
            long anewBytes = BlockedBloomFilter.sizeBytes(keys(expectedKeys, Math.min(1, headroom)));
            long spare = refreshable ? Math.max(0, anewBytes - oldBytes) : 0;
            if (keys >= Math.min(BlockedBloomFilter.MAX_KEYS, leastKeys)
                    && memory.tryTake(store.resource(), bytes, spare)) {
                BlockedBloomFilter made = BlockedBloomFilter.ifThereIsHeap(keys);
                if (made == null) {
                    memory.give(store.resource(), bytes);
                }
                return made;
            }
        }
        return null;
    }

    private static long keys(long expectedKeys, double headroom) {
        return Math.min(BlockedBloomFilter.MAX_KEYS, (long) (expectedKeys * headroom));
    }

    private void noRoom(long expectedKeys, Cause cause) {
        long nowNanos = nanoClock.getAsLong();
        long pauseNanos = LONGEST_PAUSE.toNanos();
        Filters now = filters;
        if (cause == Cause.FULL) {
            noGrowthBeforeNanos = nowNanos + pauseNanos;
        } else if (now.ready() == null) {
            noFillBeforeNanos = nowNanos + pauseNanos;
        } else {
            // Once the old one is too old it makes room itself.
            noFillBeforeNanos = nowNanos + Math.min(pauseNanos, now.listedAtNanos() + maxAgeNanos - nowNanos);
        }
        shared.warnings()
                .passing()
                .ifPresent(untold -> LOG.warn(
                        "No memory for a filter, more questions go to the backend: store={} keys={} filterBytes={}"
                                + " untoldBefore={}",
                        store,
                        expectedKeys,
                        memory.max(),
                        untold));
    }

    /** Puts these in the place of what there is, and gives back what is no longer held. */
    private synchronized void replace(Filters now) {
        Filters before = filters;
        filters = closed ? Filters.NONE : now;
        giveBack(before.ready());
        giveBack(before.next());
        if (closed) {
            giveBack(now.next());
        }
    }

    private void giveBack(@Nullable BlockedBloomFilter filter) {
        if (filter != null && filter != filters.ready() && filter != filters.next()) {
            memory.give(store.resource(), filter.sizeBytes());
        }
    }

    /** Nobody asks this one any more: stops a filling, and gives the memory back, also what that holds. */
    void close() {
        FilterFilling running;
        synchronized (this) {
            closed = true;
            replace(Filters.NONE);
            running = current;
        }
        if (running != null) {
            running.stop();
        }
    }

    private void fill(long expectedKeys, Cause cause, Turns.@Nullable Turn turn) {
        BlockedBloomFilter next = make(expectedKeys, cause);
        if (next == null) {
            noRoom(expectedKeys, cause);
            end(turn);
            return;
        }
        long startNanos = nanoClock.getAsLong();
        // Published before the listing begins: from here on puts add to it.
        replace(filters.filling(next));
        CallContext context = CallContext.endingIn(FILL_TIMEOUT, nanoClock, "filter-fill");
        FilterFilling.Outcome outcome = new FilterFilling.Outcome() {
            @Override
            public void filled() {
                failures = 0;
                blurred = isBlurred(next);
                replace(new Filters(next, startNanos, null));
                LOG.debug("Filter ready: store={} filter={}", store, next);
                end(turn);
            }

            @Override
            public void tooSmall(long keys) {
                replace(filters.filling(null));
                fill(keys, cause, turn);
            }

            @Override
            public void failed(Throwable failure) {
                pauseAfter(failure);
                replace(filters.filling(null));
                end(turn);
            }

            @Override
            public void allWait() {
                if (turn != null) {
                    turn.giveBack();
                }
            }

            @Override
            public void goOn(Runnable ask) {
                if (turn != null) {
                    turn.run(ask);
                } else {
                    shared.workers().run(store.resource(), ask);
                }
            }

            @Override
            public void stopped() {
                end(turn);
            }
        };
        FilterFilling filling = new FilterFilling(
                store, shared.source(), next, expectedKeys, context, nanoClock, shared.timer(), outcome);
        current = filling;
        if (closed) {
            filling.stop(); // before it is started: then that does nothing
        }
        filling.start();
    }

    private void pauseAfter(Throwable failure) {
        Duration doubled = FIRST_PAUSE.multipliedBy(1L << Math.min(failures++, 20));
        Duration pause = doubled.compareTo(LONGEST_PAUSE) < 0 ? doubled : LONGEST_PAUSE;
        noFillBeforeNanos = nanoClock.getAsLong() + pause.toNanos();
        // An outage fails every store, and clients invent stores at will.
        shared.warnings()
                .passing()
                .ifPresent(untold -> LOG.warn(
                        "Filter could not be filled, will be tried again: store={} afterSeconds={} cause={}"
                                + " untoldBefore={}",
                        store,
                        pause.toSeconds(),
                        failure.toString(),
                        untold));
    }
}
