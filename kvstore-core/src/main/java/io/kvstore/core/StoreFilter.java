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
 * <p>Where other processes write to the same store, a filter knows their chunks from its listing only: they are found when they
 * are as old as a filter may get, plus what a listing takes.
 *
 * <p>Threading: asking and adding take no lock. At most one filling runs.
 */
final class StoreFilter {

    private static final Logger LOG = LoggerFactory.getLogger(StoreFilter.class);
    private static final Duration FILL_TIMEOUT = Duration.ofMinutes(30);
    private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

    /** Room for as many again as there are, or a growing store would be listed at every step. */
    private static final int HEADROOM = 4;

    /** What is asked, and what is being filled; replaced as one. */
    private record Filters(
            @Nullable BlockedBloomFilter ready, @Nullable BlockedBloomFilter next) {}

    private final StoreId store;
    private final BlobStore source;
    private final LongSupplier nanoClock;
    private final LogLimit warnings;
    private final AtomicBoolean filling = new AtomicBoolean();
    private volatile Filters filters = new Filters(null, null);
    private final long maxAgeNanos;
    private volatile long noFillBeforeNanos;
    private volatile long filledAtNanos;

    /**
     * A filter that is not filled yet.
     *
     * @param maxAge what {@link #refreshIfOld} compares with: counted from the start of the listing
     * @param warnings shared by the filters of all stores
     */
    StoreFilter(StoreId store, BlobStore source, Duration maxAge, LongSupplier nanoClock, LogLimit warnings) {
        this.store = store;
        this.source = source;
        this.warnings = warnings;
        this.maxAgeNanos = maxAge.toNanos();
        this.nanoClock = nanoClock;
        this.noFillBeforeNanos = nanoClock.getAsLong();
    }

    /** Whether it tells anything. */
    boolean isFilled() {
        return filters.ready() != null;
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
            startFilling(Runnable::run, () -> filters.ready() == null);
        }
    }

    /** Starts a filling of a larger filter on the executor when this one holds as many keys as it is made for. */
    void growIfFull(Executor executor) {
        if (isFull(filters.ready())) {
            startFilling(executor, () -> isFull(filters.ready()));
        }
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
            startFilling(executor, () -> nanoClock.getAsLong() - filledAtNanos >= maxAgeNanos);
        }
    }

    /** @param wanted asked again once no other filling can run: another thread may have been faster */
    private void startFilling(Executor executor, BooleanSupplier wanted) {
        if (filling.get() || nanoClock.getAsLong() - noFillBeforeNanos < 0 || !filling.compareAndSet(false, true)) {
            return;
        }
        if (!wanted.getAsBoolean()) {
            filling.set(false);
            return;
        }
        BlockedBloomFilter ready = filters.ready();
        long expectedKeys = ready == null ? 0 : ready.approximateKeys();
        try {
            executor.execute(() -> fill(expectedKeys));
        } catch (RejectedExecutionException e) {
            filling.set(false); // closing
        }
    }

    private void fill(long expectedKeys) {
        BlockedBloomFilter next =
                new BlockedBloomFilter(Math.min(BlockedBloomFilter.MAX_KEYS, expectedKeys * HEADROOM));
        long startNanos = nanoClock.getAsLong();
        // Published before the listing begins: from here on puts add to it.
        filters = new Filters(filters.ready(), next);
        CallContext context = CallContext.endingIn(FILL_TIMEOUT, nanoClock, "filter-fill");
        new FilterFilling(store, source, next, expectedKeys, context, new FilterFilling.Outcome() {
                    @Override
                    public void filled() {
                        filledAtNanos = startNanos;
                        filters = new Filters(next, null);
                        filling.set(false);
                        LOG.debug("Filter ready: store={} filter={}", store, next);
                    }

                    @Override
                    public void tooSmall(long keys) {
                        fill(keys);
                    }

                    @Override
                    public void failed(Throwable failure) {
                        noFillBeforeNanos = nanoClock.getAsLong() + RETRY_AFTER.toNanos();
                        filters = new Filters(filters.ready(), null);
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
