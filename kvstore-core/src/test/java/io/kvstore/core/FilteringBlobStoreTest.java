package io.kvstore.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvstore.api.KVStoreException;
import io.kvstore.api.Payload;
import io.kvstore.api.Reason;
import io.kvstore.api.StoreId;
import io.kvstore.spi.BlobInfo;
import io.kvstore.spi.BlobKey;
import io.kvstore.spi.BlobPage;
import io.kvstore.spi.BlobStore;
import io.kvstore.spi.CallContext;
import io.kvstore.spi.KeyRange;
import io.kvstore.spi.Peek;
import io.kvstore.spi.PutResult;
import io.kvstore.testkit.ManualClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class FilteringBlobStoreTest {

    private static final StoreId STORE = new StoreId("acme", "llama");

    private static final Duration MAX_AGE = Duration.ofMinutes(10);

    private final MemoryBlobStore backend = MemoryBlobStore.builder().build();
    private final ManualClock clock = new ManualClock();
    private final Keys keys = new Keys(5);

    private FilteringBlobStore filtering(BlobStore inner) {
        return new FilteringBlobStore(
                inner, MAX_AGE, new TenantShares(Long.MAX_VALUE), clock, clock.scheduler(), Workers.IN_PLACE);
    }

    private static CallContext soon() {
        return CallContext.endingIn(Duration.ofMinutes(1), System::nanoTime, "");
    }

    private static void put(BlobStore to, BlobKey key) {
        to.put(STORE, key, new BlobInfo(1, 0, 0, new byte[0]), Payload.empty(), soon())
                .join();
    }

    /** As far away as a store in the cloud: it says nothing without being asked; counts what it is asked to list. */
    private static class FarStore extends ForwardingBlobStore {
        private final AskedBlobStore asked;
        final List<KeyRange> lists = new ArrayList<>();
        final List<StoreId> listed = new ArrayList<>();

        FarStore(BlobStore inner) {
            super(inner);
            asked = new AskedBlobStore(inner);
        }

        @Override
        public Peek peek(StoreId store, BlobKey key) {
            return asked.peek(store, key);
        }

        @Override
        public CompletableFuture<BlobPage> list(
                StoreId store, KeyRange range, Optional<String> from, CallContext context) {
            lists.add(range);
            listed.add(store);
            return super.list(store, range, from, context);
        }
    }

    /** Lists what is stored when it is asked, and answers when it is told to. */
    private static final class LateLister extends FarStore {
        final List<Runnable> answers = new ArrayList<>();

        LateLister(BlobStore inner) {
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

        /** Answers until nothing more is asked. */
        void answerAll() {
            while (!answers.isEmpty()) {
                answers.remove(0).run();
            }
        }
    }

    @Test
    void a_put_during_the_filling_is_not_lost_to_it() {
        LateLister lister = new LateLister(backend);
        FilteringBlobStore filtering = filtering(lister);
        BlobKey before = keys.next();
        put(backend, before);
        filtering.peek(STORE, keys.next()); // starts the filling
        BlobKey during = keys.next();
        put(filtering, during);
        lister.answerAll();

        assertThat(filtering.peek(STORE, keys.next()).isAbsent()).isTrue();
        assertThat(filtering.peek(STORE, before)).isEqualTo(Peek.LIKELY);
        assertThat(filtering.peek(STORE, during)).isEqualTo(Peek.LIKELY);
    }

    @Test
    void a_put_that_is_under_way_when_the_filling_begins_is_not_lost_to_it() {
        LateLister lister = new LateLister(backend);
        CompletableFuture<Void> stored = new CompletableFuture<>();
        FilteringBlobStore filtering = filtering(new ForwardingBlobStore(lister) {
            @Override
            public CompletableFuture<PutResult> put(
                    StoreId store, BlobKey key, BlobInfo info, Payload payload, CallContext context) {
                return stored.thenCompose(now -> super.put(store, key, info, Payload.empty(), context));
            }
        });
        BlobKey key = keys.next();
        var put = filtering.put(STORE, key, new BlobInfo(1, 0, 0, new byte[0]), Payload.empty(), soon());
        filtering.peek(STORE, keys.next());
        stored.complete(null);
        put.join();
        lister.answerAll();

        assertThat(filtering.peek(STORE, keys.next()).isAbsent()).isTrue();
        assertThat(filtering.peek(STORE, key)).isEqualTo(Peek.LIKELY);
    }

    @Test
    void it_grows_with_what_is_put_and_stays_sharp() {
        FilteringBlobStore filtering = filtering(new FarStore(backend));
        filtering.peek(STORE, keys.next());
        List<BlobKey> stored = new ArrayList<>();
        for (int i = 0; i < 20_000; i++) {
            BlobKey key = keys.next();
            put(filtering, key);
            stored.add(key);
        }

        assertThat(stored).allMatch(key -> filtering.peek(STORE, key).equals(Peek.LIKELY));
        int wrong = 0;
        for (int i = 0; i < 20_000; i++) {
            wrong += filtering.peek(STORE, keys.next()).isAbsent() ? 0 : 1;
        }
        assertThat(wrong).isLessThan(60);
    }

    @Test
    void a_backend_that_knows_by_itself_answers_from_the_first_question_on_and_is_never_listed() {
        BlobKey stored = keys.next();
        put(backend, stored);
        int[] lists = {0};
        FilteringBlobStore filtering = filtering(new ForwardingBlobStore(backend) {
            @Override
            public CompletableFuture<BlobPage> list(
                    StoreId store, KeyRange range, Optional<String> from, CallContext context) {
                lists[0]++;
                return super.list(store, range, from, context);
            }
        });

        for (int i = 0; i < 3; i++) {
            assertThat(filtering.peek(STORE, keys.next()).isAbsent()).isTrue();
            assertThat(filtering.peek(STORE, stored).isPresent()).isTrue();
            put(filtering, keys.next());
            clock.advance(MAX_AGE);
        }
        assertThat(lists[0]).isZero();
    }

    @Test
    void what_another_process_stored_is_found_before_the_filter_reaches_its_age() {
        FarStore far = new FarStore(backend);
        FilteringBlobStore filtering = filtering(far);
        filtering.peek(STORE, keys.next());
        BlobKey ofAnother = keys.next();
        put(backend, ofAnother);
        int before = far.lists.size();

        clock.advance(MAX_AGE.dividedBy(2).minusMillis(1));
        assertThat(filtering.peek(STORE, ofAnother).isAbsent()).isTrue();
        assertThat(far.lists).hasSize(before);
        clock.advance(MAX_AGE.dividedBy(4).plusMillis(1));
        filtering.peek(STORE, keys.next()); // any question has it listed

        assertThat(far.lists).hasSizeGreaterThan(before);
        assertThat(filtering.peek(STORE, ofAnother)).isEqualTo(Peek.LIKELY);
    }

    /** The failure: it ruled out what others had stored since for as long as the listing took, or failed. */
    @Test
    void a_filter_past_its_age_rules_nothing_out_until_another_is_filled() {
        LateLister lister = new LateLister(backend);
        FilteringBlobStore filtering = filtering(lister);
        filtering.peek(STORE, keys.next());
        lister.answerAll();
        BlobKey ofAnother = keys.next();
        put(backend, ofAnother);
        BlobKey absent = keys.next();
        clock.advance(MAX_AGE.minusMillis(1));
        assertThat(filtering.peek(STORE, ofAnother).isAbsent()).isTrue();
        assertThat(lister.answers).as("pages asked for").hasSize(1);

        clock.advance(Duration.ofMillis(1));
        assertThat(filtering.peek(STORE, ofAnother)).isEqualTo(Peek.UNKNOWN);
        assertThat(filtering.peek(STORE, absent)).isEqualTo(Peek.UNKNOWN);
        lister.answerAll();

        assertThat(filtering.peek(STORE, ofAnother)).isEqualTo(Peek.LIKELY);
        assertThat(filtering.peek(STORE, absent).isAbsent()).isTrue();
    }

    /** The age counts from the start of the listing: what was stored after its page was taken is not in it. */
    @Test
    void a_store_that_nobody_asked_about_for_longer_than_the_age_is_unknown_at_first() {
        LateLister lister = new LateLister(backend);
        FilteringBlobStore filtering = filtering(lister);
        filtering.peek(STORE, keys.next());
        lister.answerAll();
        BlobKey ofAnother = keys.next();
        put(backend, ofAnother);

        clock.advance(Duration.ofHours(1));
        assertThat(lister.answers).as("pages asked for while nobody asks").isEmpty();
        assertThat(filtering.peek(STORE, ofAnother)).isEqualTo(Peek.UNKNOWN);
    }

    /** The failure: after a start all stores are filled, and would be listed again, at the same time. */
    @Test
    void stores_whose_filters_grow_old_together_are_listed_a_few_at_a_time() {
        LateLister lister = new LateLister(backend);
        FilteringBlobStore filtering = filtering(lister);
        List<StoreId> stores = IntStream.range(0, 20)
                .mapToObj(i -> new StoreId("tenant-" + i, "llama"))
                .toList();
        stores.forEach(store -> filtering.peek(store, keys.next()));
        lister.answerAll();

        clock.advance(MAX_AGE.multipliedBy(3).dividedBy(4));
        int before = lister.lists.size();
        stores.forEach(store -> filtering.peek(store, keys.next()));
        assertThat(lister.answers).hasSize(4);
        lister.answers.remove(0).run();
        assertThat(lister.answers).hasSize(4);
        lister.answerAll();

        assertThat(lister.lists).hasSize(before + stores.size());
    }

    /** The failure: four large containers of one tenant, and nobody else's filter was filled anew in time. */
    @Test
    void the_stores_of_one_tenant_leave_turns_to_those_of_others() {
        LateLister lister = new LateLister(backend);
        FilteringBlobStore filtering = filtering(lister);
        List<StoreId> many = IntStream.range(0, 20)
                .mapToObj(i -> new StoreId("acme", "container-" + i))
                .toList();
        StoreId ofAnother = new StoreId("globex", "llama");
        many.forEach(store -> filtering.peek(store, keys.next()));
        filtering.peek(ofAnother, keys.next());
        lister.answerAll();
        lister.listed.clear();

        clock.advance(MAX_AGE.multipliedBy(3).dividedBy(4));
        many.forEach(store -> filtering.peek(store, keys.next()));
        filtering.peek(ofAnother, keys.next());
        assertThat(lister.listed).hasSize(3).endsWith(ofAnother);
        lister.answerAll();

        assertThat(lister.listed).hasSize(many.size() + 1).containsAll(many);
    }

    /** The failure: pages that waited for half an hour to be asked again held all turns. */
    @Test
    void a_listing_that_waits_to_be_asked_again_keeps_nobody_waiting_and_goes_on() {
        boolean[] busy = {false};
        FarStore far = new FarStore(new ForwardingBlobStore(backend) {
            @Override
            public CompletableFuture<BlobPage> list(
                    StoreId store, KeyRange range, Optional<String> from, CallContext context) {
                return busy[0] && !store.equals(STORE)
                        ? CompletableFuture.failedFuture(new KVStoreException(Reason.RESOURCE_EXHAUSTED, "busy"))
                        : super.list(store, range, from, context);
            }
        });
        FilteringBlobStore filtering = filtering(far);
        List<StoreId> busyOnes = IntStream.range(0, 6)
                .mapToObj(i -> new StoreId("busy-" + i, "llama"))
                .toList();
        busyOnes.forEach(store -> filtering.peek(store, keys.next()));
        filtering.peek(STORE, keys.next());
        busy[0] = true;
        far.listed.clear();

        clock.advance(MAX_AGE.multipliedBy(3).dividedBy(4));
        busyOnes.forEach(store -> filtering.peek(store, keys.next()));
        filtering.peek(STORE, keys.next());
        assertThat(far.listed).containsAll(busyOnes).endsWith(STORE);

        busy[0] = false;
        far.listed.clear();
        clock.advance(Duration.ofSeconds(1));
        assertThat(far.listed).containsExactlyInAnyOrderElementsOf(busyOnes);
    }

    @Test
    void stores_that_were_filled_together_are_not_due_together() {
        FarStore far = new FarStore(backend);
        FilteringBlobStore filtering = filtering(far);
        List<StoreId> stores = IntStream.range(0, 100)
                .mapToObj(i -> new StoreId("tenant-" + i, "llama"))
                .toList();
        stores.forEach(store -> filtering.peek(store, keys.next()));
        int before = far.lists.size();

        clock.advance(MAX_AGE.multipliedBy(5).dividedBy(8)); // the middle of when they become due
        stores.forEach(store -> filtering.peek(store, keys.next()));

        assertThat(far.lists.size() - before).isBetween(20, 80);
    }

    @Test
    void a_large_store_far_away_is_listed_range_by_range_and_once() {
        List<BlobKey> stored = new ArrayList<>();
        for (int i = 0; i < 12_000; i++) {
            stored.add(keys.next());
            put(backend, stored.get(i));
        }
        FarStore far = new FarStore(backend);
        FilteringBlobStore filtering = filtering(far);
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
        FilteringBlobStore filtering = filtering(far);
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
        FilteringBlobStore filtering = filtering(new ForwardingBlobStore(new AskedBlobStore(backend)) {
            @Override
            public CompletableFuture<BlobPage> list(
                    StoreId store, KeyRange range, Optional<String> from, CallContext context) {
                pages.add(range + from.orElse("first"));
                return from.isPresent()
                        ? CompletableFuture.completedFuture(new BlobPage(List.of(), Optional.empty()))
                        : super.list(store, range, from, context)
                                .thenApply(page -> new BlobPage(page.keys(), Optional.of("second")));
            }
        });

        assertThat(filtering.peek(STORE, keys.next()).isAbsent()).isTrue();
        assertThat(filtering.peek(STORE, stored).isAbsent()).isFalse();
        assertThat(pages).containsExactly(KeyRange.ALL + "first", KeyRange.ALL + "second");
    }

    @Test
    void a_listing_that_fails_in_one_range_is_tried_again_and_rules_nothing_out_meanwhile() {
        List<BlobKey> stored = new ArrayList<>();
        for (int i = 0; i < 6_000; i++) {
            stored.add(keys.next());
            put(backend, stored.get(i));
        }
        boolean[] broken = {true};
        FilteringBlobStore filtering = filtering(new ForwardingBlobStore(new AskedBlobStore(backend)) {
            @Override
            public CompletableFuture<BlobPage> list(
                    StoreId store, KeyRange range, Optional<String> from, CallContext context) {
                return broken[0] && range.first() == 77
                        ? CompletableFuture.failedFuture(new KVStoreException(Reason.UNAVAILABLE, "down"))
                        : super.list(store, range, from, context);
            }
        });
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
