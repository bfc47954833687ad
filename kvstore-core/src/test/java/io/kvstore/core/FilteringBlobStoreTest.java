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
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class FilteringBlobStoreTest {

    private static final StoreId STORE = new StoreId("acme", "llama");

    private static final Duration MAX_AGE = Duration.ofMinutes(10);

    private final MemoryBlobStore backend = MemoryBlobStore.builder().build();
    private final Keys keys = new Keys(5);

    private static CallContext soon() {
        return CallContext.endingIn(Duration.ofMinutes(1), System::nanoTime, "");
    }

    private static void put(io.kvstore.spi.BlobStore to, BlobKey key) {
        to.put(STORE, key, new BlobInfo(1, 0, 0, new byte[0]), Payload.empty(), soon())
                .join();
    }

    /** Lists what is stored when it is asked, and answers when it is told to. */
    private static final class LateLister extends ForwardingBlobStore {
        final List<Runnable> answers = new ArrayList<>();

        LateLister(MemoryBlobStore inner) {
            super(inner);
        }

        @Override
        public CompletableFuture<BlobPage> list(
                StoreId store, KeyRange range, Optional<String> from, CallContext context) {
            BlobPage now = super.list(store, range, from, context).join();
            CompletableFuture<BlobPage> answer = new CompletableFuture<>();
            answers.add(() -> answer.complete(now));
            return answer;
        }

        @Override
        public List<StoreId> knownStores() {
            return List.of();
        }
    }

    @Test
    void a_put_during_the_filling_is_not_lost_to_it() {
        LateLister lister = new LateLister(backend);
        FilteringBlobStore filtering = new FilteringBlobStore(
                lister, MAX_AGE, new SpaceBudget(Long.MAX_VALUE), System::nanoTime, Runnable::run);
        BlobKey before = keys.next();
        put(backend, before);
        filtering.peek(STORE, keys.next()); // starts the filling
        BlobKey during = keys.next();
        put(filtering, during);
        lister.answers.forEach(Runnable::run);

        assertThat(filtering.peek(STORE, keys.next()).isAbsent()).isTrue();
        assertThat(filtering.peek(STORE, before).isPresent()).isTrue();
        assertThat(filtering.peek(STORE, during).isPresent()).isTrue();
    }

    @Test
    void a_put_that_is_under_way_when_the_filling_begins_is_not_lost_to_it() {
        LateLister lister = new LateLister(backend);
        CompletableFuture<Void> stored = new CompletableFuture<>();
        FilteringBlobStore filtering = new FilteringBlobStore(
                new ForwardingBlobStore(lister) {
                    @Override
                    public CompletableFuture<io.kvstore.spi.PutResult> put(
                            StoreId store, BlobKey key, BlobInfo info, Payload payload, CallContext context) {
                        return stored.thenCompose(now -> super.put(store, key, info, Payload.empty(), context));
                    }
                },
                MAX_AGE,
                new SpaceBudget(Long.MAX_VALUE),
                System::nanoTime,
                Runnable::run);
        BlobKey key = keys.next();
        var put = filtering.put(STORE, key, new BlobInfo(1, 0, 0, new byte[0]), Payload.empty(), soon());
        filtering.peek(STORE, keys.next());
        stored.complete(null);
        put.join();
        lister.answers.forEach(Runnable::run);

        assertThat(filtering.peek(STORE, key).isPresent()).isTrue();
    }

    @Test
    void it_grows_with_what_is_put_and_stays_sharp() {
        FilteringBlobStore filtering = new FilteringBlobStore(
                backend, MAX_AGE, new SpaceBudget(Long.MAX_VALUE), System::nanoTime, Runnable::run);
        List<BlobKey> stored = new ArrayList<>();
        for (int i = 0; i < 20_000; i++) {
            BlobKey key = keys.next();
            put(filtering, key);
            stored.add(key);
        }

        assertThat(stored).allMatch(key -> filtering.peek(STORE, key).isPresent());
        // Asked beneath the exact index of the backend, only the filter can say absent.
        FilteringBlobStore overUnknown = new FilteringBlobStore(
                new AskedBlobStore(backend), MAX_AGE, new SpaceBudget(Long.MAX_VALUE), System::nanoTime, Runnable::run);
        int wrong = 0;
        for (int i = 0; i < 20_000; i++) {
            wrong += overUnknown.peek(STORE, keys.next()).isAbsent() ? 0 : 1;
        }
        assertThat(wrong).isLessThan(60);
    }

    @Test
    void stores_that_a_local_backend_holds_are_filtered_from_the_first_question_on() {
        for (int i = 0; i < 12_000; i++) {
            put(backend, keys.next()); // more than a page
        }
        int[] lists = {0};
        FilteringBlobStore filtering = new FilteringBlobStore(
                new ForwardingBlobStore(backend) {
                    @Override
                    public CompletableFuture<BlobPage> list(
                            StoreId store, KeyRange range, Optional<String> from, CallContext context) {
                        lists[0]++;
                        return super.list(store, range, from, context);
                    }
                },
                MAX_AGE,
                new SpaceBudget(Long.MAX_VALUE),
                System::nanoTime,
                Runnable::run);
        int atStart = lists[0];

        assertThat(filtering.peek(STORE, keys.next()).isAbsent()).isTrue();
        assertThat(atStart).isPositive();
        assertThat(lists[0]).isEqualTo(atStart);
    }

    /** As far away as a store in the cloud; counts what it is asked to list. */
    private static final class FarStore extends ForwardingBlobStore {
        private final AskedBlobStore asked;
        final List<KeyRange> lists = new ArrayList<>();

        FarStore(MemoryBlobStore inner) {
            super(inner);
            asked = new AskedBlobStore(inner);
        }

        @Override
        public Peek peek(StoreId store, BlobKey key) {
            return asked.peek(store, key);
        }

        @Override
        public List<StoreId> knownStores() {
            return asked.knownStores();
        }

        @Override
        public CompletableFuture<BlobPage> list(
                StoreId store, KeyRange range, Optional<String> from, CallContext context) {
            lists.add(range);
            return super.list(store, range, from, context);
        }
    }

    @Test
    void what_another_process_stored_is_found_when_the_filter_has_grown_old() {
        ManualClock clock = new ManualClock();
        FarStore far = new FarStore(backend);
        FilteringBlobStore filtering =
                new FilteringBlobStore(far, MAX_AGE, new SpaceBudget(Long.MAX_VALUE), clock, Runnable::run);
        filtering.peek(STORE, keys.next());
        BlobKey ofAnother = keys.next();
        put(backend, ofAnother);
        assertThat(filtering.peek(STORE, ofAnother).isAbsent()).isTrue();

        clock.advance(MAX_AGE.minusMillis(1));
        assertThat(filtering.peek(STORE, ofAnother).isAbsent()).isTrue();
        int before = far.lists.size();
        clock.advance(Duration.ofMillis(1));
        filtering.peek(STORE, ofAnother); // starts the listing

        assertThat(filtering.peek(STORE, ofAnother).isAbsent()).isFalse();
        assertThat(far.lists).hasSizeGreaterThan(before);
    }

    @Test
    void a_filter_in_front_of_a_backend_that_knows_by_itself_is_not_filled_again() {
        ManualClock clock = new ManualClock();
        put(backend, keys.next());
        int[] lists = {0};
        FilteringBlobStore filtering = new FilteringBlobStore(
                new ForwardingBlobStore(backend) {
                    @Override
                    public CompletableFuture<BlobPage> list(
                            StoreId store, KeyRange range, Optional<String> from, CallContext context) {
                        lists[0]++;
                        return super.list(store, range, from, context);
                    }
                },
                MAX_AGE,
                new SpaceBudget(Long.MAX_VALUE),
                clock,
                Runnable::run);
        filtering.peek(STORE, keys.next());
        int before = lists[0];
        clock.advance(MAX_AGE.multipliedBy(3));
        filtering.peek(STORE, keys.next());

        assertThat(lists[0]).isEqualTo(before);
    }

    @Test
    void a_large_store_far_away_is_listed_range_by_range_and_once() {
        List<BlobKey> stored = new ArrayList<>();
        for (int i = 0; i < 12_000; i++) {
            stored.add(keys.next());
            put(backend, stored.get(i));
        }
        FarStore far = new FarStore(backend);
        FilteringBlobStore filtering =
                new FilteringBlobStore(far, MAX_AGE, new SpaceBudget(Long.MAX_VALUE), System::nanoTime, Runnable::run);
        filtering.peek(STORE, keys.next());

        assertThat(stored).noneMatch(key -> filtering.peek(STORE, key).isAbsent());
        // The page that shows that there are more, one range that shows how many, and all ranges.
        assertThat(far.lists).hasSize(2 + KeyRange.COUNT);
    }

    @Test
    void a_small_store_far_away_is_one_page() {
        for (int i = 0; i < 4_000; i++) {
            put(backend, keys.next());
        }
        FarStore far = new FarStore(backend);
        FilteringBlobStore filtering =
                new FilteringBlobStore(far, MAX_AGE, new SpaceBudget(Long.MAX_VALUE), System::nanoTime, Runnable::run);
        filtering.peek(STORE, keys.next());

        // Once to see how many there are, once into a filter of that size.
        assertThat(far.lists).containsExactly(KeyRange.ALL, KeyRange.ALL);
    }

    /** Two accounts share a store: the listing goes through one after the other, and the second has nothing. */
    @Test
    void a_small_store_of_several_accounts_is_a_page_of_each() {
        BlobKey stored = keys.next();
        put(backend, stored);
        List<String> pages = new ArrayList<>();
        FilteringBlobStore filtering = new FilteringBlobStore(
                new ForwardingBlobStore(new AskedBlobStore(backend)) {
                    @Override
                    public CompletableFuture<BlobPage> list(
                            StoreId store, KeyRange range, Optional<String> from, CallContext context) {
                        pages.add(range + from.orElse("first"));
                        return from.isPresent()
                                ? CompletableFuture.completedFuture(new BlobPage(List.of(), Optional.empty()))
                                : super.list(store, range, from, context)
                                        .thenApply(page -> new BlobPage(page.keys(), Optional.of("second")));
                    }
                },
                MAX_AGE,
                new SpaceBudget(Long.MAX_VALUE),
                System::nanoTime,
                Runnable::run);

        assertThat(filtering.peek(STORE, keys.next()).isAbsent()).isTrue();
        assertThat(filtering.peek(STORE, stored).isAbsent()).isFalse();
        assertThat(pages).containsExactly(KeyRange.ALL + "first", KeyRange.ALL + "second");
    }

    @Test
    void a_listing_that_fails_in_one_range_is_tried_again_and_rules_nothing_out_meanwhile() {
        ManualClock clock = new ManualClock();
        List<BlobKey> stored = new ArrayList<>();
        for (int i = 0; i < 6_000; i++) {
            stored.add(keys.next());
            put(backend, stored.get(i));
        }
        boolean[] broken = {true};
        FilteringBlobStore filtering = new FilteringBlobStore(
                new ForwardingBlobStore(new AskedBlobStore(backend)) {
                    @Override
                    public CompletableFuture<BlobPage> list(
                            StoreId store, KeyRange range, Optional<String> from, CallContext context) {
                        return broken[0] && range.first() == 77
                                ? CompletableFuture.failedFuture(new KVStoreException(Reason.UNAVAILABLE, "down"))
                                : super.list(store, range, from, context);
                    }
                },
                MAX_AGE,
                new SpaceBudget(Long.MAX_VALUE),
                clock,
                Runnable::run);
        assertThat(stored).noneMatch(key -> filtering.peek(STORE, key).isAbsent());
        BlobKey absent = keys.next();
        assertThat(filtering.peek(STORE, absent).isAbsent()).isFalse();

        broken[0] = false;
        clock.advance(Duration.ofSeconds(2));
        filtering.peek(STORE, absent);

        assertThat(filtering.peek(STORE, absent).isAbsent()).isTrue();
        assertThat(stored).noneMatch(key -> filtering.peek(STORE, key).isAbsent());
    }
}
