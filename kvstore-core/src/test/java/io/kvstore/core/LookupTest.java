package io.kvstore.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.kvstore.api.BlockLocation;
import io.kvstore.api.CallOptions;
import io.kvstore.api.KVStore;
import io.kvstore.api.KVStoreException;
import io.kvstore.api.LookupQuery;
import io.kvstore.api.LookupResult;
import io.kvstore.api.Payload;
import io.kvstore.api.PromptChunk;
import io.kvstore.api.Reason;
import io.kvstore.api.StoreId;
import io.kvstore.api.Tier;
import io.kvstore.api.TokenBlocks;
import io.kvstore.spi.BlobKey;
import io.kvstore.testkit.BlobCall;
import io.kvstore.testkit.BlobCall.Kind;
import io.kvstore.testkit.ManualClock;
import io.kvstore.testkit.PromptChain;
import io.kvstore.testkit.Prompts;
import io.kvstore.testkit.RecordingBlobStore;
import io.kvstore.testkit.ScriptedBlobStore;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a lookup costs a backend across a network, and what it answers when that backend is in trouble. */
class LookupTest {

    private static final StoreId STORE = new StoreId("acme", "llama");

    private final ManualClock clock = new ManualClock();
    private final ScriptedBlobStore backend = ScriptedBlobStore.farAway();
    private final RecordingBlobStore recorded = RecordingBlobStore.over(backend);
    private final Prompts prompts = Prompts.seeded(11);
    private CoreKVStores stores = open();
    private KVStore store = stores.store(STORE);

    private CoreKVStores open() {
        return CoreKVStores.builder(recorded)
                .nanoClock(clock)
                .timer(clock.scheduler())
                .filterMaxAge(Duration.ofHours(1)) // not as old as what the tests let the positive cache become
                .build();
    }

    /** A server that knows nothing but what the filter was filled with. */
    private void restart() {
        stores = open();
        store = stores.store(STORE);
        store.lookup(LookupQuery.of(prompts.blocks(1))).join();
        recorded.reset();
    }

    @AfterEach
    void close() {
        backend.heal();
        stores.close();
    }

    private PromptChain stored(int blocks) {
        PromptChain chain = prompts.chain(blocks);
        write(chain, 0, blocks);
        return chain;
    }

    private void write(PromptChain chain, int from, int to) {
        for (int i = from; i < to; i++) {
            try (PromptChunk chunk = chain.chunk(i, Payload.wrap(new byte[] {1}))) {
                store.write(chunk).join();
            }
        }
    }

    /** What lookups asked. A filter that grows lists the store on a thread of its own, whenever that runs. */
    private List<BlobCall> requests() {
        return recorded.calls().stream()
                .filter(call -> call.kind() != Kind.LIST)
                .toList();
    }

    private static BlobKey key(PromptChain chain, int block) {
        return new BlockKeys(chain.partitionKey()).key(chain.tokens(), block, chain.parentHash(block));
    }

    private static Reason reasonOf(CompletableFuture<?> call) {
        try {
            call.join();
            throw new AssertionError("expected a failure");
        } catch (CompletionException e) {
            return KVStoreException.of(e).reason();
        }
    }

    @Test
    void a_miss_costs_no_request_and_one_key() {
        stored(10);
        restart();
        LookupQuery long_miss = LookupQuery.of(prompts.tokens(1_024_000));

        assertThat(store.lookup(long_miss).join().cachedBlocks()).isZero();
        assertThat(requests()).isEmpty();
    }

    @Test
    void a_thousand_stored_blocks_cost_one_request_on_a_cold_server() {
        PromptChain chain = stored(1_000);
        restart();

        assertThat(store.lookup(chain.query()).join().cachedBlocks()).isEqualTo(1_000);
        assertThat(requests()).singleElement().satisfies(call -> {
            assertThat(call.kind()).isEqualTo(Kind.HEAD);
            assertThat(call.key()).contains(key(chain, 999));
        });
    }

    @Test
    void what_was_confirmed_lately_costs_no_request() {
        PromptChain chain = stored(50);
        restart();
        store.lookup(chain.query()).join();
        recorded.reset();

        assertThat(store.lookup(chain.query()).join().cachedBlocks()).isEqualTo(50);
        assertThat(requests()).isEmpty();
    }

    @Test
    void what_was_confirmed_long_ago_is_confirmed_again() {
        PromptChain chain = stored(50);
        restart();
        store.lookup(chain.query()).join();
        clock.advance(RememberingBlobStore.DEFAULT_AGE.plusSeconds(1));
        recorded.reset();
        store.lookup(chain.query()).join();

        assertThat(recorded.countOf(Kind.HEAD)).isEqualTo(1);
    }

    @Test
    void what_was_just_written_costs_no_request() {
        PromptChain chain = stored(50);
        recorded.reset();

        assertThat(store.lookup(chain.query()).join().cachedBlocks()).isEqualTo(50);
        assertThat(recorded.countOf(Kind.HEAD) + recorded.countOf(Kind.GET)).isZero();
    }

    @Test
    void a_tail_that_was_evicted_is_found_out_in_a_few_parallel_rounds() {
        for (int left : new int[] {0, 1, 2, 499, 998, 999}) {
            PromptChain chain = stored(1_000);
            for (int i = left; i < 1_000; i++) {
                backend.delete(STORE, key(chain, i), context()).join();
            }
            restartWithStaleFilter();

            assertThat(store.lookup(chain.query()).join().cachedBlocks()).isEqualTo(left);
            assertThat(recorded.countOf(Kind.HEAD)).isLessThanOrEqualTo(1 + 4 * 8);
        }
    }

    /** The filter still admits what was deleted; only the positive cache is cold. */
    private void restartWithStaleFilter() {
        clock.advance(RememberingBlobStore.DEFAULT_AGE.plusSeconds(1));
        recorded.reset();
    }

    private static io.kvstore.spi.CallContext context() {
        return io.kvstore.spi.CallContext.endingIn(Duration.ofMinutes(1), System::nanoTime, "");
    }

    @Test
    void foreign_hashes_without_expectations_are_followed_block_by_block() {
        PromptChain chain = prompts.foreignChain(12);
        write(chain, 0, 12);
        restart();

        assertThat(store.lookup(chain.query()).join().lastHash()).isEqualTo(chain.hash(11));
    }

    @Test
    void foreign_hashes_that_are_expected_cost_one_request() {
        PromptChain chain = prompts.foreignChain(300);
        write(chain, 0, 300);
        restart();

        assertThat(store.lookup(chain.queryExpectingHashes()).join().cachedBlocks())
                .isEqualTo(300);
        assertThat(requests()).hasSize(1);
    }

    @Test
    void a_last_block_with_another_hash_than_expected_ends_the_run_before_it() {
        PromptChain chain = stored(5);
        restart();
        long[] expected = chain.hashes().clone();
        expected[4]++;

        assertThat(store.lookup(chain.query().expecting(expected)).join().cachedBlocks())
                .isEqualTo(4);
    }

    @Test
    void trouble_with_nothing_sure_is_unavailable_and_never_a_miss() {
        PromptChain chain = stored(5);
        restart();
        backend.every(Kind.HEAD).fails(Reason.UNAVAILABLE);

        assertThat(reasonOf(store.lookup(chain.query()))).isEqualTo(Reason.UNAVAILABLE);
    }

    @Test
    void trouble_behind_a_sure_prefix_is_answered_with_the_prefix_and_said() {
        PromptChain chain = stored(8);
        restart();
        // Confirms the first five only.
        TokenBlocks head = TokenBlocks.of(java.util.Arrays.copyOf(chain.tokens().toArray(), 5 * 128));
        PromptChain prefix = PromptChain.own("", head);
        for (int i = 0; i < 5; i++) {
            store.read(key(prefix, i).name()).join().close();
        }
        backend.every(Kind.HEAD).fails(Reason.UNAVAILABLE);

        LookupResult result = store.lookup(chain.query()).join();
        assertThat(result.cachedBlocks()).isEqualTo(5);
        assertThat(result.degraded()).isTrue();
    }

    @Test
    void a_frozen_storage_ends_the_lookup_before_the_callers_time_is_up() {
        PromptChain chain = stored(5);
        restart();
        backend.every(Kind.HEAD).isNeverAnswered();
        CompletableFuture<LookupResult> lookup =
                store.lookup(chain.query(), CallOptions.DEFAULT.withTimeout(Duration.ofSeconds(10)));
        clock.advance(Duration.ofSeconds(7));
        assertThat(lookup).isNotDone();
        clock.advance(Duration.ofSeconds(2));

        assertThat(reasonOf(lookup)).isEqualTo(Reason.UNAVAILABLE);
        assertThat(recorded.cancelledCount()).isEqualTo(1);
        assertThat(clock.pendingTasks()).isZero();
    }

    @Test
    void cancelling_a_lookup_cancels_its_request() {
        PromptChain chain = stored(5);
        restart();
        backend.every(Kind.HEAD).isHeld();
        CompletableFuture<LookupResult> lookup = store.lookup(chain.query());
        lookup.cancel(true);

        assertThat(recorded.cancelledCount()).isEqualTo(1);
        assertThat(clock.pendingTasks()).isZero();
    }

    @Test
    void a_filter_that_can_not_be_filled_hides_nothing() {
        PromptChain chain = stored(20);
        backend.every(Kind.LIST).fails(Reason.UNAVAILABLE);
        stores = open();
        store = stores.store(STORE);

        assertThat(store.lookup(chain.query()).join().cachedBlocks()).isEqualTo(20);
    }

    @Test
    void a_filter_that_could_not_be_filled_is_filled_later() {
        stored(3);
        backend.every(Kind.LIST).fails(Reason.PERMISSION_DENIED); // not tried again by workers, but by a question
        stores = open();
        store = stores.store(STORE);
        store.lookup(LookupQuery.of(prompts.blocks(1))).join();
        backend.heal();
        clock.advance(Duration.ofSeconds(2));
        store.lookup(LookupQuery.of(prompts.blocks(1))).join();
        recorded.reset();

        store.lookup(LookupQuery.of(prompts.blocks(4))).join();
        assertThat(requests()).isEmpty();
    }

    /** The failure: UNAVAILABLE of a name that no account can have, which clients tried again. */
    @ParameterizedTest
    @EnumSource(
            value = Reason.class,
            names = {"INVALID_ARGUMENT", "NOT_FOUND", "PERMISSION_DENIED", "UNAUTHENTICATED", "RESOURCE_EXHAUSTED"})
    void what_the_backend_refuses_is_said_as_it_is(Reason reason) {
        backend.every(Kind.LIST).fails(reason);
        backend.every(Kind.HEAD).fails(reason);

        assertThat(reasonOf(store.lookup(prompts.chain(2).query()))).isEqualTo(reason);
    }

    /** As after a start, when many lookups come before the listing of a large store has ended. */
    private void restartWithoutFilter() {
        backend.every(Kind.LIST).fails(Reason.UNAVAILABLE);
        stores = open();
        store = stores.store(STORE);
        recorded.reset();
    }

    private void delete(PromptChain chain, int block) {
        backend.delete(STORE, key(chain, block), context()).join();
    }

    @Test
    void a_front_that_is_missing_is_found_out_before_the_filter_is_filled() {
        PromptChain chain = stored(1_000);
        delete(chain, 0);
        restartWithoutFilter();

        assertThat(store.lookup(chain.query()).join().cachedBlocks()).isZero();
        assertThat(recorded.countOf(Kind.HEAD)).isLessThanOrEqualTo(8);
    }

    @Test
    void a_large_hole_is_found_out_before_the_filter_is_filled() {
        PromptChain chain = stored(1_000);
        for (int i = 300; i < 600; i++) {
            delete(chain, i);
        }
        restartWithoutFilter();

        assertThat(store.lookup(chain.query()).join().cachedBlocks()).isEqualTo(300);
        assertThat(recorded.countOf(Kind.HEAD)).isLessThanOrEqualTo(4 * 8);
    }

    @Test
    void a_hole_among_eight_blocks_is_found_out_before_the_filter_is_filled() {
        for (int hole = 0; hole < 8; hole++) {
            PromptChain chain = stored(8);
            delete(chain, hole);
            restartWithoutFilter();

            assertThat(store.lookup(chain.query()).join().cachedBlocks()).isEqualTo(hole);
        }
    }

    /** The failure: the last block was known, and those before it were counted without a question. */
    @Test
    void a_last_block_that_is_known_says_nothing_of_those_before_it_until_the_filter_is_filled() {
        PromptChain chain = stored(6);
        for (int i = 0; i < 5; i++) {
            delete(chain, i);
        }
        restartWithoutFilter();
        store.read(key(chain, 5).name()).join().close();
        recorded.reset();

        assertThat(store.lookup(chain.query()).join().cachedBlocks()).isZero();
        assertThat(recorded.countOf(Kind.HEAD)).isEqualTo(5);
    }

    @Test
    void a_run_of_known_blocks_costs_no_request_before_the_filter_is_filled() {
        PromptChain chain = stored(6);
        restartWithoutFilter();
        store.lookup(chain.query()).join();
        recorded.reset();

        assertThat(store.lookup(chain.query()).join().cachedBlocks()).isEqualTo(6);
        assertThat(requests()).isEmpty();
    }

    @Test
    void a_thousand_stored_blocks_cost_eight_requests_at_once_before_the_filter_is_filled() {
        PromptChain chain = stored(1_000);
        restartWithoutFilter();
        backend.every(Kind.HEAD).isHeld();

        CompletableFuture<LookupResult> lookup = store.lookup(chain.query());

        assertThat(recorded.underWayCount()).isEqualTo(8);
        backend.heal();
        backend.releaseHeld();
        assertThat(lookup.join().cachedBlocks()).isEqualTo(1_000);
        assertThat(recorded.countOf(Kind.HEAD)).isEqualTo(8);
    }

    @Test
    void blocks_that_only_the_filter_speaks_for_are_far_away_and_of_unknown_size() {
        PromptChain chain = stored(3);
        restart();
        store.read(key(chain, 0).name()).join().close();

        assertThat(store.lookup(chain.query()).join().blocks())
                .extracting(BlockLocation::tier, BlockLocation::sizeBytes)
                .containsExactly(tuple(Tier.REMOTE, 1L), tuple(Tier.REMOTE, 0L), tuple(Tier.REMOTE, 1L));
    }

    @Test
    void without_a_positive_cache_each_lookup_is_confirmed() {
        PromptChain chain = stored(50);
        stores = CoreKVStores.builder(recorded)
                .positiveCacheMaxAge(Duration.ZERO)
                .nanoClock(clock)
                .timer(clock.scheduler())
                .filterMaxAge(Duration.ofHours(1)) // not as old as what the tests let the positive cache become
                .build();
        store = stores.store(STORE);
        store.lookup(LookupQuery.of(prompts.blocks(1))).join();
        recorded.reset();

        for (int i = 1; i <= 3; i++) {
            assertThat(store.lookup(chain.query()).join().cachedBlocks()).isEqualTo(50);
            assertThat(recorded.countOf(Kind.HEAD)).isEqualTo(i);
        }
    }

    @Test
    void a_foreign_chain_is_found_whole_while_the_filter_can_not_help() {
        PromptChain chain = prompts.foreignChain(300);
        write(chain, 0, 300);
        backend.every(Kind.LIST).fails(Reason.UNAVAILABLE);
        stores = open();
        store = stores.store(STORE);

        LookupResult result = store.lookup(chain.query()).join();
        assertThat(result.cachedBlocks()).isEqualTo(300);
        assertThat(result.lastHash()).isEqualTo(chain.hash(299));
    }
}
