package io.kvstore.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvstore.api.Payload;
import io.kvstore.api.StoreId;
import io.kvstore.spi.BlobInfo;
import io.kvstore.spi.BlobKey;
import io.kvstore.spi.BlobPage;
import io.kvstore.spi.BlobStore;
import io.kvstore.spi.CallContext;
import io.kvstore.spi.KeyRange;
import io.kvstore.spi.Peek;
import io.kvstore.testkit.ManualClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Filters whose memory does not suffice: what is stored is found, and what is not is asked for. */
class FilterMemoryTest {

    private static final StoreId STORE = new StoreId("acme", "llama");
    private static final Duration MAX_AGE = Duration.ofMinutes(10);
    private static final int KEYS = 20_000;

    private final MemoryBlobStore backend = MemoryBlobStore.builder().build();
    private final ManualClock clock = new ManualClock();
    private final Keys keys = new Keys(5);

    private FilteringBlobStore filtering(TenantShares memory) {
        return filtering(new AskedBlobStore(backend), memory);
    }

    private FilteringBlobStore filtering(BlobStore source, TenantShares memory) {
        return new FilteringBlobStore(source, MAX_AGE, memory, clock, clock.scheduler(), Workers.IN_PLACE);
    }

    private StoreFilter filter(BlobStore source, TenantShares memory) {
        Turns refreshes = new Turns(1, Workers.IN_PLACE);
        return new StoreFilter(
                STORE,
                new StoreFilter.Shared(
                        source,
                        MAX_AGE,
                        memory,
                        refreshes,
                        clock,
                        clock.scheduler(),
                        Workers.IN_PLACE,
                        new LogLimit(clock)));
    }

    private BlobKey put(BlobStore to) {
        return put(to, STORE);
    }

    private BlobKey put(BlobStore to, StoreId store) {
        BlobKey key = keys.next();
        CallContext soon = CallContext.endingIn(Duration.ofMinutes(1), System::nanoTime, "");
        to.put(store, key, new BlobInfo(1, 0, 0, new byte[0]), Payload.empty(), soon)
                .join();
        return key;
    }

    private List<BlobKey> fill(BlobStore to) {
        return fill(to, STORE);
    }

    private List<BlobKey> fill(BlobStore to, StoreId store) {
        List<BlobKey> stored = new ArrayList<>();
        IntStream.range(0, KEYS).forEach(i -> stored.add(put(to, store)));
        return stored;
    }

    /** The failure: the first large tenant took all, and for all others every question was a request. */
    @Test
    void a_tenant_with_many_keys_leaves_room_for_the_filters_of_others() {
        fill(backend);
        StoreId other = new StoreId("globex", "llama");
        TenantShares memory = new TenantShares(KEYS * 4);
        FilteringBlobStore filtering = filtering(memory);
        filtering.peek(STORE, keys.next());
        for (int i = 0; i < 10; i++) { // stores of one tenant
            StoreId more = new StoreId(STORE.resource(), "llama-" + i);
            fill(backend, more);
            filtering.peek(more, keys.next());
        }
        fill(backend, other);

        assertThat(filtering.peek(other, keys.next()).isAbsent()).isTrue();
        assertThat(memory.used()).isBetween(1L, memory.max());
    }

    /** The failure: filters too old to say anything kept the memory that those in use had no room in. */
    @Test
    void a_store_that_nobody_asks_about_any_more_gives_its_memory_back() {
        fill(backend);
        TenantShares memory = new TenantShares(1 << 20);
        FilteringBlobStore filtering = filtering(memory);
        filtering.peek(STORE, keys.next());
        assertThat(memory.used()).isGreaterThan(KEYS);

        clock.advance(MAX_AGE.plusSeconds(1));
        filtering.peek(new StoreId("globex", "llama"), keys.next());

        assertThat(memory.used()).isBetween(1L, 1_000L);
    }

    /** Of a hundred keys that are not stored. */
    private long ruledOut(FilteringBlobStore filtering) {
        return IntStream.range(0, 100)
                .filter(i -> filtering.peek(STORE, keys.next()).isAbsent())
                .count();
    }

    @Test
    void a_filter_that_does_not_fit_is_made_smaller_and_rules_out_less() {
        List<BlobKey> stored = fill(backend);
        TenantShares memory =
                new TenantShares(KEYS * 3); // half of it for one tenant, and 2 bytes a key would be its full size
        FilteringBlobStore filtering = filtering(memory);

        assertThat(ruledOut(filtering)).isBetween(80L, 100L);
        assertThat(stored).noneMatch(key -> filtering.peek(STORE, key).isAbsent());
        assertThat(memory.used()).isBetween(1L, memory.max() / 2);
    }

    @Test
    void without_room_for_a_filter_every_question_goes_on() {
        List<BlobKey> stored = fill(backend);
        TenantShares memory = new TenantShares(2_000);
        FilteringBlobStore filtering = filtering(memory);

        assertThat(ruledOut(filtering)).isZero();
        assertThat(stored).noneMatch(key -> filtering.peek(STORE, key).isAbsent());
        assertThat(memory.used()).isLessThanOrEqualTo(memory.max() / 2);
    }

    @Test
    void a_filter_that_cannot_grow_stays_and_loses_no_key() {
        TenantShares memory = new TenantShares(2 * KEYS);
        FilteringBlobStore filtering = filtering(memory);
        filtering.peek(STORE, keys.next());
        List<BlobKey> stored = fill(filtering);

        assertThat(stored).noneMatch(key -> filtering.peek(STORE, key).isAbsent());
        assertThat(memory.used()).isBetween(1L, memory.max() / 2);
    }

    /** The failure: of a run only the last block is asked for, and one before it is there by a false positive alone. */
    @Test
    void a_filter_that_lets_much_through_calls_nothing_likely() {
        FilteringBlobStore filtering = filtering(new TenantShares(KEYS));
        filtering.peek(STORE, keys.next());
        BlobKey first = put(filtering);
        assertThat(filtering.peek(STORE, first)).isEqualTo(Peek.LIKELY);
        fill(filtering);

        assertThat(filtering.peek(STORE, first)).isEqualTo(Peek.UNKNOWN);
    }

    /** Answers what it is asked to list at once, or when it is told to. */
    private final class SlowLister extends ForwardingBlobStore {

        private final List<Runnable> answers = new ArrayList<>();
        private boolean slow;

        SlowLister() {
            super(new AskedBlobStore(backend));
        }

        @Override
        public CompletableFuture<BlobPage> list(
                StoreId store, KeyRange range, Optional<String> from, CallContext context) {
            CompletableFuture<BlobPage> now = super.list(store, range, from, context);
            if (!slow) {
                return now;
            }
            CompletableFuture<BlobPage> later = new CompletableFuture<>();
            answers.add(() -> later.complete(now.join()));
            return later;
        }

        void answerAll() {
            while (!answers.isEmpty()) {
                answers.remove(0).run();
            }
        }
    }

    /** The failure: it took so much that none fitted beside it, and went at half its age, for as long as a listing takes. */
    @Test
    void a_large_filter_answers_until_the_one_that_takes_its_place_is_filled() {
        fill(backend);
        SlowLister lister = new SlowLister();
        TenantShares memory = new TenantShares(KEYS * 15); // for one of 6 to 7 bytes a key, or several of 2 to 4
        FilteringBlobStore filtering = filtering(lister, memory);
        filtering.peek(STORE, keys.next());
        lister.slow = true;

        for (int i = 0; i < 5; i++) {
            BlobKey ofAnother = put(backend);
            assertThat(filtering.peek(STORE, ofAnother).isAbsent()).isTrue();
            clock.advance(MAX_AGE.multipliedBy(3).dividedBy(4));
            filtering.peek(STORE, keys.next());
            assertThat(lister.answers).as("pages asked for").isNotEmpty();
            assertThat(ruledOut(filtering)).isGreaterThan(98);
            assertThat(memory.used()).isBetween(1L, memory.max() / 2);

            lister.answerAll();
            assertThat(filtering.peek(STORE, ofAnother)).isEqualTo(Peek.LIKELY);
        }
    }

    /**
     * The failure: the old filter stays, and rules out for ever what other processes have stored since; or goes at half
     * its age, while it could still say something.
     */
    @Test
    void a_filter_that_nothing_fits_beside_goes_when_it_is_too_old_and_not_before() {
        fill(backend);
        SlowLister lister = new SlowLister();
        TenantShares memory = new TenantShares(KEYS * 3); // for one of 1 byte a key
        FilteringBlobStore filtering = filtering(lister, memory);
        filtering.peek(STORE, keys.next());
        BlobKey ofAnother = put(backend);
        assertThat(filtering.peek(STORE, ofAnother).isAbsent()).isTrue();
        lister.slow = true;

        clock.advance(MAX_AGE.multipliedBy(3).dividedBy(4));
        filtering.peek(STORE, keys.next());
        assertThat(ruledOut(filtering)).isGreaterThan(80);
        clock.advance(MAX_AGE.dividedBy(4));
        filtering.peek(STORE, ofAnother); // starts the listing
        assertThat(filtering.peek(STORE, ofAnother)).isEqualTo(Peek.UNKNOWN);
        lister.answerAll();

        assertThat(filtering.peek(STORE, ofAnother).isAbsent()).isFalse();
        assertThat(ruledOut(filtering)).isGreaterThan(80);
        assertThat(memory.used()).isBetween(1L, memory.max() / 2);
    }

    /** The failure: its bytes stayed taken, and the store never had a filter again. */
    @Test
    void a_filter_that_the_heap_has_no_room_for_takes_nothing_and_is_tried_again() {
        EndlessListing listing = new EndlessListing();
        TenantShares memory = new TenantShares(Long.MAX_VALUE);
        StoreFilter filter = filter(listing, memory);
        filter.peek(keys.next());
        assertThat(listing.pages).isZero();
        assertThat(memory.used()).isZero();

        listing.pages = 1;
        clock.advance(StoreFilter.LONGEST_PAUSE);
        assertThat(filter.peek(listing.page.get(0))).isEqualTo(Peek.LIKELY);
        assertThat(filter.peek(keys.next())).isEqualTo(Peek.ABSENT);
    }

    /** Says that it has more keys than the heap of a test can have a filter for. */
    private final class EndlessListing extends ForwardingBlobStore {

        private final List<BlobKey> page =
                IntStream.range(0, 5_000).mapToObj(i -> keys.next()).toList();

        private long pages = BlockedBloomFilter.MAX_KEYS / KeyRange.COUNT / page.size() + 2;

        EndlessListing() {
            super(backend);
        }

        @Override
        public CompletableFuture<BlobPage> list(
                StoreId store, KeyRange range, Optional<String> from, CallContext context) {
            pages--;
            return CompletableFuture.completedFuture(
                    new BlobPage(page, pages > 0 ? Optional.of("more") : Optional.empty()));
        }
    }

    @Test
    void a_filter_that_is_forgotten_gives_its_memory_back() {
        fill(backend);
        TenantShares memory = new TenantShares(1 << 20);
        StoreFilter filter = filter(new AskedBlobStore(backend), memory);
        filter.peek(keys.next());
        assertThat(memory.used()).isGreaterThan(KEYS);

        filter.close();
        assertThat(memory.used()).isZero();
        filter.peek(keys.next());
        assertThat(memory.used()).isZero();
    }
}
