package io.kvstore.azure;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvstore.api.KVStoreException;
import io.kvstore.api.ReadResult;
import io.kvstore.api.Reason;
import io.kvstore.testkit.azure.FaultRule;
import io.kvstore.testkit.azure.RequestKind;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a reader sees of a storage in trouble: the right bytes, or why there are none; never wrong ones. */
class ReadFaultTest extends FaultFixture {

    @Test
    void a_busy_storage_fails_the_read_and_says_when_to_come_back() throws Exception {
        String location = write(acme, 0);
        azure.every(RequestKind.GET_BLOB).in("acme").fails(503, "ServerBusy", 5);

        KVStoreException failure = failureOf(acme.read(location));

        assertThat(failure.reason()).isEqualTo(Reason.UNAVAILABLE);
        assertThat(failure.retryAfter()).contains(Duration.ofSeconds(5));
        assertThat(azure.requestCount("acme", RequestKind.GET_BLOB)).isEqualTo(1);
        azure.heal();
        assertStored(acme, location, 0);
    }

    @ParameterizedTest
    @ValueSource(ints = {429, 500, 503})
    void trouble_that_passes_costs_a_second_try_and_no_error(int status) throws Exception {
        String location = write(acme, 0);
        azure.next(RequestKind.GET_BLOB).fails(status, "Whatever");

        assertStored(acme, location, 0);
    }

    @ParameterizedTest
    @ValueSource(ints = {401, 403})
    void credentials_that_are_refused_are_said_to_be(int status) throws Exception {
        String location = write(acme, 0);
        azure.every(RequestKind.GET_BLOB).in("acme").fails(status, "AuthorizationFailure");

        assertThat(failureOf(acme.read(location)).reason()).isEqualTo(Reason.PERMISSION_DENIED);

        azure.heal();
        assertStored(acme, location, 0);
    }

    static Stream<Named<Consumer<FaultRule>>> waysToBreakOff() {
        return Stream.of(
                Named.of("reset at the first byte", rule -> rule.resetsAfter(0)),
                Named.of("reset in the middle", rule -> rule.resetsAfter(BYTES / 2)),
                Named.of("closed in the middle", rule -> rule.endsAfter(BYTES / 2)),
                Named.of("closed before the last byte", rule -> rule.endsAfter(BYTES - 1)));
    }

    @ParameterizedTest
    @MethodSource("waysToBreakOff")
    void a_body_that_breaks_off_once_is_read_whole_all_the_same(Consumer<FaultRule> breakOff) throws Exception {
        String location = write(acme, 0);
        breakOff.accept(azure.next(RequestKind.GET_BLOB));

        assertStored(acme, location, 0);
    }

    /** A body that comes in part each time gets on; here it does not get far enough. */
    static Stream<Named<Consumer<FaultRule>>> waysToBreakOffEarly() {
        return Stream.of(
                Named.of("reset at the first byte", rule -> rule.resetsAfter(0)),
                Named.of("reset early", rule -> rule.resetsAfter(1_000)),
                Named.of("closed at the first byte", rule -> rule.endsAfter(0)),
                Named.of("closed early", rule -> rule.endsAfter(1_000)));
    }

    @ParameterizedTest
    @MethodSource("waysToBreakOffEarly")
    void a_body_that_always_breaks_off_fails_and_nothing_is_lost(Consumer<FaultRule> breakOff) throws Exception {
        String location = write(acme, 0);
        breakOff.accept(azure.every(RequestKind.GET_BLOB).in("acme"));

        assertThat(failureOf(acme.read(location)).reason()).isEqualTo(Reason.UNAVAILABLE);

        azure.heal();
        assertStored(acme, location, 0);
    }

    static Stream<Named<Consumer<FaultRule>>> waysToBeWrong() {
        return Stream.of(
                Named.of("a bit flipped", FaultRule::flipsABit),
                Named.of("shorter, and said to be", rule -> rule.resizesBodyTo(BYTES - 1)),
                Named.of("longer, and said to be", rule -> rule.resizesBodyTo(BYTES + 1)),
                Named.of("empty", rule -> rule.resizesBodyTo(0)),
                Named.of("no description", rule -> rule.answersMetadata(Map.of())),
                Named.of("a description of something else", rule -> rule.answersMetadata(Map.of("kvformat", "1"))));
    }

    /** Damage is said once; then the chunk is absent, and can be computed and written again. */
    @ParameterizedTest
    @MethodSource("waysToBeWrong")
    void wrong_bytes_are_never_returned_and_make_room_for_right_ones(Consumer<FaultRule> spoil) throws Exception {
        String location = write(acme, 0);
        spoil.accept(azure.every(RequestKind.GET_BLOB).in("acme"));

        assertThat(failureOf(acme.read(location)).reason()).isEqualTo(Reason.DATA_LOSS);
        assertThat(isFound(acme, location)).isFalse();

        azure.heal();
        assertStored(acme, write(acme, 0), 0);
    }

    /** A flipped bit on the way, or in this machine's memory, once cost every tenant the chunks that were read. */
    @ParameterizedTest
    @MethodSource("waysToBeWrong")
    void a_chunk_that_was_read_wrong_once_is_not_deleted(Consumer<FaultRule> spoil) throws Exception {
        String location = write(acme, 0);
        spoil.accept(azure.next(RequestKind.GET_BLOB).in("acme"));

        assertThat(failureOf(acme.read(location)).reason()).isEqualTo(Reason.UNAVAILABLE);

        assertStored(acme, location, 0);
        assertThat(azure.requestCount("acme", RequestKind.DELETE_BLOB)).isZero();
    }

    @Test
    void a_description_that_was_read_wrong_once_costs_no_chunk() throws Exception {
        String location = write(acme, 0);
        azure.next(RequestKind.GET_BLOB).in("acme").answersHeader("x-ms-meta-kvattributes", "AQ==");

        assertStored(acme, location, 0);
        assertThat(azure.requestCount("acme", RequestKind.DELETE_BLOB)).isZero();
    }

    @Test
    void a_chunk_that_cannot_be_looked_at_again_is_neither_lost_nor_deleted() throws Exception {
        String location = write(acme, 0);
        azure.every(RequestKind.GET_BLOB).in("acme").fails(503, "ServerBusy", 5);
        azure.next(RequestKind.GET_BLOB).in("acme").flipsABit();

        assertThat(failureOf(acme.read(location)).reason()).isEqualTo(Reason.UNAVAILABLE);

        azure.heal();
        assertStored(acme, location, 0);
    }

    /** A SAS may be for reading alone. */
    @ParameterizedTest
    @MethodSource("waysToBeWrong")
    void damage_is_said_where_it_cannot_be_deleted(Consumer<FaultRule> spoil) throws Exception {
        String location = write(acme, 0);
        spoil.accept(azure.every(RequestKind.GET_BLOB).in("acme"));
        azure.every(RequestKind.DELETE_BLOB).fails(403, "AuthorizationPermissionMismatch");

        assertThat(failureOf(acme.read(location)).reason()).isEqualTo(Reason.DATA_LOSS);
        assertThat(failureOf(acme.read(location)).reason()).isEqualTo(Reason.DATA_LOSS);
    }

    @Test
    void a_format_of_another_release_is_not_damage() throws Exception {
        String location = write(acme, 0);
        azure.next(RequestKind.GET_BLOB).answersMetadata(Map.of("kvformat", "2"));

        assertThat(failureOf(acme.read(location)).reason()).isEqualTo(Reason.UNAVAILABLE);

        assertStored(acme, location, 0);
    }

    @Test
    void a_chunk_that_goes_between_lookup_and_read_is_absent_and_can_be_written_again() throws Exception {
        String location = write(acme, 0);
        assertThat(get(acme.lookup(chain.query())).cachedBlocks()).isEqualTo(1);
        azure.every(RequestKind.GET_BLOB).in("acme").findsNothing();

        assertThat(isFound(acme, location)).isFalse();

        azure.heal();
        assertStored(acme, write(acme, 0), 0);
    }

    @Test
    void a_slow_first_byte_holds_up_nobody_else() throws Exception {
        String location = write(acme, 0);
        String others = write(beta, 0);
        azure.next(RequestKind.GET_BLOB).in("acme").isHeld();
        CompletableFuture<ReadResult> slow = acme.read(location);
        azure.awaitHeld(1);

        assertStored(acme, write(acme, 1), 1);
        assertStored(beta, others, 0);
        assertThat(slow).isNotDone();
        azure.releaseHeld();

        assertIntact(get(slow), 0);
    }

    @Test
    void a_body_that_stops_in_the_middle_ends_with_the_calls_time() throws Exception {
        String location = write(acme, 0);
        azure.next(RequestKind.GET_BLOB).in("acme").freezesAfter(BYTES / 2);
        CompletableFuture<ReadResult> frozen = acme.read(location);
        azure.awaitHeld(1);

        clock.advance(A_CALLS_TIME);

        assertThat(failureOf(frozen).reason()).isEqualTo(Reason.DEADLINE_EXCEEDED);
        assertStored(acme, location, 0);
    }

    @Test
    void a_clock_that_is_wrong_by_a_day_does_not_matter() throws Exception {
        azure.skewClock(Duration.ofDays(-1));
        String location = write(acme, 0);
        azure.skewClock(Duration.ofDays(1));

        assertStored(acme, location, 0);
    }
}
