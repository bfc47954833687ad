package io.kvstore.grpc;

import static io.kvstore.grpc.WireFixture.await;
import static io.kvstore.grpc.WireFixture.chunk;
import static io.kvstore.grpc.WireFixture.read;
import static io.kvstore.grpc.WireFixture.statusOf;
import static io.kvstore.grpc.WireFixture.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.common.util.concurrent.ListenableFuture;
import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.reflection.v1.ServerReflectionResponse;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import io.kvstore.api.CallOptions;
import io.kvstore.api.CallerToken;
import io.kvstore.api.ReadResult;
import io.kvstore.api.StoreId;
import io.kvstore.protos.KVStoreServiceGrpc;
import io.kvstore.protos.ReadResponse;
import io.kvstore.protos.WriteResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The server around the service: calls' context, health, reflection, start and end. */
class GrpcServerTest {

    private final ScriptedStores stores = new ScriptedStores();
    private final WireFixture wire;

    GrpcServerTest() throws IOException {
        wire = WireFixture.serving(
                stores, builder -> builder.maxBytesInFlight(64 << 20).maxTenantBytesInFlight(32 << 20));
    }

    @AfterEach
    void close() throws Exception {
        wire.close();
        stores.ledger.awaitAllClosed(Duration.ofSeconds(10));
    }

    @Test
    void the_request_id_reaches_the_store_cut_and_clean() {
        Metadata headers = new Metadata();
        headers.put(RequestIds.KEY, "trace 1" + "x".repeat(1_000));
        var unused = wire.patient()
                .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers))
                .read(read("loc"));

        assertThat(stores.options.get(0).requestId()).startsWith("trace_1xxx").hasSize(128);
    }

    static Stream<Arguments> shownTokens() {
        return Stream.of(
                Arguments.of("Bearer t0ken", CallerToken.of("t0ken")),
                Arguments.of("bearer  t0ken ", CallerToken.of("t0ken")),
                Arguments.of("BEARER " + "x".repeat(4_096), CallerToken.of("x".repeat(4_096))),
                Arguments.of("Bearer " + "x".repeat(4_097), CallerToken.NONE),
                Arguments.of("Bearer two words", CallerToken.NONE),
                Arguments.of("Bearer ", CallerToken.NONE),
                Arguments.of("Bearer", CallerToken.NONE),
                Arguments.of("", CallerToken.NONE),
                Arguments.of("Basic dXNlcjpwYXNz", CallerToken.NONE));
    }

    @ParameterizedTest
    @MethodSource("shownTokens")
    void what_the_caller_shows_reaches_the_store(String header, CallerToken token) {
        Metadata headers = new Metadata();
        headers.put(BearerTokens.KEY, header);
        var unused = wire.patient()
                .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers))
                .read(read("loc"));

        assertThat(stores.options.get(0).token()).isEqualTo(token);
    }

    @Test
    void our_client_shows_its_own_token_or_the_calls() throws Exception {
        CallerToken ours = CallerToken.of("ours");
        CallerToken calls = CallerToken.of("calls");
        StoreId id = new StoreId("acct1", "prompts");
        try (GrpcKVStores client = GrpcKVStores.builder("127.0.0.1:" + wire.server.port())
                .token(ours)
                .build()) {
            client.store(id).read("loc").get(30, TimeUnit.SECONDS).close();
            client.store(id)
                    .read("loc", CallOptions.DEFAULT.withToken(calls))
                    .get(30, TimeUnit.SECONDS)
                    .close();
            client.store(id).readAll(List.of(), CallOptions.DEFAULT).subscribe(new NoTaker());
            await("the stream ends", () -> stores.streamsEnded.get() == 1);
        }

        assertThat(stores.options).extracting(CallOptions::token).containsExactly(ours, calls, ours);
    }

    @Test
    void the_deadline_reaches_the_store() {
        var withDeadline = wire.blocking.withDeadlineAfter(1, TimeUnit.HOURS).read(read("loc"));
        var without = wire.blocking.read(read("loc"));

        assertThat(withDeadline.getFound() && without.getFound()).isTrue();
        assertThat(stores.options.get(0).timeout().orElseThrow())
                .isBetween(Duration.ofMinutes(50), Duration.ofMinutes(60));
        assertThat(stores.options.get(1)).isEqualTo(CallOptions.DEFAULT);
    }

    @Test
    void a_cancelled_call_cancels_the_stores_work() throws Exception {
        stores.answering = false;
        Context.CancellableContext context = Context.current().withCancellation();
        List<ListenableFuture<?>> calls = new ArrayList<>();
        context.run(() -> {
            var stub = KVStoreServiceGrpc.newFutureStub(wire.channel);
            for (int i = 0; i < 50; i++) {
                calls.add(stub.read(read("loc")));
                calls.add(stub.write(write(chunk(i, 0, new byte[100_000]))));
            }
        });
        await("all calls reach the store", () -> stores.calls.size() == 100);

        context.cancel(null);

        await("the client's calls end", () -> calls.stream().allMatch(ListenableFuture::isDone));
        await("all are cancelled", () -> stores.calls.stream().allMatch(CompletableFuture::isCancelled));
        await("all is given back", () -> wire.server.bytesInFlight() == 0 && wire.server.activeCalls() == 0);
    }

    @Test
    void a_spent_deadline_stops_the_stores_work() throws Exception {
        stores.answering = false;

        Status status = statusOf(
                () -> wire.blocking.withDeadlineAfter(50, TimeUnit.MILLISECONDS).read(read("loc")));

        assertThat(status.getCode()).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
        await("the work stops", () -> stores.calls.stream().allMatch(CompletableFuture::isDone));
    }

    @Test
    void writes_beyond_the_budget_are_refused_with_a_delay_and_later_ones_work() throws Exception {
        stores.answering = false;
        var stub = KVStoreServiceGrpc.newFutureStub(wire.channel);
        List<ListenableFuture<WriteResponse>> held = new ArrayList<>();
        // The tenant's share of received bytes is 16 MiB.
        for (int i = 0; i < 15; i++) {
            held.add(stub.write(write(chunk(i, 0, new byte[1 << 20]))));
        }
        await("they are in the store", () -> stores.calls.size() == 15);

        StatusRuntimeException refusal = catchThrowableOfType(
                StatusRuntimeException.class, () -> wire.patient().write(write(chunk(99, 0, new byte[2 << 20]))));
        assertThat(refusal.getStatus().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
        assertThat(StatusMapping.toException(refusal.getStatus(), refusal.getTrailers())
                        .retryAfter())
                .isPresent();
        assertThat(stores.calls).hasSize(15);

        stores.answering = true;
        stores.calls.forEach(call -> call.cancel(true));
        await("the held writes end", () -> held.stream().allMatch(ListenableFuture::isDone));
        await("the store lets go", () -> wire.server.bytesInFlight() == 0);
        assertThat(wire.patient().write(write(chunk(99, 0, new byte[2 << 20]))).getSuccess())
                .isTrue();
    }

    @Test
    void a_message_that_never_ends_is_refused_when_the_budget_is_used_up() throws Exception {
        try (WireFixture small = WireFixture.serving(stores, builder -> builder.maxBytesInFlight(8 << 20))) {
            stores.answering = false;
            var stub = KVStoreServiceGrpc.newFutureStub(small.channel);
            List<ListenableFuture<WriteResponse>> calls = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                calls.add(stub.write(write(chunk(i, 0, new byte[6 << 20]))));
            }
            await(
                    "most are refused",
                    () -> calls.stream().filter(ListenableFuture::isDone).count() >= 8);
            calls.forEach(call -> call.cancel(true));
            await("all is given back", () -> small.server.bytesInFlight() == 0 && small.server.activeCalls() == 0);
        }
    }

    @Test
    void health_says_serving_and_not_serving_during_the_shutdown() throws Exception {
        var health = HealthGrpc.newBlockingStub(wire.channel).withDeadlineAfter(30, TimeUnit.SECONDS);
        for (String service : List.of("", "kvstore.KVStoreService")) {
            assertThat(health.check(HealthCheckRequest.newBuilder()
                                    .setService(service)
                                    .build())
                            .getStatus())
                    .isEqualTo(ServingStatus.SERVING);
        }
        List<ServingStatus> seen = new ArrayList<>();
        CompletableFuture<Void> first = new CompletableFuture<>();
        HealthGrpc.newStub(wire.channel).watch(HealthCheckRequest.getDefaultInstance(), new StreamObserver<>() {
            @Override
            public void onNext(HealthCheckResponse answer) {
                seen.add(answer.getStatus());
                first.complete(null);
            }

            @Override
            public void onError(Throwable failure) {}

            @Override
            public void onCompleted() {}
        });
        first.get(30, TimeUnit.SECONDS);

        // A watcher does not hold the shutdown up.
        wire.server.shutdown(Duration.ofHours(1));

        await("the watcher is told", () -> seen.contains(ServingStatus.NOT_SERVING));
    }

    @Test
    void a_call_under_way_finishes_within_the_grace_and_new_ones_are_refused() throws Exception {
        stores.answering = false;
        ListenableFuture<ReadResponse> call =
                KVStoreServiceGrpc.newFutureStub(wire.channel).read(read("loc"));
        await("the call is under way", () -> stores.calls.size() == 1);
        Thread shutdown = new Thread(() -> wire.server.shutdown(Duration.ofSeconds(30)));
        shutdown.start();
        await("new calls are refused", () -> {
            try (WireFixture.Client late = new WireFixture.Client(wire.server.port())) {
                return statusOf(() -> KVStoreServiceGrpc.newBlockingStub(late.channel())
                                        .withDeadlineAfter(1, TimeUnit.SECONDS)
                                        .read(read("late")))
                                .getCode()
                        == Status.Code.UNAVAILABLE;
            } catch (RuntimeException e) {
                return true;
            }
        });

        @SuppressWarnings("unchecked") // what the store was asked
        var answer = (CompletableFuture<io.kvstore.api.ReadResult>) stores.calls.get(0);
        stores.payloadBytes = 1_000;
        answer.complete(stores.found("loc"));

        assertThat(call.get(30, TimeUnit.SECONDS).getFound()).isTrue();
        shutdown.join(30_000);
        assertThat(shutdown.isAlive()).isFalse();
    }

    @Test
    void a_call_that_outlives_the_grace_is_cancelled() throws Exception {
        stores.answering = false;
        ListenableFuture<ReadResponse> call =
                KVStoreServiceGrpc.newFutureStub(wire.channel).read(read("loc"));
        await("the call is under way", () -> stores.calls.size() == 1);

        wire.server.shutdown(Duration.ZERO);

        assertThatThrownBy(() -> call.get(30, TimeUnit.SECONDS)).hasCauseInstanceOf(RuntimeException.class);
        await("the work stops", () -> stores.calls.get(0).isCancelled());
    }

    @Test
    void reflection_lists_the_service_and_knows_its_schema() throws Exception {
        CompletableFuture<List<ServerReflectionResponse>> done = new CompletableFuture<>();
        List<ServerReflectionResponse> answers = new ArrayList<>();
        var requests = ServerReflectionGrpc.newStub(wire.channel).serverReflectionInfo(new StreamObserver<>() {
            @Override
            public void onNext(ServerReflectionResponse answer) {
                answers.add(answer);
            }

            @Override
            public void onError(Throwable failure) {
                done.completeExceptionally(failure);
            }

            @Override
            public void onCompleted() {
                done.complete(answers);
            }
        });
        requests.onNext(ServerReflectionRequest.newBuilder().setListServices("").build());
        requests.onNext(ServerReflectionRequest.newBuilder()
                .setFileContainingSymbol("kvstore.KVStoreService")
                .build());
        requests.onCompleted();

        List<ServerReflectionResponse> received = done.get(30, TimeUnit.SECONDS);
        assertThat(received.get(0).getListServicesResponse().getServiceList())
                .anyMatch(service -> service.getName().equals("kvstore.KVStoreService"));
        assertThat(received.get(1).getFileDescriptorResponse().getFileDescriptorProtoCount())
                .isPositive();
    }

    @Test
    void a_port_in_use_is_one_line() {
        assertThatThrownBy(() -> GrpcServer.builder(stores)
                        .host("127.0.0.1")
                        .port(wire.server.port())
                        .start())
                .isInstanceOf(IOException.class)
                .hasMessageContaining("127.0.0.1:" + wire.server.port())
                .hasMessageContaining("in use")
                .message()
                .doesNotContain("\n");
    }

    @Test
    void without_the_reach_into_internals_everything_works_too() throws Exception {
        try (WireFixture plain = WireFixture.serving(stores, builder -> builder.largeFrames(false))) {
            stores.payloadBytes = 3_000_000;
            assertThat(plain.patient().read(read("loc")).getChunk().getBuffer().size())
                    .isEqualTo(3_000_000);
        }
    }

    /** Takes nothing. */
    private static final class NoTaker implements Flow.Subscriber<ReadResult> {
        @Override
        public void onSubscribe(Flow.Subscription subscription) {}

        @Override
        public void onNext(ReadResult result) {}

        @Override
        public void onError(Throwable failure) {}

        @Override
        public void onComplete() {}
    }
}
