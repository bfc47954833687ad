package io.kvstore.azure;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvstore.api.KVStoreException;
import io.kvstore.api.ReadResult;
import io.kvstore.api.Reason;
import io.kvstore.testkit.azure.RequestKind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** One customer's account is down or frozen: that is that customer's, and passes without a restart. */
class FrozenAccountTest extends FaultFixture {

    /** More than the connections to an account, and more than the engine lets through at once. */
    private static final int CALLS = 400;

    @Test
    void no_other_customer_waits_for_a_frozen_account() throws Exception {
        String location = write(acme, 0);
        String others = write(beta, 0);
        azure.everyRequest().in("acme").isHeld();
        List<CompletableFuture<ReadResult>> frozen = new ArrayList<>();
        for (int i = 0; i < CALLS; i++) {
            frozen.add(acme.read(location));
        }
        azure.awaitHeld(1);

        assertStored(beta, others, 0);
        assertStored(beta, write(beta, 1), 1);
        assertThat(get(beta.lookup(chain.query())).cachedBlocks()).isEqualTo(2);

        clock.advance(A_CALLS_TIME);
        for (CompletableFuture<ReadResult> call : frozen) {
            assertThat(failureOf(call).reason()).isIn(Reason.DEADLINE_EXCEEDED, Reason.RESOURCE_EXHAUSTED);
        }
        recovers(location);
    }

    @Test
    void an_account_that_is_down_is_asked_no_more_and_then_found_up_again() throws Exception {
        String location = write(acme, 0);
        azure.everyRequest().in("acme").fails(503, "ServerBusy", 5);
        for (int i = 0; i < 20; i++) {
            assertThat(failureOf(acme.read(location)).reason()).isEqualTo(Reason.UNAVAILABLE);
        }
        azure.resetCounts();

        KVStoreException failure = failureOf(acme.read(location));

        assertThat(failure.reason()).isEqualTo(Reason.UNAVAILABLE);
        assertThat(failure.retryAfter()).isPresent();
        assertThat(azure.requestCount("acme", RequestKind.GET_BLOB)).isZero();
        assertStored(beta, write(beta, 0), 0);
        recovers(location);
    }

    @Test
    void a_storage_that_drops_all_its_connections_costs_nobody_an_error() throws Exception {
        String location = write(acme, 0);
        azure.next(RequestKind.GET_BLOB).isHeld();
        CompletableFuture<ReadResult> waiting = acme.read(location);
        azure.awaitHeld(1);

        azure.resetConnections();

        assertIntact(get(waiting), 0);
        assertStored(acme, location, 0);
        assertStored(acme, write(acme, 1), 1);
    }

    private void recovers(String location) throws Exception {
        azure.heal();
        azure.releaseHeld();
        // The account's circuit breaker waits that long at most.
        clock.advance(Duration.ofSeconds(30));
        assertStored(acme, location, 0);
        assertStored(acme, write(acme, 1), 1);
    }
}
