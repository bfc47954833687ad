package io.kvstore.azure;

import static io.kvstore.azure.StoreOverFake.ACME;
import static io.kvstore.azure.StoreOverFake.OTHER;
import static io.kvstore.azure.StoreOverFake.answer;
import static io.kvstore.azure.StoreOverFake.failure;
import static io.kvstore.azure.StoreOverFake.soon;
import static io.kvstore.azure.StoreOverFake.within;
import static io.kvstore.testkit.azure.RequestKind.GET_BLOB;
import static io.kvstore.testkit.azure.RequestKind.HEAD_BLOB;
import static io.kvstore.testkit.azure.RequestKind.PUT_BLOB;
import static org.assertj.core.api.Assertions.assertThat;

import io.kvstore.api.KVStoreException;
import io.kvstore.api.Reason;
import io.kvstore.spi.Blob;
import io.kvstore.spi.PutResult;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What a caller of the store sees of each fault of the storage, whatever carries the requests: a reason, and never
 * wrong bytes, a lost acknowledgement or a false miss. What the stack above it makes of them is in
 * {@link ReadFaultTest} and its like.
 */
abstract class StoreFaultTests {

    private static final int SIZE = 300_000;

    private StoreOverFake azure;

    private final Transport transport;

    @SuppressWarnings("NullAway.Init") // JUnit calls open before each test
    StoreFaultTests(Transport transport) {
        this.transport = transport;
    }

    @BeforeEach
    final void open() throws Exception {
        azure = new StoreOverFake(client -> client.transport(transport), store -> store.createContainers(true));
    }

    @AfterEach
    final void close() {
        azure.close();
    }

    /** The same, where a silence of a fifth of a second is too long: of the real time, which transports measure. */
    private StoreOverFake impatient() throws Exception {
        return new StoreOverFake(
                client -> client.transport(transport).timeouts(Duration.ofSeconds(10), Duration.ofMillis(200)),
                store -> store.createContainers(true));
    }

    @ParameterizedTest
    @CsvSource({
        "503, ServerBusy, UNAVAILABLE, 3",
        "500, OperationTimedOut, UNAVAILABLE, 3",
        "429, TooManyRequests, UNAVAILABLE, 3",
        "403, AuthorizationFailure, PERMISSION_DENIED, 1",
        "401, InvalidAuthenticationInfo, PERMISSION_DENIED, 1",
        "404, ResourceNotFound, UNAVAILABLE, 1",
        "412, LeaseIdMissing, UNAVAILABLE, 1",
        "400, InvalidHeaderValue, INTERNAL, 1"
    })
    void a_refusal_is_no_miss_and_is_tried_again_only_where_that_helps(
            int status, String code, Reason reason, int requests) throws Exception {
        azure.put(ACME, 1, SIZE);
        azure.service.resetCounts();
        azure.service.every(GET_BLOB).fails(status, code);
        azure.service.every(HEAD_BLOB).fails(status, code);

        KVStoreException get = failure(azure.store.get(ACME, azure.key(1), soon()));
        KVStoreException head = failure(azure.store.head(ACME, azure.key(1), soon()));

        assertThat(get.reason()).isEqualTo(reason);
        assertThat(head.reason()).isEqualTo(reason);
        assertThat(get.getMessage()).doesNotContain(code).doesNotContain("127.0.0.1");
        assertThat(azure.service.requestCount(GET_BLOB)).isEqualTo(requests);
        assertThat(azure.service.requestCount(HEAD_BLOB)).isEqualTo(requests);
    }

    @ParameterizedTest
    @CsvSource({
        "503, ServerBusy, UNAVAILABLE",
        "429, TooManyRequests, UNAVAILABLE",
        "403, AuthorizationFailure, PERMISSION_DENIED"
    })
    void a_write_that_the_storage_refuses_fails_and_stores_nothing(int status, String code, Reason reason)
            throws Exception {
        azure.service.every(PUT_BLOB).fails(status, code);

        assertThat(failure(azure.startPut(ACME, 1, SIZE, soon())).reason()).isEqualTo(reason);

        azure.service.heal();
        assertThat(azure.get(ACME, 1)).isEmpty();
        assertThat(azure.put(ACME, 1, SIZE).created()).isTrue();
        azure.assertStored(ACME, 1, SIZE);
    }

    @Test
    void two_stumbles_are_not_seen() throws Exception {
        azure.put(ACME, 1, SIZE);
        azure.service.every(HEAD_BLOB).times(2).fails(503, "ServerBusy");
        azure.service.every(GET_BLOB).times(2).fails(500, "InternalError");
        azure.service.every(PUT_BLOB).times(2).fails(503, "ServerBusy");

        azure.assertStored(ACME, 1, SIZE);
        assertThat(azure.put(ACME, 2, SIZE).created()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(ints = {429, 503})
    void a_storage_that_asks_for_time_is_given_it_and_the_caller_told(int status) throws Exception {
        azure.put(ACME, 1, SIZE);
        azure.service.resetCounts();
        azure.service.every(GET_BLOB).fails(status, "ServerBusy", 5);

        KVStoreException busy = failure(azure.store.get(ACME, azure.key(1), soon()));

        assertThat(busy.retryAfter()).contains(Duration.ofSeconds(5));
        assertThat(azure.service.requestCount(GET_BLOB)).isEqualTo(1);
    }

    /** The failure: a place among the reads under way is held for as long as the storage, or a proxy before it, likes. */
    @ParameterizedTest
    @CsvSource({
        "502, Retry-After, 30",
        "408, Retry-After, 30",
        "500, x-ms-retry-after-ms, 30000",
        "503, x-ms-retry-after-ms, 30000",
        "504, retry-after-ms, 30000",
        "429, retry-after-ms, 30000"
    })
    void a_wait_is_obeyed_by_giving_up_whoever_asks_for_it_and_however(int status, String header, String value)
            throws Exception {
        azure.service.every(GET_BLOB).fails(status, "Whatever", header, value);

        KVStoreException busy = failure(azure.store.get(ACME, azure.key(1), soon()));

        assertThat(busy.retryAfter()).contains(Duration.ofSeconds(30));
        assertThat(azure.service.requestCount(GET_BLOB)).isEqualTo(1);
    }

    @Test
    void a_wait_until_a_date_is_by_the_clock_of_who_says_it() throws Exception {
        azure.service.skewClock(Duration.ofDays(-1));
        String date = DateTimeFormatter.RFC_1123_DATE_TIME.format(
                ZonedDateTime.now(ZoneOffset.UTC).minusDays(1).plusSeconds(40));
        azure.service.every(GET_BLOB).fails(500, "Whatever", "Retry-After", date);

        KVStoreException busy = failure(azure.store.get(ACME, azure.key(1), soon()));

        assertThat(busy.retryAfter().orElseThrow()).isBetween(Duration.ofSeconds(5), Duration.ofSeconds(40));
        assertThat(azure.service.requestCount(GET_BLOB)).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource({"Retry-After, 1", "x-ms-retry-after-ms, 20", "Retry-After, soon"})
    void a_short_wait_and_one_that_cannot_be_read_are_no_reason_to_give_up(String header, String value)
            throws Exception {
        azure.put(ACME, 1, SIZE);
        azure.service.next(GET_BLOB).fails(500, "Whatever", header, value);

        azure.assertStored(ACME, 1, SIZE);
    }

    /** Azure quotes the signature of a request that it refuses, and the SDK quotes Azure. */
    @ParameterizedTest
    @ValueSource(ints = {400, 403, 503})
    void what_the_storage_wrote_is_in_no_failure(int status) throws Exception {
        azure.service
                .every(GET_BLOB)
                .isAnsweredByAProxy(status, "application/xml", "<Error>signature c2VjcmV0</Error>");

        assertThat(Texts.ofStack(failure(azure.store.get(ACME, azure.key(1), soon()))))
                .contains("status " + status)
                .doesNotContain("c2VjcmV0");
    }

    @Test
    void a_wait_of_an_hour_is_told_as_a_minute() throws Exception {
        azure.service.every(GET_BLOB).fails(503, "ServerBusy", 3_600);

        assertThat(failure(azure.store.get(ACME, azure.key(1), soon())).retryAfter())
                .contains(Duration.ofMinutes(1));
    }

    @Test
    void a_storage_without_a_first_byte_costs_the_calls_own_time_and_no_other_tenant_any() throws Exception {
        azure.put(ACME, 1, SIZE);
        azure.put(OTHER, 1, SIZE);
        azure.service.everyRequest().in("acme").isHeld();
        List<CompletableFuture<?>> held = new ArrayList<>();
        for (int i = 0; i < 150; i++) { // more than there are connections
            held.add(azure.store.get(ACME, azure.key(1), soon()));
        }
        azure.service.awaitHeld(100);

        azure.assertStored(OTHER, 1, SIZE);
        assertThat(azure.put(OTHER, 2, SIZE).created()).isTrue();
        KVStoreException late = failure(azure.store.head(ACME, azure.key(1), within(Duration.ofMillis(20))));

        assertThat(late.reason()).isEqualTo(Reason.DEADLINE_EXCEEDED);
        held.forEach(call -> call.cancel(true));
    }

    /** Whoever waited for what is held does so no more: the requests have ended. */
    private void awaitNoneHeld() {
        long endNanos = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (azure.service.heldCount() > 0) {
            assertThat(System.nanoTime()).as("requests go on").isLessThan(endNanos);
            Thread.onSpinWait();
        }
    }

    @Test
    void a_cancelled_call_ends_its_request() throws Exception {
        azure.put(ACME, 1, SIZE);
        azure.service.every(GET_BLOB).isHeld();
        CompletableFuture<Optional<Blob>> get = azure.store.get(ACME, azure.key(1), soon());
        azure.service.awaitHeld(1);

        get.cancel(true);

        awaitNoneHeld();
        azure.service.heal();
        azure.assertStored(ACME, 1, SIZE);
    }

    @Test
    void a_read_given_up_in_the_middle_of_its_body_ends_its_request() throws Exception {
        azure.put(ACME, 1, SIZE);
        azure.service.every(GET_BLOB).freezesAfter(SIZE / 2);
        CompletableFuture<Optional<Blob>> cancelled = azure.store.get(ACME, azure.key(1), soon());
        azure.service.awaitHeld(1);
        cancelled.cancel(true);
        awaitNoneHeld();
        CompletableFuture<Optional<Blob>> late = azure.store.get(ACME, azure.key(1), within(Duration.ofMillis(50)));

        assertThat(failure(late).reason()).isEqualTo(Reason.DEADLINE_EXCEEDED);
        awaitNoneHeld();
        azure.service.heal();
        azure.assertStored(ACME, 1, SIZE);
    }

    @Test
    void a_write_given_up_in_the_middle_of_its_body_lets_go_of_the_payload() throws Exception {
        azure.service.every(PUT_BLOB).freezesUploadAfter(1_000);
        CompletableFuture<PutResult> put = azure.startPut(ACME, 1, 8_000_000, soon());
        azure.service.awaitHeld(1);
        assertThat(azure.ledger.openCount()).isEqualTo(1);

        put.cancel(true);

        azure.ledger.awaitAllClosed(Duration.ofSeconds(20));
        azure.service.heal();
        assertThat(azure.get(ACME, 1)).isEmpty();
    }

    /** By Netty it was INTERNAL once: the tries failed with one and the same exception, which cannot be added to itself. */
    @Test
    void silence_is_the_storages_trouble_and_no_defect() throws Exception {
        try (StoreOverFake silent = impatient()) {
            silent.put(ACME, 1, SIZE);
            silent.service.resetCounts();
            silent.service.everyRequest().isHeld();

            KVStoreException get = failure(silent.store.get(ACME, silent.key(1), soon()));
            KVStoreException head = failure(silent.store.head(ACME, silent.key(1), soon()));
            KVStoreException put = failure(silent.startPut(ACME, 2, SIZE, soon()));

            assertThat(List.of(get.reason(), head.reason(), put.reason())).containsOnly(Reason.UNAVAILABLE);
            assertThat(silent.service.requestCount(GET_BLOB)).isEqualTo(3);
            assertThat(silent.service.requestCount(HEAD_BLOB)).isEqualTo(3);
            assertThat(silent.service.requestCount(PUT_BLOB)).isEqualTo(3);
        }
    }

    @Test
    void silence_in_the_middle_of_a_body_ends_the_read() throws Exception {
        try (StoreOverFake silent = impatient()) {
            silent.put(ACME, 1, SIZE);
            silent.service.every(GET_BLOB).freezesAfter(1_000); // and so does what is asked for after that

            assertThat(failure(silent.store.get(ACME, silent.key(1), soon())).reason())
                    .isEqualTo(Reason.UNAVAILABLE);

            silent.service.heal();
            silent.assertStored(ACME, 1, SIZE);
        }
    }

    @Test
    void a_storage_that_nobody_reaches_is_unavailable() throws Exception {
        StoreOverFake gone = new StoreOverFake(client -> client.transport(transport), store -> store);
        gone.service.close();

        assertThat(failure(gone.store.get(ACME, gone.key(1), soon())).reason()).isEqualTo(Reason.UNAVAILABLE);
        assertThat(failure(gone.startPut(ACME, 1, SIZE, soon())).reason()).isEqualTo(Reason.UNAVAILABLE);
        gone.close();
    }

    @Test
    void a_connection_reset_in_the_middle_of_a_body_is_made_good() throws Exception {
        azure.put(ACME, 1, SIZE);
        azure.service.next(GET_BLOB).resetsAfter(SIZE / 3);

        azure.assertStored(ACME, 1, SIZE);
    }

    @Test
    void a_body_that_is_cut_again_and_again_is_never_taken_for_the_whole() throws Exception {
        azure.put(ACME, 1, SIZE);
        azure.service.every(GET_BLOB).endsAfter(1_000);
        assertThat(failure(azure.store.get(ACME, azure.key(1), soon())).reason())
                .isEqualTo(Reason.UNAVAILABLE);

        azure.service.every(GET_BLOB).resetsAfter(0);
        assertThat(failure(azure.store.get(ACME, azure.key(1), soon())).reason())
                .isEqualTo(Reason.UNAVAILABLE);

        azure.service.heal();
        azure.assertStored(ACME, 1, SIZE);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, SIZE - 1, SIZE + 1, 2 * SIZE})
    void a_body_of_another_length_than_was_stored_is_lost_data(int length) throws Exception {
        azure.put(ACME, 1, SIZE);
        azure.service.every(GET_BLOB).resizesBodyTo(length);

        assertThat(failure(azure.store.get(ACME, azure.key(1), soon())).reason())
                .isEqualTo(Reason.DATA_LOSS);
    }

    @Test
    void a_blob_deleted_after_it_was_confirmed_is_a_miss() throws Exception {
        azure.put(ACME, 1, SIZE);
        assertThat(answer(azure.store.head(ACME, azure.key(1), soon()))).isPresent();
        azure.service.next(GET_BLOB).findsNothing();

        assertThat(azure.get(ACME, 1)).isEmpty();
    }

    @Test
    void a_blob_of_a_newer_release_is_neither_data_nor_damage() throws Exception {
        azure.put(ACME, 1, SIZE);
        azure.service.every(GET_BLOB).answersMetadata(Map.of("kvformat", "2"));

        assertThat(failure(azure.store.get(ACME, azure.key(1), soon())).reason())
                .isEqualTo(Reason.UNAVAILABLE);
    }

    @Test
    void a_write_whose_answer_is_lost_succeeds_with_what_is_stored() throws Exception {
        azure.put(ACME, 2, 10); // there is a container
        azure.service.resetCounts();
        azure.service.next(PUT_BLOB).isDoneAndUnanswered();

        PutResult put = azure.put(ACME, 1, SIZE);

        assertThat(put.created()).isFalse();
        assertThat(put.stored()).isEqualTo(azure.info(1, SIZE));
        assertThat(azure.service.requestCount(PUT_BLOB)).isEqualTo(2);
        azure.assertStored(ACME, 1, SIZE);
    }

    @Test
    void a_write_of_a_name_that_is_taken_tells_what_is_stored_or_fails() throws Exception {
        azure.put(ACME, 1, SIZE);
        azure.service.every(HEAD_BLOB).fails(503, "ServerBusy", 2);

        assertThat(failure(azure.startPut(ACME, 1, SIZE, soon())).reason()).isEqualTo(Reason.UNAVAILABLE);

        azure.service.heal();
        PutResult again = azure.put(ACME, 1, SIZE);
        assertThat(again.created()).isFalse();
        assertThat(again.stored()).isEqualTo(azure.info(1, SIZE));
    }

    @Test
    void a_write_of_a_name_that_goes_away_in_the_middle_is_made_again() throws Exception {
        azure.put(ACME, 1, SIZE);
        answer(azure.store.delete(ACME, azure.key(1), soon()));
        azure.service.next(PUT_BLOB).fails(409, "BlobAlreadyExists");

        assertThat(azure.put(ACME, 1, SIZE).created()).isTrue();
        azure.assertStored(ACME, 1, SIZE);
    }

    @Test
    void a_write_cut_off_in_its_body_is_made_again() throws Exception {
        azure.put(ACME, 2, 10); // there is a container
        azure.service.next(PUT_BLOB).resetsUploadAfter(SIZE / 2);

        assertThat(azure.put(ACME, 1, SIZE).created()).isTrue();
        azure.assertStored(ACME, 1, SIZE);
    }

    @Test
    void connections_that_the_service_closed_while_idle_are_not_seen() throws Exception {
        azure.put(ACME, 1, SIZE);
        azure.service.resetConnections();

        azure.assertStored(ACME, 1, SIZE);
        azure.service.resetConnections();
        assertThat(azure.put(ACME, 2, SIZE).created()).isTrue();
    }
}
