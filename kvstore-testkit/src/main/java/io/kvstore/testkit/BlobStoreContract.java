package io.kvstore.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.kvstore.api.KVStoreException;
import io.kvstore.api.Payload;
import io.kvstore.api.Reason;
import io.kvstore.spi.Blob;
import io.kvstore.spi.BlobKey;
import io.kvstore.spi.BlobPage;
import io.kvstore.spi.BlobStore;
import io.kvstore.spi.CallContext;
import io.kvstore.spi.KeyRange;
import io.kvstore.spi.PutResult;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/**
 * The specification of {@link BlobStore} as tests. Whoever implements or decorates one extends this class and passes:
 *
 * <pre>{@code
 * class MyBlobStoreTest extends BlobStoreContract {
 *     @Override
 *     protected BlobStore createStore() {
 *         return new MyBlobStore();
 *     }
 * }
 * }</pre>
 *
 * <p>The store must be empty and must create what it needs on the first put. Every payload that the tests put is overwritten
 * as soon as its last claim is closed and must be let go of by the time the store is closed.
 *
 * <p>No test sleeps or measures time; a call that never ends fails its test after a minute. In memory all of it takes about a
 * second.
 */
public abstract class BlobStoreContract extends BlobStoreValueTests {

    /** For subclasses. */
    protected BlobStoreContract() {}

    @Test
    void of_32_puts_of_one_name_at_once_exactly_one_creates_and_all_succeed() {
        for (int round = 0; round < 5; round++) {
            BlobKey key = key(1_000 + round);
            List<PutResult> results = Await.atOnce(32, i -> {
                byte[] bytes = prompts.payloadBytes(i, 2_000 + i);
                return Await.get(startPut(STORE, key, info(i, bytes), bytes));
            });

            assertThat(results).filteredOn(PutResult::created).hasSize(1);
            int winner = (int) results.get(0).stored().tag();
            assertThat(results.get(winner).created()).isTrue();
            assertThat(results)
                    .extracting(PutResult::stored)
                    .containsOnly(results.get(winner).stored());
            assertStored(STORE, key, winner, 2_000 + winner);
        }
    }

    @Test
    void of_32_deletes_of_one_blob_at_once_exactly_one_removes_it() {
        for (int round = 0; round < 5; round++) {
            put(1, 100);

            List<Boolean> removed = Await.atOnce(32, i -> delete(key(1)));

            assertThat(removed).filteredOn(Boolean::booleanValue).hasSize(1);
            assertAbsent(STORE, key(1));
        }
    }

    @Test
    void of_32_deletes_of_what_was_read_with_rewrites_between_each_rewrite_stays() {
        put(1, 100);
        for (int round = 0; round < 5; round++) {
            String read = versionOf(1);

            List<Boolean> removed = Await.atOnce(32, i -> {
                boolean mine = deleteVersion(1, read);
                put(1, 100);
                return mine;
            });

            assertThat(removed).filteredOn(Boolean::booleanValue).hasSize(1);
            assertStored(1, 100);
        }
    }

    @Test
    void callers_16_at_once_on_few_names_never_see_other_bytes() {
        Await.atOnce(16, caller -> {
            for (int i = 0; i < 60; i++) {
                int number = (caller * 7 + i) % 8;
                switch ((caller + i) % 4) {
                    case 0 -> assertThat(put(number, 3_000).stored().tag()).isEqualTo(number);
                    case 1 -> delete(key(number));
                    case 2 -> assertThat(blobs.peek(STORE, key(number)).tag()).isIn(0L, (long) number);
                    default -> verifyIfStored(number);
                }
            }
            return true;
        });

        for (int number = 0; number < 8; number++) {
            put(number, 3_000);
            assertStored(number, 3_000);
        }
        assertThat(list(STORE)).hasSize(8);
    }

    private void verifyIfStored(long number) {
        Optional<Blob> answer = get(STORE, key(number));
        if (answer.isPresent()) {
            byte[] bytes = prompts.payloadBytes(number, 3_000);
            assertBlob(answer, info(number, bytes), bytes);
        }
    }

    @Test
    void callers_64_at_once_each_find_what_they_put() {
        Await.atOnce(64, caller -> {
            put(caller, 20_000);
            assertStored(caller, 20_000);
            return true;
        });

        assertThat(list(STORE)).hasSize(64);
    }

    @Test
    void a_listing_of_nothing_is_one_empty_page() {
        BlobPage page = Await.get(blobs.list(STORE, KeyRange.ALL, Optional.empty(), soon()));

        assertThat(page.keys()).isEmpty();
        assertThat(page.next()).isEmpty();
    }

    @Test
    void a_listing_has_every_partition() {
        List<BlobKey> keys = List.of(keyIn(1, 1), keyIn(2, 1), keyIn(2, 2), keyIn(3, 3));
        byte[] bytes = prompts.payloadBytes(1, 10);
        for (BlobKey key : keys) {
            Await.get(startPut(STORE, key, info(1, bytes), bytes));
        }

        assertThat(list(STORE)).containsExactlyInAnyOrderElementsOf(keys);
    }

    @Test
    void a_long_listing_has_every_blob_once_and_ends() {
        Set<BlobKey> expected = new HashSet<>();
        for (int from = 0; from < listedBlobs(); from += 256) {
            List<CompletableFuture<PutResult>> puts = new ArrayList<>();
            for (int number = from; number < Math.min(listedBlobs(), from + 256); number++) {
                byte[] bytes = prompts.payloadBytes(number, 8);
                puts.add(startPut(STORE, key(number), info(number, bytes), bytes));
                expected.add(key(number));
            }
            puts.forEach(Await::get);
        }

        assertThat(list(STORE)).hasSameSizeAs(expected);
        assertThat(new HashSet<>(list(STORE))).isEqualTo(expected);

        // What is stored throughout appears, whatever comes and goes between two pages.
        BlobPage first = Await.get(blobs.list(STORE, KeyRange.ALL, Optional.empty(), soon()));
        first.keys().stream().limit(50).forEach(this::delete);
        put(1_000_000, 8);
        Set<BlobKey> seen = new HashSet<>(first.keys());
        if (first.next().isPresent()) {
            seen.addAll(listFrom(STORE, KeyRange.ALL, first.next()));
        }
        assertThat(seen).containsAll(expected);
    }

    @Test
    void the_ranges_of_a_listing_are_the_whole_without_overlap() {
        Set<BlobKey> expected = new HashSet<>();
        for (int number = 0; number < 300; number++) {
            put(number, 8);
            expected.add(key(number));
        }
        List<BlobKey> listed = new ArrayList<>();
        for (int i = 0; i < KeyRange.COUNT; i++) {
            KeyRange range = KeyRange.of(i);
            List<BlobKey> part = listFrom(STORE, range, Optional.empty());
            assertThat(part).allMatch(range::contains);
            listed.addAll(part);
        }

        assertThat(listed).containsExactlyInAnyOrderElementsOf(expected);
    }

    @Test
    void a_listing_from_a_page_that_never_was_ends() {
        put(1, 10);
        for (String from : List.of("", "nonsense", "../..", "\0", "9".repeat(2_000))) {
            CompletableFuture<BlobPage> page = blobs.list(STORE, KeyRange.ALL, Optional.of(from), soon());
            // Refused or answered, but not thrown and not without end.
            assertThat(settled(page)).isIn(List.of("answered"), List.of(Reason.INVALID_ARGUMENT));
        }
    }

    @Test
    void a_cancelled_call_is_cancelled_and_later_calls_work() {
        put(1, 50_000);
        byte[] bytes = prompts.payloadBytes(2, 50_000);
        for (int i = 0; i < 20; i++) {
            assertCancelled(blobs.head(STORE, key(1), soon()));
            assertCancelled(blobs.list(STORE, KeyRange.ALL, Optional.empty(), soon()));
            assertCancelled(startPut(STORE, key(2), info(2, bytes), bytes));
            CompletableFuture<Optional<Blob>> get = blobs.get(STORE, key(1), soon());
            if (!get.cancel(true)) {
                assertBlob(Await.get(get), info(1, prompts.payloadBytes(1, 50_000)), prompts.payloadBytes(1, 50_000));
            }
        }

        assertStored(1, 50_000);
        // A cancelled put was done or not, but never in part.
        put(2, 50_000);
        assertStored(2, 50_000);
    }

    private static void assertCancelled(CompletableFuture<?> call) {
        boolean inTime = call.cancel(true);
        assertThat(call).isDone();
        assertThat(call.isCancelled()).isEqualTo(inTime);
    }

    @Test
    void a_call_without_time_left_ends_and_is_never_answered_wrong() {
        put(1, 1_000);
        byte[] bytes = prompts.payloadBytes(1, 1_000);
        CallContext spent = CallContext.endingIn(Duration.ZERO, System::nanoTime, "");

        CompletableFuture<Optional<Blob>> get = blobs.get(STORE, key(1), spent);
        if (inTime(get)) {
            assertBlob(Await.get(get), info(1, bytes), bytes);
        }
        CompletableFuture<?> head = blobs.head(STORE, key(1), spent);
        if (inTime(head)) {
            assertThat(Await.get(head)).isEqualTo(Optional.of(info(1, bytes)));
        }
        inTime(blobs.list(STORE, KeyRange.ALL, Optional.empty(), spent));
        try (Payload payload = ledger.payload(bytes)) {
            inTime(blobs.put(STORE, key(1), info(1, bytes), payload, spent));
        }
        assertStored(1, 1_000);
    }

    /** Whether the call was answered; if not, it failed for want of time. */
    private static boolean inTime(CompletableFuture<?> call) {
        Object outcome = settled(call).get(0);
        assertThat(outcome).isIn("answered", Reason.DEADLINE_EXCEEDED, Reason.UNAVAILABLE);
        return outcome.equals("answered");
    }

    /** "answered", or the reason of the failure. */
    private static List<Object> settled(CompletableFuture<?> call) {
        return Await.get(call.handle((value, failure) -> List.of(
                failure == null ? "answered" : KVStoreException.of(failure).reason())));
    }

    @Test
    void a_payload_that_is_closed_fails_the_put_and_throws_nothing() {
        byte[] bytes = prompts.payloadBytes(1, 100);
        Payload payload = ledger.payload(bytes);
        payload.close();

        CompletableFuture<PutResult> put = blobs.put(STORE, key(1), info(1, bytes), payload, soon());

        assertThat(settled(put)).doesNotContain("answered");
        assertAbsent(STORE, key(1));
    }

    @Test
    void a_closed_store_throws_nothing_and_closes_again() {
        put(1, 100);
        byte[] bytes = prompts.payloadBytes(2, 100);

        blobs.close();
        blobs.close();

        assertThatCode(() -> blobs.peek(STORE, key(1))).doesNotThrowAnyException();
        assertThat(settled(blobs.get(STORE, key(1), soon()))).containsExactly(Reason.UNAVAILABLE);
        assertThat(settled(blobs.head(STORE, key(1), soon()))).containsExactly(Reason.UNAVAILABLE);
        assertThat(settled(blobs.delete(STORE, key(1), soon()))).containsExactly(Reason.UNAVAILABLE);
        assertThat(settled(blobs.deleteVersion(STORE, key(1), "1", soon()))).containsExactly(Reason.UNAVAILABLE);
        assertThat(settled(blobs.list(STORE, KeyRange.ALL, Optional.empty(), soon())))
                .containsExactly(Reason.UNAVAILABLE);
        assertThat(settled(startPut(STORE, key(2), info(2, bytes), bytes))).containsExactly(Reason.UNAVAILABLE);
    }
}
