package io.kvstore.grpc;

import static io.kvstore.grpc.WireFixture.await;
import static io.kvstore.grpc.WireFixture.read;
import static io.kvstore.grpc.WireFixture.statusOf;
import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthGrpc;
import io.kvstore.protos.ReadRequest;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Clients that take more than their part, over real sockets. */
class LimitsOverTheWireTest {

    private static final int MEGABYTE = 1 << 20;

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
            await("both hold all they may", () -> wire.server.bytesInFlight() >= 6L * MEGABYTE);

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
            // As a stream, or the client keeps the headers until there is a message.
            var write = io.kvstore.protos.KVStoreServiceGrpc.getWriteMethod().toBuilder()
                    .setType(io.grpc.MethodDescriptor.MethodType.BIDI_STREAMING)
                    .build();
            var call = wire.channel.newCall(write, io.grpc.CallOptions.DEFAULT);
            var ended = new java.util.concurrent.CompletableFuture<Status>();
            call.start(
                    new io.grpc.ClientCall.Listener<>() {
                        @Override
                        public void onClose(Status status, io.grpc.Metadata trailers) {
                            ended.complete(status);
                        }
                    },
                    new io.grpc.Metadata());
            call.request(1);
            await("its room is taken", () -> wire.server.bytesInFlight() == UnaryCall.ADMITTED_BYTES);

            nanos.addAndGet(TimeUnit.SECONDS.toNanos(11));

            assertThat(ended.get(30, TimeUnit.SECONDS).getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
            await("its room is given back", () -> wire.server.bytesInFlight() == 0);
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
                var stub = io.kvstore.protos.KVStoreServiceGrpc.newBlockingStub(second.channel())
                        .withDeadlineAfter(10, TimeUnit.SECONDS);
                assertThat(statusOf(() -> stub.read(read("loc"))).getCode()).isEqualTo(Status.Code.UNAVAILABLE);
            }
            wire.channel.shutdownNow();
            try (WireFixture.Client third = new WireFixture.Client(wire.server.port())) {
                var stub = io.kvstore.protos.KVStoreServiceGrpc.newBlockingStub(third.channel())
                        .withWaitForReady()
                        .withDeadlineAfter(30, TimeUnit.SECONDS);
                assertThat(stub.read(read("loc")).getFound()).isTrue();
            }
        }
    }
}
