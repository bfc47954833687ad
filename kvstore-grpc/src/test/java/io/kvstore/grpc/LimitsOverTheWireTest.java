package io.kvstore.grpc;

import static io.kvstore.grpc.WireFixture.await;
import static io.kvstore.grpc.WireFixture.read;
import static io.kvstore.grpc.WireFixture.statusOf;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.util.concurrent.ListenableFuture;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthGrpc;
import io.kvstore.protos.KVStoreServiceGrpc;
import io.kvstore.protos.LookupRequest;
import io.kvstore.protos.LookupResponse;
import io.kvstore.protos.ReadRequest;
import io.kvstore.protos.WriteRequest;
import io.kvstore.protos.WriteResponse;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Clients that take more than their part, over real sockets. */
class LimitsOverTheWireTest {

    private static final int MEGABYTE = 1 << 20;

    private static final LookupRequest LOOKUP = LookupRequest.newBuilder()
            .setResourceName(WireFixture.RESOURCE)
            .setContainerName(WireFixture.CONTAINER)
            .addTokens(1)
            .build();

    private final ScriptedStores stores = new ScriptedStores();
    private final AtomicLong nanos = new AtomicLong();

    @Test
    void readers_that_stall_are_cut_off_and_the_others_go_on() throws Exception {
        stores.payloadBytes = MEGABYTE;
        try (WireFixture wire = WireFixture.serving(
                        stores,
                        builder -> builder.maxBytesInFlight(16L * MEGABYTE)
                                .maxTenantBytesInFlight(8L * MEGABYTE)
                                .nanoClock(nanos::get));
                StreamingReadTest.Exchange one = new StreamingReadTest.Exchange(wire);
                StreamingReadTest.Exchange two = new StreamingReadTest.Exchange(wire)) {
            IntStream.range(0, 20).forEach(i -> one.ask(read("loc" + i)));
            IntStream.range(0, 20)
                    .forEach(i -> two.ask(
                            read("loc" + i).toBuilder().setResourceName("other").build()));
            await("both hold all they may", () -> wire.server.bytesInFlight() >= 4L * MEGABYTE);

            // What was on its way is sent meanwhile, and its time begins anew.
            // These clients see it when they have read what they had received.
            await("all is given back", () -> {
                nanos.addAndGet(TimeUnit.SECONDS.toNanos(1));
                return wire.server.bytesInFlight() == 0 && stores.ledger.openCount() == 0;
            });
            assertThat(wire.patient().read(read("loc")).getFound()).isTrue();
        }
    }

    @Test
    void a_write_that_never_comes_is_ended() throws Exception {
        try (WireFixture wire = WireFixture.serving(stores, builder -> builder.nanoClock(nanos::get))) {
            CompletableFuture<Status> ended = beginWrite(wire.channel);
            await("its room is taken", () -> wire.server.bytesInFlight() == UnaryCall.ADMITTED_BYTES);

            // Its time begins a moment after its room is taken.
            await("it is ended", () -> {
                nanos.addAndGet(TimeUnit.SECONDS.toNanos(1));
                return ended.isDone();
            });
            assertThat(ended.get(30, TimeUnit.SECONDS).getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
            await("its room is given back", () -> wire.server.bytesInFlight() == 0);
        }
    }

    /** A write whose message never comes; its status. */
    private static CompletableFuture<Status> beginWrite(ManagedChannel channel) {
        // As a stream, or the client keeps the headers until there is a message.
        var write = KVStoreServiceGrpc.getWriteMethod().toBuilder()
                .setType(MethodDescriptor.MethodType.BIDI_STREAMING)
                .build();
        ClientCall<WriteRequest, WriteResponse> call = channel.newCall(write, CallOptions.DEFAULT);
        CompletableFuture<Status> ended = new CompletableFuture<>();
        call.start(
                new ClientCall.Listener<>() {
                    @Override
                    public void onClose(Status status, Metadata trailers) {
                        ended.complete(status);
                    }
                },
                new Metadata());
        call.request(1);
        return ended;
    }

    @Test
    void one_address_takes_its_share_of_the_room_for_writes_and_leaves_the_rest_to_others() throws Exception {
        try (WireFixture wire = WireFixture.serving(
                        stores,
                        builder -> builder.maxBytesInFlight(16L * MEGABYTE).nanoClock(nanos::get));
                WireFixture.Client greedy = WireFixture.Client.from("127.0.0.2", wire.server.port())) {
            // Half of the room for what is received.
            int share = 4;
            List<CompletableFuture<Status>> begun = new ArrayList<>();
            for (int i = 0; i < 2 * share; i++) {
                begun.add(beginWrite(greedy.channel()));
            }
            await("all are under way", () -> wire.server.activeCalls() == begun.size());
            await("it has its share", () -> wire.server.bytesInFlight() == share * UnaryCall.ADMITTED_BYTES);

            assertThat(wire.patient()
                            .write(WireFixture.write(WireFixture.chunk(1, 0, new byte[MEGABYTE])))
                            .getSuccess())
                    .isTrue();
            await("the other's is done", () -> wire.server.activeCalls() == begun.size());
            assertThat(wire.server.bytesInFlight()).isEqualTo(share * UnaryCall.ADMITTED_BYTES);
            assertThat(begun).noneMatch(CompletableFuture::isDone);

            // Those that wait for room are refused in time, those that have it a little later.
            nanos.addAndGet(TimeUnit.SECONDS.toNanos(3));
            await(
                    "half are refused",
                    () -> begun.stream().filter(CompletableFuture::isDone).count() == share);
            await("the others are ended", () -> {
                nanos.addAndGet(TimeUnit.SECONDS.toNanos(1));
                return begun.stream().allMatch(CompletableFuture::isDone);
            });
            for (CompletableFuture<Status> call : begun) {
                assertThat(call.get(30, TimeUnit.SECONDS).getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
            }
            await("all is given back", () -> wire.server.bytesInFlight() == 0);
        }
    }

    /** The failure: lookups counted for nobody, so those of one connection took all the room. */
    @Test
    void the_lookups_of_one_connection_leave_room_for_the_writes_of_others() throws Exception {
        stores.answering = false;
        LookupRequest large = LOOKUP.toBuilder()
                .addAllTokens(Collections.nCopies(MEGABYTE, 1L))
                .build();
        try (WireFixture wire = WireFixture.serving(
                        stores,
                        builder -> builder.maxBytesInFlight(16L * MEGABYTE).nanoClock(nanos::get));
                WireFixture.Client greedy = new WireFixture.Client(wire.server.port())) {
            var lookups = KVStoreServiceGrpc.newFutureStub(greedy.channel());
            List<ListenableFuture<LookupResponse>> held = new ArrayList<>();
            for (int i = 0; i < 12; i++) {
                int before = stores.calls.size();
                var lookup = lookups.lookup(large);
                held.add(lookup);
                await("it is with the store, or refused", () -> stores.calls.size() > before || lookup.isDone());
            }
            int before = stores.calls.size();
            var write = KVStoreServiceGrpc.newFutureStub(wire.channel)
                    .write(WireFixture.write(WireFixture.chunk(1, 0, new byte[MEGABYTE / 2])));
            await("the write is with the store", () -> stores.calls.size() == before + 1);
            assertThat(held).filteredOn(Future::isDone).hasSizeBetween(6, 8);
            for (int i = 0; i < 50; i++) {
                held.add(lookups.lookup(LOOKUP));
            }
            await("so are small lookups", () -> stores.calls.size() == before + 51);
            stores.calls.forEach(call -> call.cancel(true));
            await("all end", () -> write.isDone() && held.stream().allMatch(Future::isDone));
            await("all is given back", () -> wire.server.bytesInFlight() == 0);
        }
    }

    /** A client has one connection, however much it does. Server and prompts are a quarter of usual ones. */
    @Test
    void as_many_lookups_of_usual_length_as_a_connection_has_calls_are_served_at_once() throws Exception {
        stores.answering = false;
        LookupRequest usual = LOOKUP.toBuilder()
                .addAllTokens(Collections.nCopies(32 * 1024, 100_000L))
                .build();
        try (WireFixture wire = WireFixture.serving(stores, builder -> builder.maxBytesInFlight(64L * MEGABYTE))) {
            var lookups = KVStoreServiceGrpc.newFutureStub(wire.channel);
            List<ListenableFuture<LookupResponse>> held = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                held.add(lookups.lookup(usual));
            }
            await("all are with the store", () -> stores.calls.size() == 200);
            assertThat(held).noneMatch(Future::isDone);
            held.forEach(call -> call.cancel(true));
        }
    }

    /** The failure: one connection's streams had all the room, and whoever asked next lost its stream, or its write. */
    @Test
    void the_unanswered_questions_of_one_connection_leave_room_for_those_of_others() throws Exception {
        stores.answering = false;
        stores.payloadBytes = 1;
        List<StreamingReadTest.Exchange> unread = new ArrayList<>();
        try (WireFixture wire = WireFixture.serving(
                        stores,
                        builder -> builder.maxBytesInFlight(8L * MEGABYTE).maxQuestionBytes(4L * MEGABYTE));
                WireFixture.Client other = new WireFixture.Client(wire.server.port())) {
            for (int i = 0; i < 20; i++) {
                StreamingReadTest.Exchange stream = new StreamingReadTest.Exchange(wire);
                unread.add(stream);
                int taken = stores.questionsTaken.get();
                for (int j = 0; j < 1_000; j++) {
                    stream.ask(ReadRequest.getDefaultInstance());
                }
                await(
                        "they are taken, or too many",
                        () -> stores.questionsTaken.get() == taken + 1_000 || stream.ended.isDone());
            }
            try (StreamingReadTest.Exchange usual = new StreamingReadTest.Exchange(other.async())) {
                int taken = stores.questionsTaken.get();
                for (int j = 0; j < 2_000; j++) {
                    usual.ask(read("loc" + j));
                }
                await("they are taken", () -> stores.questionsTaken.get() == taken + 2_000 || usual.ended.isDone());
                var write = KVStoreServiceGrpc.newFutureStub(other.channel())
                        .write(WireFixture.write(WireFixture.chunk(1, 0, new byte[MEGABYTE])));
                await("a write is with the store", () -> stores.calls.size() == 1 || write.isDone());
                assertThat(stores.calls).hasSize(1);
                assertThat(unread).filteredOn(stream -> stream.ended.isDone()).hasSizeBetween(10, 15);

                stores.resume();
                usual.request(2_000);
                for (int j = 0; j < 2_000; j++) {
                    assertThat(usual.next().getLocation()).isEqualTo("loc" + j);
                }
            }
        } finally {
            unread.forEach(StreamingReadTest.Exchange::close);
            stores.calls.forEach(call -> call.cancel(true));
        }
    }

    @Test
    void a_long_lookup_answer_waits_for_room_and_a_short_one_does_not() throws Exception {
        try (WireFixture wire = WireFixture.serving(
                        stores,
                        builder -> builder.maxBytesInFlight(16L * MEGABYTE).nanoClock(nanos::get));
                StreamingReadTest.Exchange unread = new StreamingReadTest.Exchange(wire)) {
            // One answer over the share, which is let in alone: nothing else of its tenant is.
            stores.payloadBytes = 6 * MEGABYTE;
            unread.ask(read("loc"));
            await("it lies in the transport", () -> wire.server.bytesInFlight() > 6L * MEGABYTE);

            stores.lookup = LookupEncodingTest.result(64, 100);
            assertThat(wire.patient().lookup(LOOKUP).getCachedBlocks()).isEqualTo(64);

            stores.lookup = LookupEncodingTest.result(65, 100);
            var waiting = KVStoreServiceGrpc.newFutureStub(wire.channel).lookup(LOOKUP);
            await("the store has answered", () -> stores.calls.size() == 2);
            nanos.addAndGet(TimeUnit.SECONDS.toNanos(11));
            assertThat(statusOf(() -> {
                                try {
                                    waiting.get(30, TimeUnit.SECONDS);
                                } catch (ExecutionException e) {
                                    throw e.getCause();
                                }
                            })
                            .getCode())
                    .isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
        }
    }

    @Test
    void other_services_take_small_messages_only_and_nothing_of_the_budget() throws Exception {
        try (WireFixture wire = WireFixture.serving(stores)) {
            HealthGrpc.HealthBlockingStub health = HealthGrpc.newBlockingStub(wire.channel);
            HealthCheckRequest large = HealthCheckRequest.newBuilder()
                    .setService("x".repeat(100_000))
                    .build();

            assertThat(statusOf(() -> health.check(large)).getCode())
                    .isIn(Status.Code.RESOURCE_EXHAUSTED, Status.Code.CANCELLED);

            assertThat(wire.server.bytesInFlight()).isZero();
            assertThat(health.check(HealthCheckRequest.getDefaultInstance()).getStatusValue())
                    .isEqualTo(1);
        }
    }

    @Test
    void a_read_request_of_megabytes_is_refused() throws Exception {
        try (WireFixture wire = WireFixture.serving(stores)) {
            ReadRequest large = read("x".repeat(MEGABYTE));

            assertThat(statusOf(() -> wire.patient().read(large)).getCode())
                    .isIn(Status.Code.RESOURCE_EXHAUSTED, Status.Code.CANCELLED);
            await("nothing stays counted", () -> wire.server.bytesInFlight() == 0);
        }
    }

    @Test
    void one_connection_too_many_is_closed_and_a_freed_place_is_used_again() throws Exception {
        stores.payloadBytes = 1;
        try (WireFixture wire = WireFixture.serving(stores, builder -> builder.maxConnections(1))) {
            assertThat(wire.patient().read(read("loc")).getFound()).isTrue();
            try (WireFixture.Client second = new WireFixture.Client(wire.server.port())) {
                var stub = KVStoreServiceGrpc.newBlockingStub(second.channel()).withDeadlineAfter(10, TimeUnit.SECONDS);
                assertThat(statusOf(() -> stub.read(read("loc"))).getCode()).isEqualTo(Status.Code.UNAVAILABLE);
            }
            wire.channel.shutdownNow();
            // The server sees the end of the first connection when it comes to it; until then there is no place.
            await("a third has the place", () -> {
                try (WireFixture.Client third = new WireFixture.Client(wire.server.port())) {
                    return KVStoreServiceGrpc.newBlockingStub(third.channel())
                            .withDeadlineAfter(10, TimeUnit.SECONDS)
                            .read(read("loc"))
                            .getFound();
                } catch (StatusRuntimeException e) {
                    assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
                    return false;
                }
            });
        }
    }
}
