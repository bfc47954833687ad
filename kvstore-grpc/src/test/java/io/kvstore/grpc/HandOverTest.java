package io.kvstore.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.kvstore.api.Reason;
import io.kvstore.protos.KVStoreServiceGrpc;
import java.io.InputStream;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * When a stream's answers change threads. Prevents that each change of three costs as much as the answer, and that a stream that
 * is read fast keeps a thread to itself.
 */
class HandOverTest {

    private static final int MEGABYTE = 1 << 20;
    private static final int MAX = 256 * MEGABYTE;

    private final ScriptedStores stores = new ScriptedStores();
    private final ByteBudget inbound = new ByteBudget(MAX, MAX / 2, MAX);
    private final ByteBudget outbound = new ByteBudget(MAX, MAX / 2, MAX);

    /** What was handed over and not begun. */
    private final Queue<Runnable> handedOver = new ArrayDeque<>();

    private final Door door =
            new Door(inbound, outbound, new ByteBudget(64 << 20, 32 << 20, 0), handedOver::add, new CallClock(() -> 0));
    private final FakeCall<Decoded<LocationQuestion>, ReadAnswer> call = new FakeCall<>(
            KVStoreServiceGrpc.getStreamingReadMethod(),
            new Incoming<>("ReadRequest", Reason.INVALID_ARGUMENT, LocationQuestion::parse),
            new Outgoing<>("ReadResponse", answer -> InputStream.nullInputStream()));
    private final ServerCall.Listener<Decoded<LocationQuestion>> stream =
            StreamingReadCall.handler(stores, door).startCall(call, new Metadata());
    private final ExecutorService calls = CallThreads.newPool("a-call", 1);

    @AfterEach
    void all_is_given_back() {
        stream.onComplete();
        handedOver.forEach(Runnable::run);
        calls.shutdown();
        assertThat(outbound.usedBytes()).isZero();
        assertThat(stores.ledger.openCount()).isZero();
    }

    private void ask(int questions) {
        for (int i = 0; i < questions; i++) {
            stream.onMessage(new Decoded<>(new LocationQuestion("acct1", "prompts", "loc" + i, ""), null, 20));
        }
    }

    private void onThreadOfCalls(Runnable task) throws Exception {
        calls.submit(task).get(30, TimeUnit.SECONDS);
    }

    private void goOn() throws Exception {
        onThreadOfCalls(() -> {
            for (int tasks = handedOver.size(); tasks > 0; tasks--) {
                handedOver.remove().run();
            }
        });
    }

    @Test
    void a_large_answer_goes_out_on_the_calls_thread_that_has_it() throws Exception {
        stores.payloadBytes = MEGABYTE;

        onThreadOfCalls(() -> ask(3));

        assertThat(call.sent).hasSize(3);
        assertThat(handedOver).isEmpty();
    }

    @Test
    void a_large_answer_leaves_any_other_thread() throws Exception {
        stores.payloadBytes = MEGABYTE;

        ask(1);

        assertThat(call.sent).isEmpty();
        goOn();
        assertThat(call.sent).hasSize(1);
    }

    @Test
    void a_stream_that_is_read_fast_goes_to_the_end_of_the_line_at_times() throws Exception {
        stores.payloadBytes = MEGABYTE;

        onThreadOfCalls(() -> ask(100));

        assertThat(call.sent).hasSize(3);
        goOn();
        assertThat(call.sent).hasSizeBetween(4, 8);
        for (int i = 0; i < 100 && call.sent.size() < 100; i++) {
            goOn();
        }
        assertThat(call.sent).hasSize(100);
    }

    @Test
    void many_small_answers_leave_their_thread_at_times_too() {
        stores.payloadBytes = 10;

        ask(10_000);

        assertThat(call.sent).hasSizeLessThan(4_000);
        assertThat(handedOver).hasSize(1);
    }

    @Test
    void what_was_sent_wakes_nobody_while_the_stream_waits_for_a_question() throws Exception {
        stores.payloadBytes = MEGABYTE;
        call.ready = false;
        onThreadOfCalls(() -> ask(2));

        call.sent.forEach(answer -> answer.onSent().run());

        assertThat(handedOver).isEmpty();
        assertThat(outbound.usedBytes()).isZero();
        onThreadOfCalls(() -> ask(1));
        assertThat(call.sent).hasSize(3);
    }

    @Test
    void a_stream_that_waits_for_the_transport_goes_on_when_there_is_room_for_several_answers() throws Exception {
        stores.payloadBytes = MEGABYTE;
        call.ready = false;
        onThreadOfCalls(() -> ask(20));
        goOn();
        assertThat(call.sent).hasSize(4);

        call.sent.get(0).onSent().run();
        assertThat(handedOver).isEmpty();
        call.sent.get(1).onSent().run();

        goOn();
        goOn();
        assertThat(call.sent).hasSize(6);
    }

    /** The failure: with one answer left in the transport the next was asked for only when that had gone, too. */
    @Test
    void answers_of_which_few_fit_go_on_when_one_is_left() throws Exception {
        stores.payloadBytes = 7 * MEGABYTE / 2;
        call.ready = false;
        onThreadOfCalls(() -> ask(20));
        for (int i = 0; i < 4; i++) {
            goOn();
        }
        assertThat(call.sent).hasSize(2);

        call.sent.get(0).onSent().run();

        for (int i = 0; i < 4; i++) {
            goOn();
        }
        assertThat(call.sent).hasSize(3);
    }
}
