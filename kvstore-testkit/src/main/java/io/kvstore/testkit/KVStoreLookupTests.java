package io.kvstore.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvstore.api.Limits;
import io.kvstore.api.LookupQuery;
import io.kvstore.api.LookupResult;
import io.kvstore.api.Reason;
import io.kvstore.api.TokenBlocks;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a lookup finds, and where a run ends. */
abstract class KVStoreLookupTests extends KVStoreFixture {

    @Test
    void a_container_never_written_answers_no_block() {
        LookupResult result = lookup(store, prompts.chain(3).query());

        assertThat(result.blocks()).isEmpty();
        assertThat(result.lastHash()).isZero();
        assertThat(result.degraded()).isFalse();
        assertThat(result.storageNanos()).isNotNegative();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 17, 300})
    void a_chain_of_own_hashes_is_found_whole(int blocks) {
        PromptChain chain = prompts.chain(blocks);
        writeAll(store, chain);

        assertRun(lookup(store, chain.query()), chain, blocks);
        assertRun(lookup(store, chain.queryExpectingHashes()), chain, blocks);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 17})
    void a_chain_of_foreign_hashes_is_found_whole(int blocks) {
        PromptChain chain = prompts.foreignChain(blocks);
        writeAll(store, chain);

        assertRun(lookup(store, chain.queryExpectingHashes()), chain, blocks);
        assertRun(lookup(store, chain.query()), chain, blocks);
    }

    @Test
    void a_chain_that_changes_its_hash_scheme_twice_is_found_whole() {
        PromptChain own = prompts.chain(9);
        long[] hashes = own.hashes().clone();
        System.arraycopy(prompts.hashes(3), 0, hashes, 3, 3);
        PromptChain mixed = PromptChain.foreign(own.tokens(), hashes);
        writeAll(store, mixed);

        assertRun(lookup(store, mixed.query()), mixed, 9);
        assertRun(lookup(store, mixed.queryExpectingHashes()), mixed, 9);
    }

    @Test
    void the_run_ends_where_the_prompts_part() {
        PromptChain stored = prompts.chain(6);
        writeAll(store, stored);
        long[] tokens = stored.tokens().toArray();
        tokens[4 * Limits.BLOCK_TOKENS + 127]++;

        assertRun(lookup(store, LookupQuery.of(TokenBlocks.of(tokens))), stored, 4);
    }

    @Test
    void a_longer_prompt_finds_the_stored_prefix_and_a_shorter_one_its_own_blocks() {
        PromptChain chain = prompts.chain(8);
        for (int i = 0; i < 5; i++) {
            writeBlock(store, chain, i);
        }
        long[] short3 = Arrays.copyOf(chain.tokens().toArray(), 3 * Limits.BLOCK_TOKENS);

        assertRun(lookup(store, chain.query()), chain, 5);
        assertRun(lookup(store, chain.queryExpectingHashes()), chain, 5);
        assertRun(lookup(store, LookupQuery.of(TokenBlocks.of(short3))), chain, 3);
    }

    @Test
    void a_gap_ends_the_run() {
        PromptChain chain = prompts.chain(6);
        for (int i : new int[] {0, 1, 3, 4, 5}) {
            writeBlock(store, chain, i);
        }

        assertRun(lookup(store, chain.query()), chain, 2);
        assertRun(lookup(store, chain.queryExpectingHashes()), chain, 2);

        writeBlock(store, chain, 2);
        assertRun(lookup(store, chain.query()), chain, 6);
    }

    @Test
    void without_its_first_block_nothing_of_a_chain_is_found() {
        PromptChain chain = prompts.chain(3);
        writeBlock(store, chain, 1);
        writeBlock(store, chain, 2);

        assertRun(lookup(store, chain.query()), chain, 0);
        assertRun(lookup(store, chain.queryExpectingHashes()), chain, 0);
    }

    @Test
    void another_hash_than_expected_ends_the_run_there() {
        PromptChain chain = prompts.foreignChain(5);
        writeAll(store, chain);

        for (int wrong = 0; wrong < 5; wrong++) {
            long[] expected = chain.hashes().clone();
            expected[wrong] ^= 1;
            assertRun(lookup(store, chain.query().expecting(expected)), chain, wrong);
        }
    }

    @Test
    void an_expected_hash_of_0_is_a_hash_and_not_the_lack_of_one() {
        PromptChain chain = prompts.chain(3);
        writeAll(store, chain);

        assertRun(lookup(store, chain.query().expecting(0)), chain, 0);
        assertRun(lookup(store, chain.query().expecting(chain.hash(0), 0)), chain, 1);
    }

    @Test
    void an_expected_hash_does_not_bridge_to_a_block_stored_under_it() {
        // Block 1 is stored with one hash, block 2 under another that the caller expects of block 1: no chain.
        PromptChain chain = prompts.foreignChain(3);
        long otherHash = chain.hash(1) + 1;
        PromptChain broken = PromptChain.foreign(chain.tokens(), chain.hash(0), otherHash, chain.hash(2));
        writeBlock(store, chain, 0);
        writeBlock(store, chain, 1);
        writeBlock(store, broken, 2);

        assertRun(lookup(store, broken.queryExpectingHashes()), chain, 1);
        assertRun(lookup(store, chain.queryExpectingHashes()), chain, 2);
        assertRun(lookup(store, chain.query()), chain, 2);
    }

    @Test
    void a_block_under_the_own_hash_of_a_parent_stored_with_a_foreign_one_is_not_of_its_chain() {
        PromptChain own = prompts.chain(3);
        PromptChain foreign = PromptChain.foreign(own.tokens(), prompts.hashes(3));
        writeBlock(store, foreign, 0);
        writeBlock(store, own, 1);
        writeBlock(store, own, 2);

        assertRun(lookup(store, own.query()), foreign, 1);
        assertRun(lookup(store, own.queryExpectingHashes()), own, 0);
    }

    @Test
    void fewer_expected_hashes_than_blocks_leave_the_rest_to_the_store() {
        for (PromptChain chain : new PromptChain[] {prompts.chain(6), prompts.foreignChain(6)}) {
            writeAll(store, chain);
            for (int known = 0; known <= 6; known++) {
                assertRun(lookup(store, chain.query().expecting(Arrays.copyOf(chain.hashes(), known))), chain, 6);
            }
        }
    }

    @Test
    void more_expected_hashes_than_blocks_are_ignored() {
        PromptChain chain = prompts.chain(2);
        writeAll(store, chain);
        long[] expected = Arrays.copyOf(chain.hashes(), 5);

        assertRun(lookup(store, chain.query().expecting(expected)), chain, 2);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 64, 127})
    void tokens_short_of_a_block_are_ignored(int extra) {
        PromptChain chain = prompts.chain(2);
        writeAll(store, chain);
        long[] longer = Arrays.copyOf(chain.tokens().toArray(), 2 * Limits.BLOCK_TOKENS + extra);
        long[] shorter = Arrays.copyOf(longer, extra);

        assertRun(lookup(store, LookupQuery.of(TokenBlocks.of(longer))), chain, 2);
        assertRun(lookup(store, LookupQuery.of(TokenBlocks.of(shorter))), chain, 0);
        assertRun(lookup(store, LookupQuery.of(TokenBlocks.of(shorter)).expecting(chain.hash(0))), chain, 0);
    }

    @Test
    void hashes_0_and_minus_1_are_hashes_like_others() {
        // Unsigned extremes. A block of hash 0 is its successor's parent, as "no parent" is.
        PromptChain chain = PromptChain.foreign(prompts.blocks(4), 0, -1, Long.MIN_VALUE, 0);
        writeAll(store, chain);

        assertRun(lookup(store, chain.query()), chain, 4);
        assertRun(lookup(store, chain.queryExpectingHashes()), chain, 4);
        assertRun(lookup(store, chain.query().expecting(1)), chain, 0);
    }

    @Test
    void the_first_block_answers_its_payload_size_or_0() {
        PromptChain chain = prompts.chain(1);
        write(store, chain.chunk(0, payload(0, 5_000)));

        LookupResult result = lookup(store, chain.query());

        assertThat(result.blocks().get(0).sizeBytes()).isIn(0L, 5_000L);
        assertThat(result.blocks().get(0).tier()).isNotNull();
    }

    @Test
    void a_location_of_a_lookup_is_the_one_of_the_write_and_reads_the_block() {
        PromptChain chain = prompts.chain(4);
        writeAll(store, chain);

        LookupResult result = lookup(store, chain.query());

        for (int i = 0; i < 4; i++) {
            assertBlock(read(store, result.blocks().get(i).location()), chain, i);
        }
    }

    @Test
    void no_tokens_are_refused() {
        assertThat(Await.failureOf(() -> store.lookup(LookupQuery.of(TokenBlocks.empty())))
                        .reason())
                .isEqualTo(Reason.INVALID_ARGUMENT);
    }

    @Test
    void as_many_tokens_as_are_allowed_answer_and_more_are_refused() {
        PromptChain chain = prompts.chain(2);
        writeAll(store, chain);
        long[] most = Arrays.copyOf(chain.tokens().toArray(), Limits.MAX_LOOKUP_TOKENS);

        assertRun(lookup(store, LookupQuery.of(TokenBlocks.of(most))), chain, 2);
        assertThat(Await.failureOf(() ->
                                store.lookup(LookupQuery.of(TokenBlocks.of(new long[Limits.MAX_LOOKUP_TOKENS + 1]))))
                        .reason())
                .isEqualTo(Reason.INVALID_ARGUMENT);
    }
}
