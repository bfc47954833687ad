package io.kvstore.grpc;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.grpc.Attributes;
import io.grpc.Context;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerStreamTracer;
import io.grpc.Status;
import io.kvstore.api.ReadResult;
import io.kvstore.api.Reason;
import io.kvstore.api.WriteResult;
import io.kvstore.protos.KVStoreServiceGrpc;
import io.kvstore.protos.WriteResponse;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What is given back when a call ends at an odd moment. */
class UnaryCallTest {

    private static final int MAX = 4 << 20;

    private final UnpooledByteBufAllocator memory = new UnpooledByteBufAllocator(true);
    private final ScriptedStores stores = new ScriptedStores();
    private final ByteBudget inbound = new ByteBudget(MAX, MAX / 2, MAX);
    private final ByteBudget outbound = new ByteBudget(MAX, MAX / 2, MAX);
    private long nanos;
    private final Door door = new Door(
            inbound, outbound, new ByteBudget(64 << 20, 32 << 20, 0), Runnable::run, new CallClock(() -> nanos));

    private final Incoming<WriteQuestion> writes = new Incoming<>(
            "WriteRequest",
            Reason.INVALID_ARGUMENT,
            reader -> WriteQuestion.parse(reader, new InboundBuffers(memory, 0)));
    private final FakeCall<Decoded<WriteQuestion>, WriteResponse> write = new FakeCall<>(
            KVStoreServiceGrpc.getWriteMethod(),
            writes,
            KVStoreServiceGrpc.getWriteMethod().getResponseMarshaller());
    private final FakeCall<Decoded<LocationQuestion>, ReadAnswer> read = new FakeCall<>(
            KVStoreServiceGrpc.getReadMethod(),
            new Incoming<>("ReadRequest", Reason.INVALID_ARGUMENT, LocationQuestion::parse),
            new Outgoing<>("ReadResponse", answer -> InputStream.nullInputStream()));

    private ServerCall.Listener<Decoded<WriteQuestion>> startWrite() {
        return UnaryCall.<WriteQuestion, WriteResult, WriteResponse>handler(new WriteMethod(stores, inbound), door)
                .startCall(write, new Metadata());
    }

    private ServerCall.Listener<Decoded<LocationQuestion>> startRead() {
        return UnaryCall.<LocationQuestion, ReadResult, ReadAnswer>handler(new ReadMethod(stores), door)
                .startCall(read, new Metadata());
    }

    private void ask(ServerCall.Listener<Decoded<LocationQuestion>> call) {
        call.onMessage(new Decoded<>(new LocationQuestion("acct1", "prompts", "loc", ""), null, 20));
        call.onHalfClose();
    }

    private Decoded<WriteQuestion> writeOf(int payloadBytes) {
        return writes.parse(new ByteArrayInputStream(WireFixture.write(WireFixture.chunk(1, 0, new byte[payloadBytes]))
                .toByteArray()));
    }

    private static void check(Object call, long nowNanos) {
        ((TimedCall) call).check(nowNanos);
    }

    @AfterEach
    void all_is_given_back() {
        assertThat(memory.metric().usedDirectMemory()).isZero();
        assertThat(inbound.usedBytes()).isZero();
        assertThat(outbound.usedBytes()).isZero();
        assertThat(stores.ledger.openCount()).isZero();
    }

    @Test
    void a_question_that_a_second_one_refutes_is_let_go_of() {
        var call = startWrite();
        call.onMessage(writeOf(1000));
        call.onMessage(writeOf(1000));

        assertThat(code()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        call.onComplete();
    }

    @Test
    void a_question_that_comes_after_the_refusal_is_let_go_of() {
        var call = startWrite();
        check(call, TimeUnit.SECONDS.toNanos(11));
        call.onMessage(writeOf(1000));

        assertThat(code()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
        call.onComplete();
    }

    @Test
    void a_write_that_sends_nothing_gives_its_room_back_in_time() {
        var call = startWrite();
        assertThat(inbound.usedBytes()).isEqualTo(UnaryCall.ADMITTED_BYTES);

        check(call, TimeUnit.SECONDS.toNanos(9));
        assertThat(write.closed).isNull();
        check(call, TimeUnit.SECONDS.toNanos(11));

        assertThat(code()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
        assertThat(inbound.usedBytes()).isZero();
    }

    @Test
    void a_write_that_stops_is_ended_however_much_of_it_has_come() {
        upload(bytes -> {
            var call = startWrite();
            bytes.inboundWireSize(2 << 20);
            checkAtSecond(call, 1);
            checkAtSecond(call, 10);
            assertThat(write.closed).isNull();

            checkAtSecond(call, 11);

            assertThat(code()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
            assertThat(inbound.usedBytes()).isZero();
        });
    }

    @Test
    void a_write_that_trickles_is_ended_like_one_that_stops() {
        upload(bytes -> {
            var call = startWrite();
            bytes.inboundWireSize(2 << 20);
            for (int second = 1; second <= 11; second++) {
                assertThat(write.closed).isNull();
                bytes.inboundWireSize(1);
                checkAtSecond(call, second);
            }

            assertThat(code()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
        });
    }

    @Test
    void a_slow_write_goes_on_also_after_a_pause() {
        upload(bytes -> {
            var call = startWrite();
            for (int second = 10; second <= 100; second += 10) {
                bytes.inboundWireSize(3 << 20);
                checkAtSecond(call, second - 9);
                checkAtSecond(call, second);
            }

            assertThat(write.closed).isNull();
            bytes.close();
        });
    }

    @Test
    void a_write_that_has_stopped_makes_room_for_one_who_has_none() {
        upload(bytes -> {
            var call = startWrite();
            bytes.inboundWireSize(MAX);
            checkAtSecond(call, 1);
            checkAtSecond(call, 3);
            assertThat(write.closed).isNull();
            var waiting = inbound.acquire("@another", 1000);

            checkAtSecond(call, 3);

            assertThat(code()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
            waiting.join().close();
        });
    }

    @Test
    void a_write_that_comes_fast_enough_makes_room_for_nobody() {
        upload(bytes -> {
            var call = startWrite();
            bytes.inboundWireSize(MAX);
            checkAtSecond(call, 1);
            var waiting = inbound.acquire("@another", 1000);
            for (int second = 2; second < 60; second++) {
                bytes.inboundWireSize(256 << 10);
                checkAtSecond(call, second);
            }

            assertThat(write.closed).isNull();
            waiting.cancel(true);
            bytes.close();
        });
    }

    @Test
    void the_writes_of_one_connection_leave_a_quarter_of_the_room_to_others_however_they_grow() {
        InboundBytes first = new InboundBytes(inbound, Long.MAX_VALUE);
        first.reserve(inbound.acquire("@client:1", UnaryCall.ADMITTED_BYTES).join());
        InboundBytes second = new InboundBytes(inbound, Long.MAX_VALUE);
        boolean[] refused = {false};
        second.onRefuse(() -> refused[0] = true);
        second.reserve(inbound.acquire("@client:1", 1000).join());
        first.inboundWireSize(MAX / 2);
        second.inboundWireSize(MAX / 4);
        assertThat(refused[0]).isFalse();

        second.inboundWireSize(1);

        assertThat(refused[0]).isTrue();
        first.close();
        second.close();
    }

    /** Else who always has some small question under way would never be let in before those that hold all. */
    @Test
    void who_has_but_small_messages_under_way_holds_nothing() {
        InboundBytes small = new InboundBytes(inbound, Long.MAX_VALUE);
        small.serverCallStarted(new CallFrom("127.0.0.1", 1));
        small.inboundWireSize(InboundBytes.MAX_SMALL_MESSAGE_BYTES);
        ByteBudget.Permit others = inbound.force("@others", MAX);
        var waiting = inbound.acquire("@127.0.0.1:1", 1000);
        assertThat(inbound.isStarved()).isTrue();

        small.inboundWireSize(1);
        assertThat(inbound.isStarved()).isFalse();
        small.close();
        others.close();
        waiting.join().close();
    }

    private static final class CallFrom extends ServerStreamTracer.ServerCallInfo<Object, Object> {
        private final Attributes attributes;

        CallFrom(String address, int port) {
            attributes = Attributes.newBuilder()
                    .set(Grpc.TRANSPORT_ATTR_REMOTE_ADDR, new InetSocketAddress(address, port))
                    .build();
        }

        @Override
        public MethodDescriptor<Object, Object> getMethodDescriptor() {
            throw new UnsupportedOperationException();
        }

        @Override
        public Attributes getAttributes() {
            return attributes;
        }

        @Override
        public String getAuthority() {
            return "";
        }
    }

    private void upload(Consumer<InboundBytes> test) {
        InboundBytes bytes = new InboundBytes(inbound, Long.MAX_VALUE);
        bytes.filterContext(Context.ROOT).run(() -> test.accept(bytes));
    }

    private void checkAtSecond(Object call, int second) {
        nanos = TimeUnit.SECONDS.toNanos(second);
        check(call, nanos);
    }

    @Test
    void a_write_that_finds_no_place_to_wait_is_told_when_to_come_again() {
        ByteBudget.Permit all = inbound.force(ByteBudget.NO_TENANT, MAX);
        var waiting = inbound.acquire(ByteBudget.NO_TENANT, MAX);

        startWrite();

        assertThat(code()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
        assertThat(StatusMapping.toException(requireNonNull(write.closed), write.trailers)
                        .retryAfter())
                .isPresent();
        waiting.cancel(true);
        all.close();
    }

    @Test
    void a_write_as_large_as_the_budget_is_let_in_alone() {
        InboundBytes bytes = new InboundBytes(inbound, Long.MAX_VALUE);
        boolean[] refused = {false};
        bytes.onRefuse(() -> refused[0] = true);
        bytes.reserve(inbound.acquire("@client", UnaryCall.ADMITTED_BYTES).join());
        for (int i = 0; i < MAX; i += 16_384) {
            bytes.inboundWireSize(16_384);
        }
        bytes.inboundWireSize(1000);

        assertThat(refused[0]).isFalse();
        assertThat(inbound.usedBytes()).isEqualTo(MAX + 1000);
        bytes.close();
    }

    @Test
    void one_byte_frames_are_counted_in_one_permit_and_refused_when_all_is_used() {
        ByteBudget.Permit others = inbound.force(ByteBudget.NO_TENANT, MAX);
        InboundBytes bytes = new InboundBytes(inbound, Long.MAX_VALUE);
        boolean[] refused = {false};
        bytes.onRefuse(() -> refused[0] = true);
        for (int i = 0; i < InboundBytes.MAX_SMALL_MESSAGE_BYTES; i++) {
            bytes.inboundWireSize(1);
        }
        assertThat(refused[0]).isFalse();
        bytes.inboundWireSize(1);
        assertThat(refused[0]).isTrue();
        assertThat(inbound.usedBytes()).isEqualTo(MAX + InboundBytes.MAX_SMALL_MESSAGE_BYTES + 1);
        bytes.close();
        others.close();
    }

    @Test
    void many_small_messages_are_refused_in_the_end() {
        ByteBudget.Permit others = inbound.force(ByteBudget.NO_TENANT, MAX + MAX / 4);
        InboundBytes bytes = new InboundBytes(inbound, Long.MAX_VALUE);
        boolean[] refused = {false};
        bytes.onRefuse(() -> refused[0] = true);

        bytes.inboundWireSize(1);

        assertThat(refused[0]).isTrue();
        bytes.close();
        others.close();
    }

    @Test
    void a_message_read_from_a_stream_does_not_uncount_the_next_one() {
        InboundBytes bytes = new InboundBytes(inbound, Long.MAX_VALUE);
        bytes.inboundWireSize(100);
        bytes.inboundWireSize(70);
        bytes.received(100, 30);
        assertThat(inbound.usedBytes()).isEqualTo(100);
        bytes.letGo(30);
        assertThat(inbound.usedBytes()).isEqualTo(70);
        bytes.close();
    }

    @Test
    void an_answer_that_finds_no_room_in_time_is_refused() {
        ByteBudget.Permit all = outbound.force(ByteBudget.NO_TENANT, MAX);
        stores.payloadBytes = 1000;
        var call = startRead();
        ask(call);
        assertThat(read.closed).isNull();

        check(call, TimeUnit.SECONDS.toNanos(11));

        assertThat(read.closed).extracting(Status::getCode).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
        call.onComplete();
        all.close();
    }

    @Test
    void an_answer_that_nobody_reads_is_cut_off() {
        stores.payloadBytes = 1000;
        InboundBytes bytes = new InboundBytes(inbound, Long.MAX_VALUE);
        Context.CancellableContext context = bytes.filterContext(Context.ROOT).withCancellation();
        context.run(() -> {
            var call = startRead();
            ask(call);
            assertThat(read.sent).hasSize(1);
            check(call, TimeUnit.SECONDS.toNanos(59));
            assertThat(context.isCancelled()).isFalse();
            check(call, TimeUnit.SECONDS.toNanos(61));
            // What makes gRPC reset the stream.
            assertThat(Status.fromThrowable(context.cancellationCause()).getCode())
                    .isEqualTo(Status.Code.DEADLINE_EXCEEDED);
            call.onCancel();
        });
        context.close();
    }

    @Test
    void an_answer_that_nobody_reads_makes_room_for_one_who_has_none() {
        stores.payloadBytes = MAX;
        InboundBytes bytes = new InboundBytes(inbound, Long.MAX_VALUE);
        Context.CancellableContext context = bytes.filterContext(Context.ROOT).withCancellation();
        context.run(() -> {
            var call = startRead();
            ask(call);
            checkAtSecond(call, 50);
            assertThat(context.isCancelled()).isFalse();
            var waiting = outbound.acquire("another", 1000);

            checkAtSecond(call, 50);

            assertThat(context.isCancelled()).isTrue();
            call.onCancel();
            waiting.join().close();
        });
        context.close();
    }

    @Test
    void an_answer_for_which_there_is_no_memory_ends_the_call() {
        stores.payloadBytes = 1000;
        read.failsToSend = new OutOfMemoryError("as Netty throws it");
        var call = startRead();

        assertThatCode(() -> ask(call)).doesNotThrowAnyException();

        assertThat(read.closed).extracting(Status::getCode).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
        call.onComplete();
    }

    private Status.Code code() {
        return requireNonNull(write.closed).getCode();
    }
}
