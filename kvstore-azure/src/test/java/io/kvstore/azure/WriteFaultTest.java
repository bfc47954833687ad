package io.kvstore.azure;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvstore.api.KVStoreException;
import io.kvstore.api.Reason;
import io.kvstore.api.StoreId;
import io.kvstore.api.WriteResult;
import io.kvstore.testkit.azure.RequestKind;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a writer sees of a storage in trouble; nothing that was acknowledged is lost, nothing else is visible in part. */
class WriteFaultTest extends FaultFixture {

    @Test
    void a_busy_storage_fails_the_write_and_says_when_to_come_back() throws Exception {
        azure.every(RequestKind.PUT_BLOB).in("acme").fails(503, "ServerBusy", 5);

        KVStoreException failure = failureOf(startWrite(acme, 0));

        assertThat(failure.reason()).isEqualTo(Reason.UNAVAILABLE);
        assertThat(failure.retryAfter()).contains(Duration.ofSeconds(5));
        // Obeyed: not asked again before that.
        assertThat(azure.requestCount("acme", RequestKind.PUT_BLOB)).isEqualTo(1);
        azure.heal();
        assertStored(acme, write(acme, 0), 0);
    }

    @ParameterizedTest
    @ValueSource(ints = {429, 500, 503})
    void trouble_that_passes_costs_a_second_try_and_no_error(int status) throws Exception {
        azure.next(RequestKind.PUT_BLOB).fails(status, "Whatever");

        String location = write(acme, 0);

        assertThat(azure.requestCount("acme", RequestKind.PUT_BLOB)).isEqualTo(2);
        assertStored(acme, location, 0);
    }

    @Test
    void throttling_that_does_not_pass_is_given_up_after_three_tries() throws Exception {
        azure.every(RequestKind.PUT_BLOB).in("acme").fails(429, "TooManyRequests");

        assertThat(failureOf(startWrite(acme, 0)).reason()).isEqualTo(Reason.UNAVAILABLE);

        assertThat(azure.requestCount("acme", RequestKind.PUT_BLOB)).isEqualTo(3);
    }

    /** A proxy's page, or an emulator's that is out of breath: not what Azure answers, and trouble all the same. */
    @ParameterizedTest
    @CsvSource({
        "500, text/plain, ''",
        "500, application/xml, ''",
        "500, application/xml, <Error><Code>",
        "502, text/html, <html><body>Bad Gateway<br></body></html>",
        "503, application/json, '{}'",
        "503, application/xml, no xml"
    })
    void trouble_that_is_worded_by_somebody_else_is_trouble(int status, String type, String body) throws Exception {
        azure.every(RequestKind.PUT_BLOB).in("acme").isAnsweredByAProxy(status, type, body);

        assertThat(failureOf(startWrite(acme, 0)).reason()).isEqualTo(Reason.UNAVAILABLE);
    }

    @ParameterizedTest
    @ValueSource(ints = {401, 403})
    void credentials_that_are_refused_are_said_to_be_and_not_tried_again(int status) throws Exception {
        azure.every(RequestKind.PUT_BLOB).in("acme").fails(status, "AuthorizationFailure");

        assertThat(failureOf(startWrite(acme, 0)).reason()).isEqualTo(Reason.PERMISSION_DENIED);

        assertThat(azure.requestCount("acme", RequestKind.PUT_BLOB)).isEqualTo(1);
        azure.heal();
        assertStored(acme, write(acme, 0), 0);
    }

    @Test
    void an_upload_that_breaks_off_is_sent_again() throws Exception {
        azure.next(RequestKind.PUT_BLOB).resetsUploadAfter(100_000);

        assertStored(acme, write(acme, 0), 0);
    }

    @Test
    void an_upload_that_always_breaks_off_fails_and_leaves_nothing() throws Exception {
        List<String> before = azure.blobNames("acme", "kv-cache");
        azure.every(RequestKind.PUT_BLOB).in("acme").resetsUploadAfter(100_000);

        assertThat(failureOf(startWrite(acme, 0)).reason()).isEqualTo(Reason.UNAVAILABLE);

        assertThat(azure.blobNames("acme", "kv-cache")).isEqualTo(before);
        azure.heal();
        assertStored(acme, write(acme, 0), 0);
    }

    @Test
    void a_write_whose_answer_is_lost_succeeds_and_is_one_chunk() throws Exception {
        int before = azure.blobNames("acme", "kv-cache").size();
        azure.next(RequestKind.PUT_BLOB).isDoneAndUnanswered();

        String location = write(acme, 0);

        assertThat(azure.blobNames("acme", "kv-cache")).hasSize(before + 1);
        assertStored(acme, location, 0);
    }

    /** A 409 alone is no success: what is stored under the name has to be seen first. */
    @Test
    void a_write_of_which_nobody_knows_fails_and_may_be_repeated() throws Exception {
        azure.next(RequestKind.PUT_BLOB).isDoneAndUnanswered();
        azure.every(RequestKind.HEAD_BLOB).in("acme").fails(503, "ServerBusy", 5);
        assertThat(failureOf(startWrite(acme, 0)).reason()).isEqualTo(Reason.UNAVAILABLE);
        azure.heal();

        WriteResult again = get(startWrite(acme, 0));

        assertThat(again.alreadyStored()).isTrue();
        assertStored(acme, again.location(), 0);
    }

    @Test
    void an_upload_into_a_frozen_storage_ends_with_its_time_and_gives_the_payload_back() throws Exception {
        azure.next(RequestKind.PUT_BLOB).in("acme").freezesUploadAfter(1_000);
        CompletableFuture<WriteResult> write = startWrite(acme, chain, 0, 20_000_000);
        azure.awaitHeld(1);

        String others = write(beta, 0);
        clock.advance(A_CALLS_TIME);

        assertThat(failureOf(write).reason()).isEqualTo(Reason.DEADLINE_EXCEEDED);
        ledger.awaitAllClosed(Duration.ofSeconds(60));
        assertStored(beta, others, 0);
        assertStored(acme, write(acme, 0), 0);
    }

    @Test
    void a_write_that_waits_for_its_answer_ends_with_its_time() throws Exception {
        azure.next(RequestKind.PUT_BLOB).in("acme").isHeld();
        CompletableFuture<WriteResult> write = startWrite(acme, 0);
        azure.awaitHeld(1);

        clock.advance(A_CALLS_TIME);

        assertThat(failureOf(write).reason()).isEqualTo(Reason.DEADLINE_EXCEEDED);
        azure.releaseHeld();
        // Done late, or not at all: whoever writes it again is told the truth.
        assertStored(acme, write(acme, 0), 0);
    }

    @Test
    void a_container_that_is_being_deleted_bars_nobody_from_the_rest_of_its_account() throws Exception {
        String stored = write(acme, 0);
        azure.every(RequestKind.PUT_BLOB).in("acme").fails(409, "ContainerBeingDeleted");
        for (int i = 0; i < 20; i++) {
            KVStoreException failure = failureOf(startWrite(acme, 1));
            assertThat(failure).hasMessageContaining("is being changed");
        }

        assertStored(acme, stored, 0);
    }

    @Test
    void a_container_that_another_server_makes_at_the_same_time_is_no_trouble() throws Exception {
        azure.next(RequestKind.CREATE_CONTAINER).isDoneAndUnanswered();
        var fresh = stores.store(new StoreId("acme", "fresh"));

        assertStored(fresh, write(fresh, 0), 0);
    }
}
