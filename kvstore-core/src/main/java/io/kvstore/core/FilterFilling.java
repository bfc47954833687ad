package io.kvstore.core;

import io.kvstore.api.StoreId;
import io.kvstore.spi.BlobPage;
import io.kvstore.spi.BlobStore;
import io.kvstore.spi.CallContext;
import io.kvstore.spi.KeyRange;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * One walk over the listing of a store, into a filter of a size that was chosen before.
 *
 * <p>A small store is one page, or one of each account that shares it. A large one is listed as its 256 ranges, several at a time: a page of a backend far away takes as
 * long as any request, and a store of 10^7 chunks has 2,000. When the filter turns out too small the walk stops after one
 * range, from which the right size follows, instead of going through everything for a filter that admits everything.
 *
 * <p>Answers are taken in on whatever thread brings them. What is there at once is taken in a loop, so that a long local listing
 * does not grow the stack.
 */
final class FilterFilling {

    /** What a page holds at most. */
    private static final int PAGE_KEYS = 5_000;

    private static final int PARALLEL_RANGES = 8;

    /** Pages of a store with fewer keys than fill one: more than the accounts that share one, fewer than there are ranges. */
    private static final int MAX_SMALL_PAGES = 64;

    /** Told once how the walk ended. */
    interface Outcome {
        /** The whole listing is in the filter. */
        void filled();

        /** The filter is too small: there are about {@code keys}. */
        void tooSmall(long keys);

        /** The backend did not answer. */
        void failed(Throwable failure);
    }

    private final StoreId store;
    private final BlobStore source;
    private final BlockedBloomFilter into;
    private final long expectedKeys;
    private final CallContext context;
    private final Outcome outcome;
    private final AtomicLong listedKeys = new AtomicLong();
    private final AtomicInteger nextRange = new AtomicInteger();
    private final AtomicInteger walkers = new AtomicInteger(PARALLEL_RANGES);
    private final AtomicBoolean over = new AtomicBoolean();

    /** @param expectedKeys how many there are, as far as anybody knows */
    FilterFilling(
            StoreId store,
            BlobStore source,
            BlockedBloomFilter into,
            long expectedKeys,
            CallContext context,
            Outcome outcome) {
        this.store = store;
        this.source = source;
        this.into = into;
        this.expectedKeys = expectedKeys;
        this.context = context;
        this.outcome = outcome;
    }

    void start() {
        if (expectedKeys > PAGE_KEYS) {
            for (int i = 0; i < PARALLEL_RANGES; i++) {
                walk();
            }
            return;
        }
        smallPages(Optional.empty(), MAX_SMALL_PAGES);
    }

    private void smallPages(Optional<String> from, int pagesLeft) {
        source.list(store, KeyRange.ALL, from, context).whenComplete((page, failure) -> {
            if (page == null) {
                fail(failure);
                return;
            }
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
        }
    }

    private void pages(KeyRange range, Optional<String> first, Runnable then) {
        Optional<String> from = first;
        do {
            if (over.get()) {
                return;
            }
            CompletableFuture<BlobPage> answer = source.list(store, range, from, context);
            if (!answer.isDone() || answer.isCompletedExceptionally()) {
                answer.whenComplete((page, failure) -> arrived(range, page, failure, then));
                return;
            }
            from = take(answer.join());
        } while (from.isPresent());
        then.run();
    }

    private void arrived(KeyRange range, @Nullable BlobPage page, @Nullable Throwable failure, Runnable then) {
        if (page == null) {
            fail(failure);
            return;
        }
        Optional<String> next = take(page);
        if (next.isPresent()) {
            pages(range, next, then);
        } else {
            then.run();
        }
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

    private void fail(@Nullable Throwable failure) {
        if (over.compareAndSet(false, true)) {
            outcome.failed(failure == null ? new IllegalStateException("a listing answered nothing") : failure);
        }
    }
}
