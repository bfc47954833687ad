package io.kvstore.azure;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvstore.api.KVStore;
import io.kvstore.api.KVStoreException;
import io.kvstore.api.LookupResult;
import io.kvstore.api.Reason;
import io.kvstore.api.StoreId;
import io.kvstore.core.CoreKVStores;
import io.kvstore.testkit.azure.RequestKind;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a lookup answers by a server that has just started, while the storage is in trouble: trouble is never a miss. */
class LookupFaultTest extends FaultFixture {

    private CoreKVStores restarted;
    private KVStore cold;

    @SuppressWarnings("NullAway.Init") // JUnit calls restart before each test
    LookupFaultTest() {}

    @BeforeEach
    void restart() throws Exception {
        for (int i = 0; i < chain.blockCount(); i++) {
            write(acme, i);
        }
        azure.resetCounts();
        restarted = CoreKVStores.builder(EmulatedStores.over(azure, clock))
                .nanoClock(clock)
                .timer(clock.scheduler())
                .build();
        cold = restarted.store(new StoreId("acme", "kv-cache"));
    }

    @AfterEach
    void closeRestarted() {
        azure.heal();
        azure.releaseHeld();
        restarted.close();
    }

    @Test
    void a_busy_storage_is_no_miss() throws Exception {
        azure.everyRequest().in("acme").fails(503, "ServerBusy", 5);

        assertThat(failureOf(cold.lookup(chain.query())).reason()).isEqualTo(Reason.UNAVAILABLE);

        azure.heal();
        assertThat(blocksFoundOnceItIsTriedAgain()).isEqualTo(8);
    }

    /**
     * Eight refusals at once are reason enough to leave the account alone for a second, and then one request goes first: what is
     * asked beside it is refused, and never called missing.
     */
    private int blocksFoundOnceItIsTriedAgain() throws Exception {
        for (int i = 0; i < 20; i++) {
            clock.advance(Duration.ofSeconds(2));
            CompletableFuture<LookupResult> lookup = cold.lookup(chain.query());
            try {
                LookupResult result = get(lookup);
                if (!result.degraded()) {
                    return result.cachedBlocks();
                }
            } catch (ExecutionException e) {
                assertThat(KVStoreException.of(e).reason()).isEqualTo(Reason.UNAVAILABLE);
            }
        }
        throw new AssertionError("the account stays down");
    }

    @Test
    void refused_credentials_are_no_miss() throws Exception {
        azure.everyRequest().in("acme").fails(403, "AuthorizationFailure");

        assertThat(failureOf(cold.lookup(chain.query())).reason()).isIn(Reason.PERMISSION_DENIED, Reason.UNAVAILABLE);
    }

    @Test
    void without_a_listing_lookups_ask_and_are_right() throws Exception {
        azure.every(RequestKind.LIST_BLOBS).in("acme").fails(503, "ServerBusy", 5);

        assertThat(get(cold.lookup(chain.query())).cachedBlocks()).isEqualTo(8);
        assertThat(get(cold.lookup(prompts.chain(5).query())).cachedBlocks()).isZero();
    }

    @Test
    void a_listing_that_never_ends_holds_up_no_lookup() throws Exception {
        azure.every(RequestKind.LIST_BLOBS).in("acme").freezesAfter(50);

        CompletableFuture<LookupResult> lookup = cold.lookup(chain.query());

        assertThat(get(lookup).cachedBlocks()).isEqualTo(8);
        assertStored(cold, get(lookup).blocks().get(3).location(), 3);
    }

    @Test
    void a_frozen_storage_is_no_miss() throws Exception {
        azure.everyRequest().in("acme").isHeld();
        CompletableFuture<LookupResult> lookup = cold.lookup(chain.query());
        azure.awaitHeld(1);

        clock.advance(A_CALLS_TIME);

        assertThat(failureOf(lookup).reason()).isIn(Reason.DEADLINE_EXCEEDED, Reason.UNAVAILABLE);
    }

    /** Or nobody would ever write it again. */
    @Test
    void a_damaged_chunk_ends_the_run_and_what_is_written_in_its_place_is_found() throws Exception {
        String last = get(acme.lookup(chain.query())).blocks().get(7).location();
        azure.every(RequestKind.HEAD_BLOB).of(last).answersMetadata(Map.of());
        assertThat(get(cold.lookup(chain.query())).cachedBlocks()).isEqualTo(7);

        // The damage is seen by the write alone, and only once: it is another blob from then on.
        azure.heal();
        azure.next(RequestKind.HEAD_BLOB).of(last).answersMetadata(Map.of());
        assertThat(write(cold, 7)).isEqualTo(last);

        assertThat(get(cold.lookup(chain.query())).cachedBlocks()).isEqualTo(8);
        assertStored(cold, last, 7);
    }
}
