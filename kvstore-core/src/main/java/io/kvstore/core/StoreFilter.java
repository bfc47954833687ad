package io.kvstore.core;

import io.kvstore.api.StoreId;
import io.kvstore.spi.BlobKey;
import io.kvstore.spi.BlobPage;
import io.kvstore.spi.BlobStore;
import io.kvstore.spi.CallContext;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
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
 * <p>Threading: asking and adding take no lock. At most one filling runs.
 */
final class StoreFilter {

    private static final Logger LOG = LoggerFactory.getLogger(StoreFilter.class);
    private static final Duration FILL_TIMEOUT = Duration.ofMinutes(30);
    private static final Duration RETRY_AFTER = Duration.ofSeconds(1);
    private static final int GROWTH = 4;

    /** What is asked, and what is being filled; replaced as one. */
    private record Filters(
            @Nullable BlockedBloomFilter ready, @Nullable BlockedBloomFilter next) {}

    private final StoreId store;
    private final BlobStore source;
    private final LongSupplier nanoClock;
    private final AtomicBoolean filling = new AtomicBoolean();
    private volatile Filters filters = new Filters(null, null);
    private volatile long noFillBeforeNanos;

    StoreFilter(StoreId store, BlobStore source, LongSupplier nanoClock) {
        this.store = store;
        this.source = source;
        this.nanoClock = nanoClock;
        this.noFillBeforeNanos = nanoClock.getAsLong();
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
            startFilling(Runnable::run);
        }
    }

    /** Starts a filling of a larger filter on the executor when this one holds as many keys as it is made for. */
    void growIfFull(Executor executor) {
        BlockedBloomFilter ready = filters.ready();
        if (ready != null && isFull(ready)) {
            startFilling(executor);
        }
    }

    private static boolean isFull(BlockedBloomFilter filter) {
        return filter.approximateKeys() > filter.capacityKeys() && filter.capacityKeys() < BlockedBloomFilter.MAX_KEYS;
    }

    private void startFilling(Executor executor) {
        if (filling.get() || nanoClock.getAsLong() - noFillBeforeNanos < 0 || !filling.compareAndSet(false, true)) {
            return;
        }
        BlockedBloomFilter ready = filters.ready();
        if (ready != null && !isFull(ready)) {
            filling.set(false); // another thread was faster
            return;
        }
        long keys = ready == null ? 0 : ready.approximateKeys();
        try {
            executor.execute(() -> fill(keys));
        } catch (RejectedExecutionException e) {
            filling.set(false); // closing
        }
    }

    private void fill(long expectedKeys) {
        long keys = Math.min(BlockedBloomFilter.MAX_KEYS, expectedKeys * GROWTH);
        BlockedBloomFilter next = new BlockedBloomFilter(keys);
        filters = new Filters(filters.ready(), next);
        new Filling(next).page(Optional.empty());
    }

    /** One walk over the listing; its steps follow each other. */
    private final class Filling {
        private final BlockedBloomFilter into;
        private final CallContext context = CallContext.endingIn(FILL_TIMEOUT, nanoClock, "filter-fill");
        private long listedKeys;

        Filling(BlockedBloomFilter into) {
            this.into = into;
        }

        void page(Optional<String> first) {
            // A loop over pages that are there at once, so that a long local listing does not grow the stack.
            Optional<String> from = first;
            do {
                CompletableFuture<BlobPage> answer = source.list(store, from, context);
                if (!answer.isDone() || answer.isCompletedExceptionally()) {
                    answer.whenComplete(this::arrived);
                    return;
                }
                from = take(answer.join());
            } while (from.isPresent());
            done();
        }

        private void arrived(@Nullable BlobPage page, @Nullable Throwable failure) {
            if (page == null) {
                failed(failure);
                return;
            }
            Optional<String> next = take(page);
            if (next.isPresent()) {
                page(next);
            } else {
                done();
            }
        }

        private Optional<String> take(BlobPage page) {
            page.keys().forEach(into::add);
            listedKeys += page.keys().size();
            return page.next();
        }

        private void done() {
            if (listedKeys > into.capacityKeys() && into.capacityKeys() < BlockedBloomFilter.MAX_KEYS) {
                fill(listedKeys); // there was more than it was made for: once more, at the right size
                return;
            }
            filters = new Filters(into, null);
            filling.set(false);
            LOG.debug("Filter ready: store={} filter={}", store, into);
        }

        private void failed(@Nullable Throwable failure) {
            noFillBeforeNanos = nanoClock.getAsLong() + RETRY_AFTER.toNanos();
            filters = new Filters(filters.ready(), null);
            filling.set(false);
            LOG.warn(
                    "Filter could not be filled, will be tried again: store={} cause={}",
                    store,
                    String.valueOf(failure));
        }
    }
}
