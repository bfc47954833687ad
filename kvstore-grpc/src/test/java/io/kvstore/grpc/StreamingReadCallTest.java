package io.kvstore.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.Status;
import io.kvstore.api.KVStoreException;
import io.kvstore.api.Reason;
import io.kvstore.protos.KVStoreServiceGrpc;
import java.io.InputStream;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A stream's odd moments, without a transport. */
class StreamingReadCallTest {

    private static final int MAX = 64 << 20;

    private final ScriptedStores stores = new ScriptedStores();
    private final ByteBudget inbound = new ByteBudget(MAX, MAX / 2, MAX);
    private final ByteBudget outbound = new ByteBudget(MAX, MAX / 2, MAX);
    private final ByteBudget waitingQuestions = new ByteBudget(MAX, MAX / 2, 0);
    private final Door door = new Door(inbound, outbound, waitingQuestions, Runnable::run, new CallClock(() -> 0));
    private final FakeCall<Decoded<LocationQuestion>, ReadAnswer> call = new FakeCall<>(
            KVStoreServiceGrpc.getStreamingReadMethod(),
            new Incoming<>("ReadRequest", Reason.INVALID_ARGUMENT, LocationQuestion::parse),
            new Outgoing<>("ReadResponse", answer -> InputStream.nullInputStream()));
    private final ServerCall.Listener<Decoded<LocationQuestion>> stream =
            StreamingReadCall.handler(stores, door).startCall(call, new Metadata());

    private void ask(String location, String completionId) {
        stream.onMessage(new Decoded<>(new LocationQuestion("acct1", "prompts", location, completionId), null, 20));
    }

    @AfterEach
    void all_is_given_back() {
        stream.onComplete();
        assertThat(inbound.usedBytes()).isZero();
        assertThat(outbound.usedBytes()).isZero();
        assertThat(waitingQuestions.usedBytes()).isZero();
        assertThat(stores.ledger.openCount()).isZero();
    }

    @Test
    void an_answer_for_which_there_is_no_memory_ends_the_stream_and_the_stores_work() {
        stores.payloadBytes = 1000;
        call.failsToSend = new OutOfMemoryError("as Netty throws it");

        ask("loc", "");

        assertThat(call.closed).extracting(Status::getCode).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
        assertThat(stores.streamsCancelled).hasValue(1);
    }

    @Test
    void a_completion_id_against_the_rules_is_answered_in_its_place() {
        ask("one", "");
        ask("two", "x".repeat(1025));
        ask("three", "");

        assertThat(call.sent)
                .extracting(answer -> answer.result().failure().map(KVStoreException::reason))
                .extracting(reason -> reason.map(Enum::name).orElse("ok"))
                .containsExactly("ok", "INVALID_ARGUMENT", "ok");
    }

    @Test
    void an_answer_that_finds_no_room_in_time_is_refused_in_its_place() {
        ByteBudget.Permit all = outbound.force(ByteBudget.NO_TENANT, MAX);
        stores.payloadBytes = 1000;
        ask("loc", "");
        assertThat(call.sent).isEmpty();

        ((TimedCall) stream).check(TimeUnit.SECONDS.toNanos(11));

        assertThat(call.sent)
                .extracting(answer -> answer.result().failure().map(KVStoreException::reason))
                .containsExactly(java.util.Optional.of(Reason.RESOURCE_EXHAUSTED));
        all.close();
    }

    /**
     * A stream of a client that does not read is let be as long as it is in nobody's way.
     *
     * @param inTheWay has somebody wait for what the stream holds; closed when the stream has ended
     */
    private void assertEndedWhenInTheWay(int questions, Supplier<CompletableFuture<ByteBudget.Permit>> inTheWay) {
        stores.payloadBytes = MAX;
        call.ready = false;
        Context.CancellableContext context = new InboundBytes(inbound, Long.MAX_VALUE)
                .filterContext(Context.ROOT)
                .withCancellation();
        context.run(() -> {
            var unread = StreamingReadCall.handler(stores, door).startCall(call, new Metadata());
            for (int i = 0; i < questions; i++) {
                unread.onMessage(new Decoded<>(new LocationQuestion("acct1", "prompts", "loc", ""), null, 20));
            }
            ((TimedCall) unread).check(TimeUnit.SECONDS.toNanos(50));
            assertThat(context.isCancelled()).isFalse();
            CompletableFuture<ByteBudget.Permit> room = inTheWay.get();

            ((TimedCall) unread).check(TimeUnit.SECONDS.toNanos(50));

            assertThat(context.isCancelled()).isTrue();
            unread.onCancel();
            room.join().close();
        });
        context.close();
    }

    @Test
    void answers_that_nobody_reads_make_room_for_one_who_has_none() {
        assertEndedWhenInTheWay(1, () -> outbound.acquire("another", 1000));
    }

    @Test
    void answers_that_nobody_reads_make_room_for_the_questions_of_others() {
        assertEndedWhenInTheWay(
                1_000, () -> CompletableFuture.completedFuture(waitingQuestions.force("@others", MAX - MAX / 4)));
    }

    @Test
    void waiting_questions_are_counted_and_bounded_by_their_bytes() {
        stores.answering = false;
        String longest = "l".repeat(1024);
        int asked = 0;
        while (call.closed == null && asked < UnansweredQuestions.MAX_QUESTIONS) {
            ask(longest, "");
            asked++;
        }

        assertThat(call.closed).extracting(Status::getCode).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
        assertThat(asked * 2L * 1024).isLessThan(UnansweredQuestions.MAX_BYTES);
        assertThat(asked).isGreaterThan(10_000);
    }
}
