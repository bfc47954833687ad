package io.kvstore.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvstore.api.CallOptions;
import io.kvstore.api.KVStore;
import io.kvstore.api.KVStoreException;
import io.kvstore.api.LookupResult;
import io.kvstore.api.ReadResult;
import io.kvstore.api.Reason;
import io.kvstore.api.WriteResult;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What the fake does on a test's command; what it does by itself is in {@link KVStoreContract}. */
final class MemoryKVStoresTest {

    private final MemoryKVStores stores = new MemoryKVStores();
    private final KVStore store = stores.store(KVStoreFixture.STORE);
    private final PayloadLedger ledger = new PayloadLedger();
    private final PromptChain chain = Prompts.seeded(1).chain(2);

    @AfterEach
    void close() throws Exception {
        stores.close();
        ledger.awaitAllClosed(Duration.ofSeconds(10));
    }

    @Test
    void the_next_calls_fail_as_asked_in_order_and_the_one_after_works() {
        stores.failNext(Reason.UNAVAILABLE);
        stores.failNext(Reason.DATA_LOSS);

        assertThat(Await.failureOf(this::write).reason()).isEqualTo(Reason.UNAVAILABLE);
        assertThat(Await.failureOf(() -> store.lookup(chain.query())).reason()).isEqualTo(Reason.DATA_LOSS);
        assertThat(Await.get(write()).alreadyStored()).isFalse();
        assertThat(ledger.openCount()).isEqualTo(1);
    }

    @Test
    void a_failure_in_an_ordered_read_is_one_items() {
        String location = Await.get(write()).location();
        stores.failNext(Reason.DATA_LOSS);

        try (ReadCollector results =
                ReadCollector.of(store.readAll(List.of(location, location), CallOptions.DEFAULT))) {
            List<ReadResult> all = results.all();
            assertThat(all.get(0).failure()).map(KVStoreException::reason).contains(Reason.DATA_LOSS);
            assertThat(all.get(1).isFound()).isTrue();
            all.forEach(ReadResult::close);
        }
    }

    @Test
    void held_calls_are_answered_on_release() {
        stores.hold();
        CompletableFuture<WriteResult> write = write();
        CompletableFuture<LookupResult> lookup = store.lookup(chain.query());
        assertThat(stores.heldCount()).isEqualTo(2);
        assertThat(write).isNotDone();

        stores.release();

        assertThat(write).isCompleted();
        assertThat(Await.get(lookup).cachedBlocks()).isEqualTo(1);
        assertThat(Await.get(store.lookup(chain.query())).cachedBlocks()).isEqualTo(1);
    }

    @Test
    void a_held_write_that_is_cancelled_is_not_stored_and_its_claim_is_closed() {
        stores.hold();
        write().cancel(true);
        assertThat(ledger.openCount()).isZero();

        stores.release();

        assertThat(Await.get(store.lookup(chain.query())).cachedBlocks()).isZero();
    }

    @Test
    void a_held_call_ends_when_its_time_is_spent() {
        stores.hold();
        CallOptions options = CallOptions.DEFAULT.withTimeout(Duration.ofMillis(1));

        assertThat(Await.failureOf(() -> store.lookup(chain.query(), options)).reason())
                .isEqualTo(Reason.DEADLINE_EXCEEDED);
    }

    @Test
    void a_held_ordered_read_ends_when_its_time_is_spent_and_when_it_is_cancelled() {
        String location = Await.get(write()).location();
        stores.hold();
        CallOptions options = CallOptions.DEFAULT.withTimeout(Duration.ofMillis(1));
        try (ReadCollector spent = ReadCollector.of(store.readAll(List.of(location), options));
                ReadCollector cancelled = ReadCollector.of(store.readAll(List.of(location), CallOptions.DEFAULT))) {
            spent.request(1);
            cancelled.request(1);

            assertThat(Await.failureOf(spent::ended).reason()).isEqualTo(Reason.DEADLINE_EXCEEDED);
            cancelled.cancel();
            stores.release();
            assertThat(cancelled.ended()).isNotDone();
        }
    }

    @Test
    void closing_fails_what_is_held_and_lets_go_of_every_payload() {
        Await.get(write());
        stores.hold();
        CompletableFuture<LookupResult> held = store.lookup(chain.query());

        stores.close();

        assertThat(Await.failureOf(() -> held).reason()).isEqualTo(Reason.UNAVAILABLE);
        assertThat(ledger.openCount()).isZero();
    }

    private CompletableFuture<WriteResult> write() {
        return KVStoreFixture.startWrite(store, chain.chunk(0, ledger.payload(new byte[] {1, 2, 3})));
    }
}
