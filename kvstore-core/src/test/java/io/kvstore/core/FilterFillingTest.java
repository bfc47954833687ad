package io.kvstore.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvstore.api.KVStoreException;
import io.kvstore.api.Payload;
import io.kvstore.api.Reason;
import io.kvstore.api.StoreId;
import io.kvstore.spi.BlobInfo;
import io.kvstore.spi.BlobKey;
import io.kvstore.spi.BlobPage;
import io.kvstore.spi.CallContext;
import io.kvstore.spi.KeyRange;
import io.kvstore.spi.Peek;
import io.kvstore.testkit.ManualClock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a listing costs that does not go through: of a large store thousands of pages have been paid for by then. */
class FilterFillingTest {

    private static final StoreId STORE = new StoreId("acme", "llama");
    private static final int ALL_PAGES = 2 + KeyRange.COUNT; // two that say how large the store is

    private final MemoryBlobStore backend = MemoryBlobStore.builder().build();
    private final ManualClock clock = new ManualClock();
    private final TenantShares memory = new TenantShares(1 << 20);
    private final Keys keys = new Keys(5);
    private final Lister lister = new Lister();
    private final FilteringBlobStore filtering =
            new FilteringBlobStore(lister, Duration.ofHours(1), memory, clock, clock.scheduler(), Workers.IN_PLACE);

    /** Answers as the test says, counts what it is asked. */
    private final class Lister extends ForwardingBlobStore {
        final List<Duration> timesLeft = new ArrayList<>();
        int lists;
        Function<KeyRange, Optional<CompletableFuture<BlobPage>>> trouble = range -> Optional.empty();

        Lister() {
            super(new AskedBlobStore(backend));
        }

        @Override
        public CompletableFuture<BlobPage> list(
                StoreId store, KeyRange range, Optional<String> from, CallContext context) {
            lists++;
            timesLeft.add(context.remaining());
            return trouble.apply(range).orElseGet(() -> super.list(store, range, from, context));
        }
    }

    @BeforeEach
    void storeMoreThanAPage() {
        CallContext soon = CallContext.endingIn(Duration.ofMinutes(1), clock, "");
        for (int i = 0; i < 6_000; i++) {
            backend.put(STORE, keys.next(), new BlobInfo(1, 0, 0, new byte[0]), Payload.empty(), soon)
                    .join();
        }
    }

    private void ask() {
        filtering.peek(STORE, keys.next());
    }

    private boolean isFilled() {
        return filtering.peek(STORE, keys.next()).isAbsent();
    }

    private static Optional<CompletableFuture<BlobPage>> failing(Reason reason) {
        return Optional.of(CompletableFuture.failedFuture(new KVStoreException(reason, "no")));
    }

    private void failPages(int first, Reason reason, int times) {
        int[] left = {times};
        lister.trouble = range -> range.first() == first && left[0]-- > 0 ? failing(reason) : Optional.empty();
    }

    /** The failure: one page of two thousand was throttled, and all were asked for again. */
    @ParameterizedTest
    @EnumSource(
            value = Reason.class,
            names = {"UNAVAILABLE", "DEADLINE_EXCEEDED", "RESOURCE_EXHAUSTED"})
    void a_page_that_fails_is_asked_for_again_and_no_other(Reason reason) {
        failPages(77, reason, 3);
        ask();
        assertThat(isFilled()).isFalse();
        clock.advance(Duration.ofSeconds(2)); // 0.25 + 0.5 + 1

        assertThat(isFilled()).isTrue();
        assertThat(lister.lists).isEqualTo(ALL_PAGES + 3);
    }

    /** The failure: the server's own queue was full, which began the listing anew every second. */
    @Test
    void a_busy_queue_is_waited_for_however_long_it_takes() {
        failPages(77, Reason.RESOURCE_EXHAUSTED, 30);
        ask();
        clock.advance(Duration.ofMinutes(8));

        assertThat(isFilled()).isTrue();
        assertThat(lister.lists).isEqualTo(ALL_PAGES + 30);
    }

    /** The failure: the one timer, which ends everybody's calls, asked for pages. */
    @Test
    void a_page_is_asked_for_again_by_a_worker() {
        ArrayDeque<Runnable> workers = new ArrayDeque<>();
        FilteringBlobStore handing = new FilteringBlobStore(
                lister, Duration.ofHours(1), memory, clock, clock.scheduler(), new FairWorkers(workers::add));
        failPages(KeyRange.ALL.first(), Reason.UNAVAILABLE, 1);
        handing.peek(STORE, keys.next());
        clock.advance(Duration.ofSeconds(1));
        assertThat(lister.lists).isEqualTo(1);

        while (!workers.isEmpty()) {
            workers.remove().run();
        }
        assertThat(handing.peek(STORE, keys.next()).isAbsent()).isTrue();
    }

    @Test
    void a_pause_that_the_backend_asks_for_is_kept() {
        boolean[] throttled = {true};
        Duration asked = Duration.ofSeconds(10);
        lister.trouble = range -> throttled[0]
                ? Optional.of(CompletableFuture.failedFuture(
                        new KVStoreException(Reason.UNAVAILABLE, "slow down", asked, null)))
                : Optional.empty();
        ask();
        clock.advance(asked.minusMillis(1));
        assertThat(lister.lists).isEqualTo(1);
        throttled[0] = false;
        clock.advance(Duration.ofMillis(1));

        assertThat(isFilled()).isTrue();
    }

    /** The failure: a signature that may not list cost a LIST a second for every store, for ever. */
    @Test
    void what_is_refused_is_tried_ever_more_seldom() {
        lister.trouble = range -> failing(Reason.PERMISSION_DENIED);
        for (int second = 0; second < 3_600; second++) {
            ask();
            clock.advance(Duration.ofSeconds(1));
        }

        assertThat(lister.lists).isBetween(10, 20);
        lister.trouble = range -> Optional.empty();
        clock.advance(Duration.ofMinutes(10));
        ask();
        assertThat(isFilled()).isTrue();
    }

    @Test
    void a_backend_in_trouble_is_asked_ever_more_seldom() {
        lister.trouble = range -> failing(Reason.UNAVAILABLE);
        for (int second = 0; second < 3_600; second++) {
            ask();
            clock.advance(Duration.ofSeconds(1));
        }

        assertThat(lister.lists).isBetween(9, 150); // it was 3,600
    }

    @Test
    void a_page_has_seconds_not_the_time_of_the_whole_listing() {
        ask();

        assertThat(lister.timesLeft).hasSize(ALL_PAGES).allMatch(left -> left.compareTo(Duration.ofSeconds(30)) <= 0);
    }

    /** The failure: it went on for up to half an hour, into a filter whose bytes others had by then. */
    @Test
    void a_filling_ends_with_its_store() {
        List<CompletableFuture<BlobPage>> held = new ArrayList<>();
        lister.trouble = range -> {
            if (range.equals(KeyRange.ALL)) {
                return Optional.empty();
            }
            held.add(new CompletableFuture<>());
            return Optional.of(held.get(held.size() - 1));
        };
        ask();
        int before = lister.lists;

        filtering.close();
        held.forEach(page -> page.complete(new BlobPage(List.of(keys.next()), Optional.of("more"))));

        assertThat(held).isNotEmpty();
        assertThat(lister.lists).isEqualTo(before);
        assertThat(memory.used()).isZero();
    }

    @Test
    void a_page_that_waits_for_its_next_try_ends_with_its_store() {
        lister.trouble = range -> failing(Reason.UNAVAILABLE);
        ask();
        int before = lister.lists;

        filtering.close();
        clock.advance(Duration.ofHours(1));

        assertThat(lister.lists).isEqualTo(before);
        assertThat(memory.used()).isZero();
    }

    @Test
    void what_is_put_while_a_page_waits_is_not_lost() {
        failPages(77, Reason.UNAVAILABLE, 3);
        ask();
        BlobKey key = keys.next();
        filtering
                .put(
                        STORE,
                        key,
                        new BlobInfo(1, 0, 0, new byte[0]),
                        Payload.empty(),
                        CallContext.endingIn(Duration.ofMinutes(1), clock, ""))
                .join();
        clock.advance(Duration.ofSeconds(2));

        assertThat(isFilled()).isTrue();
        assertThat(filtering.peek(STORE, key)).isEqualTo(Peek.LIKELY);
    }
}
