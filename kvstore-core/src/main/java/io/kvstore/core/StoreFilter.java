package io.kvstore.core;

import io.kvstore.api.StoreId;
import io.kvstore.spi.BlobKey;
import io.kvstore.spi.BlobStore;
import io.kvstore.spi.CallContext;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The filter of one store and its filling.
 *
 * <p>While a new filter is filled, puts add to the old and the new one; the new one takes over when the whole listing is in
 * it. The listing contains whatever was stored before it began, and a put adds its key before and after: nothing falls
 * between.
 *
 * <p>Where other processes write to the same store, a filter knows their chunks from its listing and from reads of them only: else
 * they are found when the
 * first question after its age is over has had it filled anew. Until then the old one answers.
 *
 * <p>Memory: the filters of all stores share a budget. One that would go beyond it is made smaller, down to 8 bits a key, where
 * 3 % of the absent keys are taken for present; a full one that cannot grow stays and lets ever more through; where not even
 * that fits there is none. What is stored is never ruled out: without room, questions go on to the backend.
 *
 * <p>Threading: asking and adding take no lock. At most one filling runs.
 */
final class StoreFilter {

    private static final Logger LOG = LoggerFactory.getLogger(StoreFilter.class);
    private static final Duration FILL_TIMEOUT = Duration.ofMinutes(30);
    private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

    /** Until memory for a filter is asked for again when there was none. */
    static final Duration NO_ROOM_PAUSE = Duration.ofMinutes(10);

    /**
     * Keys to make a filter for, as a multiple of those expected: room for as many again, or a growing store would be listed at
     * every step. The later ones where memory is short.
     */
    private static final double[] HEADROOM = {4, 2, 1, 0.5};

    /** What is asked, and what is being filled; replaced as one. */
    private record Filters(
            @Nullable BlockedBloomFilter ready, @Nullable BlockedBloomFilter next) {

        static final Filters NONE = new Filters(null, null);
    }

    /** Why a filter is filled. */
    private enum Cause {
        NONE_YET,
        FULL,
        OLD
    }

    private final StoreId store;
    private final BlobStore source;
    private final LongSupplier nanoClock;
    private final LogLimit warnings;
    private final SpaceBudget memory;
    private final AtomicBoolean filling = new AtomicBoolean();
    private volatile Filters filters = Filters.NONE;
    private volatile boolean closed;

    /** With less than 8 bits a key more than 3 % of the absent keys pass, which is no longer "likely". */
    private volatile boolean blurred;

    private final long maxAgeNanos;
    private volatile long noFillBeforeNanos;
    private volatile long noGrowthBeforeNanos;
    private volatile long filledAtNanos;

    /**
     * A filter that is not filled yet.
     *
     * @param maxAge what {@link #refreshIfOld} compares with: counted from the start of the listing
     * @param memory shared by the filters of all stores, as the warnings are
     */
    StoreFilter(
            StoreId store,
            BlobStore source,
            Duration maxAge,
            SpaceBudget memory,
            LongSupplier nanoClock,
            LogLimit warnings) {
        this.store = store;
        this.source = source;
        this.memory = memory;
        this.warnings = warnings;
        this.maxAgeNanos = maxAge.toNanos();
        this.nanoClock = nanoClock;
        this.noFillBeforeNanos = nanoClock.getAsLong();
        this.noGrowthBeforeNanos = noFillBeforeNanos;
    }

    /** Whether what it does not rule out is likely stored: it is filled, and not with many more keys than it is made for. */
    boolean isSharp() {
        return filters.ready() != null && !blurred;
    }

    /** True when the key is certainly not stored. */
    boolean rulesOut(BlobKey key) {
        BlockedBloomFilter ready = filters.ready();
        return ready != null && !ready.mayContain(key);
    }

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

    /**
     * Starts a filling when there is no filter yet. On this thread: the listing of a remote backend only starts here, a local
     * one has listed its large stores at start.
     */
    void fillIfNone() {
        if (filters.ready() == null) {
            startFilling(Runnable::run, Cause.NONE_YET, () -> filters.ready() == null);
        }
    }

    /** Starts a filling of a larger filter on the executor when this one holds as many keys as it is made for. */
    void growIfFull(Executor executor) {
        blurred = isBlurred(filters.ready());
        if (isFull(filters.ready()) && nanoClock.getAsLong() - noGrowthBeforeNanos >= 0) {
            startFilling(executor, Cause.FULL, () -> isFull(filters.ready()));
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
     * Starts a filling on the executor when this filter is as old as it may get: what other processes stored meanwhile is ruled
     * out by it.
     */
    void refreshIfOld(Executor executor) {
        if (filters.ready() != null && nanoClock.getAsLong() - filledAtNanos >= maxAgeNanos) {
            startFilling(executor, Cause.OLD, () -> nanoClock.getAsLong() - filledAtNanos >= maxAgeNanos);
        }
    }

    /** @param wanted asked again once no other filling can run: another thread may have been faster */
    private void startFilling(Executor executor, Cause cause, BooleanSupplier wanted) {
        if (closed
                || filling.get()
                || nanoClock.getAsLong() - noFillBeforeNanos < 0
                || !filling.compareAndSet(false, true)) {
            return;
        }
        if (!wanted.getAsBoolean()) {
            filling.set(false);
            return;
        }
        BlockedBloomFilter ready = filters.ready();
        long expectedKeys = ready == null ? 0 : ready.approximateKeys();
        try {
            executor.execute(() -> fill(expectedKeys, cause));
        } catch (RejectedExecutionException e) {
            filling.set(false); // closing
        }
    }

    /** A new filter, its bytes taken from the budget; null when there is no room for one that is worth it. */
    private @Nullable BlockedBloomFilter make(long expectedKeys, Cause cause) {
        BlockedBloomFilter ready = filters.ready();
        if (cause == Cause.FULL && ready != null) {
            return make(expectedKeys, 2 * ready.capacityKeys()); // less would be full again soon
        }
        BlockedBloomFilter beside = make(expectedKeys, expectedKeys);
        if (beside != null) {
            return beside;
        }
        // An old one has to go, with or without another: it rules out what other processes have stored since.
        replace(Filters.NONE);
        return make(expectedKeys, 0L);
    }

    private @Nullable BlockedBloomFilter make(long expectedKeys, long leastKeys) {
        for (double headroom : HEADROOM) {
            long keys = Math.min(BlockedBloomFilter.MAX_KEYS, (long) (expectedKeys * headroom));
            if (keys >= Math.min(BlockedBloomFilter.MAX_KEYS, leastKeys)
                    && memory.tryTake(BlockedBloomFilter.sizeBytes(keys))) {
                return BlockedBloomFilter.of(keys, memory);
            }
        }
        return null;
    }

    private void noRoom(long expectedKeys, Cause cause) {
        long again = nanoClock.getAsLong() + NO_ROOM_PAUSE.toNanos();
        if (cause == Cause.FULL) {
            noGrowthBeforeNanos = again;
        } else {
            noFillBeforeNanos = again;
        }
        filling.set(false);
        warnings.passing()
                .ifPresent(untold -> LOG.warn(
                        "No memory for a filter, more questions go to the backend: store={} keys={} filterBytes={} untoldBefore={}",
                        store,
                        expectedKeys,
                        memory.maxBytes(),
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
            memory.give(filter.sizeBytes());
        }
    }

    /** Nobody asks this one any more: gives its memory back, also what a filling under way holds. */
    synchronized void close() {
        closed = true;
        replace(Filters.NONE);
    }

    private void fill(long expectedKeys, Cause cause) {
        BlockedBloomFilter next = make(expectedKeys, cause);
        if (next == null) {
            noRoom(expectedKeys, cause);
            return;
        }
        long startNanos = nanoClock.getAsLong();
        // Published before the listing begins: from here on puts add to it.
        replace(new Filters(filters.ready(), next));
        CallContext context = CallContext.endingIn(FILL_TIMEOUT, nanoClock, "filter-fill");
        new FilterFilling(store, source, next, expectedKeys, context, new FilterFilling.Outcome() {
                    @Override
                    public void filled() {
                        filledAtNanos = startNanos;
                        blurred = isBlurred(next);
                        replace(new Filters(next, null));
                        filling.set(false);
                        LOG.debug("Filter ready: store={} filter={}", store, next);
                    }

                    @Override
                    public void tooSmall(long keys) {
                        replace(new Filters(filters.ready(), null));
                        fill(keys, cause);
                    }

                    @Override
                    public void failed(Throwable failure) {
                        noFillBeforeNanos = nanoClock.getAsLong() + RETRY_AFTER.toNanos();
                        replace(new Filters(filters.ready(), null));
                        filling.set(false);
                        // An outage fails every store, and clients invent stores at will.
                        warnings.passing()
                                .ifPresent(untold -> LOG.warn(
                                        "Filter could not be filled, will be tried again: store={} cause={} untoldBefore={}",
                                        store,
                                        failure.toString(),
                                        untold));
                    }
                })
                .start();
    }
}
