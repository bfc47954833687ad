package io.kvstore.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvstore.api.CallOptions;
import io.kvstore.api.CallerToken;
import io.kvstore.api.KVStore;
import io.kvstore.api.KVStoreException;
import io.kvstore.api.KVStores;
import io.kvstore.api.LookupResult;
import io.kvstore.api.PromptChunk;
import io.kvstore.api.ReadResult;
import io.kvstore.api.Reason;
import io.kvstore.api.TokenBlocks;
import io.kvstore.api.WriteResult;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/**
 * The specification of {@link KVStores} as tests. Whoever implements it extends this class and passes:
 *
 * <pre>{@code
 * class MyStoresTest extends KVStoreContract {
 *     @Override
 *     protected KVStores createStores() {
 *         return new MyStores();
 *     }
 * }
 * }</pre>
 *
 * <p>The stores must be empty, must serve any resource and create containers on the first write. A server or a directory
 * beneath them is handed to {@link #closeAfterTest}. Every payload that the tests write is overwritten as soon as its last
 * claim is closed and must be let go of by the time the stores are closed.
 *
 * <p>No test sleeps or measures time; a call that never ends fails its test after a minute. In memory all of it takes about a
 * second. Needs 512 MB of heap, since it asks with the most tokens and refuses the largest payload.
 */
public abstract class KVStoreContract extends KVStoreReadAllTests {

    /** For subclasses. */
    protected KVStoreContract() {}

    @Test
    void equal_tokens_under_32_parents_written_at_once_are_all_found() {
        // A client that hashes each block alone: one hash, 32 parents. All of them have been lost elsewhere.
        TokenBlocks shared = prompts.blocks(1);
        long sharedHash = prompts.hashes(1)[0];
        List<PromptChain> chains = new ArrayList<>();
        for (int i = 0; i < 32; i++) {
            chains.add(PromptChain.foreign(joined(prompts.blocks(1), shared), prompts.hashes(1)[0], sharedHash));
        }

        List<List<String>> locations = Await.atOnce(
                32,
                i -> List.of(
                        write(store, chains.get(i).chunk(0, payload(i, 100))).location(),
                        write(store, chains.get(i).chunk(1, payload(100 + i, 100)))
                                .location()));

        for (int i = 0; i < 32; i++) {
            assertRun(lookup(store, chains.get(i).query()), chains.get(i), 2);
            assertRun(lookup(store, chains.get(i).queryExpectingHashes()), chains.get(i), 2);
            assertBlock(read(store, locations.get(i).get(1)), chains.get(i), 1, 100 + i, 100);
        }
    }

    @Test
    void one_chunk_written_32_times_at_once_is_stored_once() {
        PromptChain chain = prompts.chain(1);

        List<WriteResult> results = Await.atOnce(32, i -> write(store, chain.chunk(0, payload(0, SMALL_BYTES))));

        assertThat(results).filteredOn(result -> !result.alreadyStored()).hasSize(1);
        assertThat(results)
                .extracting(WriteResult::location)
                .containsOnly(results.get(0).location());
        assertBlock(read(store, results.get(0).location()), chain, 0);
    }

    @Test
    void of_32_hashes_for_one_block_written_at_once_one_is_stored() {
        TokenBlocks block = prompts.blocks(1);

        List<Integer> winners = Await.atOnce(32, i -> {
                    PromptChunk chunk = new PromptChunk(1_000 + i, 0, block, payload(i, SMALL_BYTES));
                    return startWrite(store, chunk)
                            .thenApply(stored -> i)
                            .exceptionally(failure -> {
                                assertThat(KVStoreException.of(failure).reason())
                                        .isEqualTo(Reason.ALREADY_EXISTS);
                                return -1;
                            })
                            .join();
                })
                .stream()
                .filter(i -> i >= 0)
                .toList();

        assertThat(winners).hasSize(1);
        PromptChain stored = PromptChain.foreign(block, 1_000 + winners.get(0));
        LookupResult found = lookup(store, stored.query());
        assertRun(found, stored, 1);
        assertBlock(read(store, found.blocks().get(0).location()), stored, 0, winners.get(0), SMALL_BYTES);
    }

    @Test
    void callers_64_at_once_each_find_what_they_wrote() {
        List<PromptChain> chains = new ArrayList<>();
        for (int i = 0; i < 64; i++) {
            chains.add(i % 2 == 0 ? prompts.chain(4) : prompts.foreignChain(4));
        }

        Await.atOnce(64, i -> {
            PromptChain chain = chains.get(i);
            List<String> locations = writeAll(store, chain);
            assertRun(lookup(store, chain.query()), chain, 4);
            for (int block = 0; block < 4; block++) {
                assertBlock(read(store, locations.get(block)), chain, block);
            }
            return true;
        });
    }

    @Test
    void a_cancelled_call_is_cancelled_and_later_calls_work() {
        PromptChain chain = prompts.chain(3);
        for (int i = 0; i < 20; i++) {
            assertCancelled(startWrite(store, chain.chunk(i % 3, payload(i % 3, SMALL_BYTES))));
            assertCancelled(store.lookup(chain.query()));
            CompletableFuture<ReadResult> read = store.read(writeBlock(store, chain, 0));
            if (!read.cancel(true)) {
                assertBlock(Await.get(read), chain, 0);
            }
        }

        writeAll(store, chain);
        assertRun(lookup(store, chain.query()), chain, 3);
    }

    private static void assertCancelled(CompletableFuture<?> call) {
        boolean inTime = call.cancel(true);
        assertThat(call).isDone();
        assertThat(call.isCancelled()).isEqualTo(inTime);
    }

    @Test
    void a_cancel_of_one_caller_hurts_no_other() {
        PromptChain chain = prompts.chain(1);
        String location = writeBlock(store, chain, 0);
        for (int round = 0; round < 20; round++) {
            List<CompletableFuture<ReadResult>> reads = new ArrayList<>();
            for (int i = 0; i < 16; i++) {
                reads.add(store.read(location));
            }
            for (int i = 0; i < 16; i++) {
                if (i % 2 == 1 || !reads.get(i).cancel(true)) {
                    assertBlock(Await.get(reads.get(i)), chain, 0);
                }
            }
        }
    }

    @Test
    void a_call_without_time_left_ends_and_is_never_answered_with_a_miss() {
        PromptChain chain = prompts.chain(4);
        String location = writeAll(store, chain).get(0);
        for (Duration none : List.of(Duration.ZERO, Duration.ofSeconds(-1))) {
            CallOptions options = CallOptions.DEFAULT.withTimeout(none);

            assertInTimeOr(store.lookup(chain.query(), options), found -> {
                assertThat(found.degraded() || found.cachedBlocks() == 4).isTrue();
            });
            assertInTimeOr(store.read(location, options), found -> assertBlock(found, chain, 0));
            try (PromptChunk again = chain.chunk(1, payload(1, SMALL_BYTES))) {
                assertInTimeOr(store.write(again, options), stored -> {
                    assertThat(stored.alreadyStored()).isTrue();
                });
            }
        }
        assertRun(lookup(store, chain.query()), chain, 4);
    }

    private static <T> void assertInTimeOr(CompletableFuture<T> call, Consumer<T> check) {
        CompletableFuture<T> settled = new CompletableFuture<>();
        var unused = call.whenComplete((value, failure) -> settled.complete(failure == null ? value : null));
        T value = Await.get(settled);
        if (call.isCompletedExceptionally()) {
            assertThat(Await.failureOf(() -> call).reason()).isIn(Reason.DEADLINE_EXCEEDED, Reason.UNAVAILABLE);
        } else {
            check.accept(value);
        }
    }

    @Test
    void a_request_id_of_any_length_is_taken() {
        PromptChain chain = prompts.chain(1);
        String location = writeBlock(store, chain, 0);
        for (String id : List.of("", "trace-1", "x".repeat(1_000), "\u00e9\n\0")) {
            CallOptions options = CallOptions.DEFAULT.withRequestId(id).withTimeout(Duration.ofDays(400_000));
            assertRun(Await.get(store.lookup(chain.query(), options)), chain, 1);
            assertBlock(Await.get(store.read(location, options)), chain, 0);
        }
    }

    /** Clients send what their proxies add: it must not matter where nobody asks for it. */
    @Test
    void a_token_of_any_form_opens_what_is_open_anyway_and_is_never_repeated() {
        PromptChain chain = prompts.chain(1);
        String location = writeBlock(store, chain, 0);
        for (String secret : List.of("secret-1", "!~".repeat(500))) {
            CallOptions options = CallOptions.DEFAULT.withToken(CallerToken.of(secret));
            assertRun(Await.get(store.lookup(chain.query(), options)), chain, 1);
            assertBlock(Await.get(store.read(location, options)), chain, 0);
            assertThat(Await.failureOf(() -> store.read("no location", options)))
                    .hasMessageNotContaining(secret);
        }
    }

    @Test
    void closed_stores_refuse_every_call_and_close_again() {
        PromptChain chain = prompts.chain(1);
        String location = writeBlock(store, chain, 0);

        stores.close();
        stores.close();

        for (KVStore closed : List.of(store, stores.store(STORE))) {
            assertThat(Await.failureOf(() -> closed.lookup(chain.query())).reason())
                    .isEqualTo(Reason.UNAVAILABLE);
            assertThat(Await.failureOf(() -> closed.read(location)).reason()).isEqualTo(Reason.UNAVAILABLE);
            assertThat(Await.failureOf(() -> startWrite(closed, chain.chunk(0, payload(0, 10))))
                            .reason())
                    .isEqualTo(Reason.UNAVAILABLE);
        }
    }

    @Test
    void closed_stores_refuse_ordered_reads() {
        String location = writeBlock(store, prompts.chain(1), 0);
        stores.close();

        try (ReadCollector results = ReadCollector.of(store.readAll(List.of(location), CallOptions.DEFAULT))) {
            results.request(1);
            // The stream as a whole fails, or each item does.
            CompletableFuture<?> first = results.ended()
                    .thenCompose(end -> CompletableFuture.failedFuture(
                            results.next().failure().orElseThrow()));
            assertThat(Await.failureOf(() -> first).reason()).isEqualTo(Reason.UNAVAILABLE);
        }
    }

    private static TokenBlocks joined(TokenBlocks first, TokenBlocks second) {
        long[] tokens = Arrays.copyOf(first.toArray(), first.tokenCount() + second.tokenCount());
        System.arraycopy(second.toArray(), 0, tokens, first.tokenCount(), second.tokenCount());
        return TokenBlocks.of(tokens);
    }
}
