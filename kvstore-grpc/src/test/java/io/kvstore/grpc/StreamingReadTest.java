package io.kvstore.grpc;

import static io.kvstore.grpc.WireFixture.await;
import static io.kvstore.grpc.WireFixture.read;
import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.kvstore.api.Limits;
import io.kvstore.protos.KVStoreServiceGrpc;
import io.kvstore.protos.ReadRequest;
import io.kvstore.protos.ReadResponse;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** StreamingRead as existing clients use it. */
class StreamingReadTest {

    private static final int MEGABYTE = 1 << 20;

    /** Writes all requests, then reads all answers. */
    static List<ReadResponse> readAll(WireFixture wire, List<ReadRequest> requests) {
        try (Exchange exchange = new Exchange(wire)) {
            requests.forEach(exchange::ask);
            exchange.halfClose();
            exchange.request(requests.size());
            exchange.ended.get(30, TimeUnit.SECONDS);
            return new ArrayList<>(exchange.answers);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void a_client_that_writes_400_requests_and_reads_none_stays_within_the_budget() throws Exception {
        ScriptedStores stores = new ScriptedStores();
        stores.payloadBytes = MEGABYTE;
        try (WireFixture wire = WireFixture.serving(stores);
                Exchange exchange = new Exchange(wire)) {
            for (int i = 0; i < 400; i++) {
                exchange.ask(read("loc" + i));
            }
            exchange.halfClose();
            await("all requests are taken", () -> stores.questionsTaken.get() == 400);
            await("the transport is full", () -> wire.server.bytesInFlight() > AnswerPump.RESUME_BYTES);
            // A round trip of another call: the server is alive and had the time to send more, if it wanted.
            var unused = wire.patient().read(read("other"));

            assertThat(wire.server.bytesInFlight()).isLessThanOrEqualTo(AnswerPump.SEND_AHEAD_BYTES + 2 * MEGABYTE);
            // What waits is the payloads themselves, not copies of them.
            assertThat(stores.ledger.openCount() * MEGABYTE)
                    .isLessThanOrEqualTo(AnswerPump.SEND_AHEAD_BYTES + 2 * MEGABYTE);
            assertThat(stores.resultsMade.get()).isLessThan(20);

            exchange.request(400);
            exchange.ended.get(30, TimeUnit.SECONDS);
            assertThat(exchange.answers)
                    .extracting(ReadResponse::getLocation)
                    .containsExactlyElementsOf(
                            IntStream.range(0, 400).mapToObj(i -> "loc" + i).toList());
            await("all is given back", () -> wire.server.bytesInFlight() == 0 && stores.ledger.openCount() == 0);
        }
    }

    /** The failure: questions that the busy server had not looked at yet were taken for one message over its limit. */
    @Test
    void questions_with_long_names_that_come_while_the_server_is_busy_are_all_answered() throws Exception {
        CountDownLatch busy = new CountDownLatch(1);
        CountDownLatch idle = new CountDownLatch(1);
        ScriptedStores stores = new ScriptedStores();
        try (WireFixture wire = WireFixture.serving(stores, builder -> builder.threads(1));
                Exchange exchange = new Exchange(wire)) {
            exchange.request(100);
            exchange.ask(read("first"));
            assertThat(exchange.next().getFound()).isTrue();
            stores.mapped = () -> {
                busy.countDown();
                awaitQuietly(idle);
                return stores.ledger.payload(new byte[1]);
            };
            var other = KVStoreServiceGrpc.newFutureStub(wire.channel).read(read("other"));
            assertThat(busy.await(30, TimeUnit.SECONDS)).isTrue();
            ReadRequest longest = read("l".repeat(200)).toBuilder()
                    .setCompletionId("c".repeat(Limits.MAX_COMPLETION_ID_BYTES))
                    .build();
            int burst = 60;
            for (int i = 0; i < burst; i++) {
                exchange.ask(longest);
            }
            await(
                    "all have come",
                    () -> wire.server.bytesInFlight() >= (long) burst * longest.getSerializedSize()
                            || exchange.ended.isDone());
            idle.countDown();

            for (int i = 0; i < burst; i++) {
                assertThat(exchange.next().getFound()).isTrue();
            }
            assertThat(other.get(30, TimeUnit.SECONDS).getFound()).isTrue();
        } finally {
            idle.countDown();
        }
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void lock_step_works() throws Exception {
        ScriptedStores stores = new ScriptedStores();
        stores.payloadBytes = 10;
        try (WireFixture wire = WireFixture.serving(stores);
                Exchange exchange = new Exchange(wire)) {
            exchange.request(1000);
            for (int i = 0; i < 100; i++) {
                exchange.ask(read("loc" + i));
                assertThat(exchange.next().getLocation()).isEqualTo("loc" + i);
            }
            await("nothing is held between two questions", () -> wire.server.bytesInFlight() == 0);
            exchange.halfClose();
            exchange.ended.get(30, TimeUnit.SECONDS);
        }
    }

    @Test
    void a_cancelled_stream_cancels_the_stores_work() throws Exception {
        ScriptedStores stores = new ScriptedStores();
        stores.answering = false;
        try (WireFixture wire = WireFixture.serving(stores)) {
            try (Exchange exchange = new Exchange(wire)) {
                exchange.ask(read("loc"));
                await("the question is taken", () -> stores.questionsTaken.get() == 1);
            }
            await("the cancel arrives", () -> stores.streamsCancelled.get() == 1);
        }
    }

    @Test
    void a_slow_reader_of_one_tenant_does_not_block_another() throws Exception {
        ScriptedStores stores = new ScriptedStores();
        stores.payloadBytes = MEGABYTE;
        try (WireFixture wire = WireFixture.serving(
                        stores,
                        builder -> builder.maxBytesInFlight(16L * MEGABYTE).maxTenantBytesInFlight(8L * MEGABYTE));
                Exchange slow = new Exchange(wire);
                Exchange slower = new Exchange(wire)) {
            for (Exchange exchange : List.of(slow, slower)) {
                IntStream.range(0, 50).forEach(i -> exchange.ask(read("loc" + i)));
            }
            await("the tenant's share is used up", () -> wire.server.bytesInFlight() >= 3L * MEGABYTE);

            for (int i = 0; i < 20; i++) {
                ReadResponse answer = wire.patient()
                        .read(read("loc").toBuilder().setResourceName("other").build());
                assertThat(answer.getFound()).isTrue();
            }
            assertThat(wire.server.bytesInFlight()).isLessThanOrEqualTo(6L * MEGABYTE);
        }
    }

    /** One stream of the generated stub, with control over what is read when. */
    static final class Exchange implements ClientResponseObserver<ReadRequest, ReadResponse>, AutoCloseable {

        final List<ReadResponse> answers = new ArrayList<>();
        final CompletableFuture<Void> ended = new CompletableFuture<>();
        private final LinkedBlockingQueue<ReadResponse> queue = new LinkedBlockingQueue<>();
        private @Nullable ClientCallStreamObserver<ReadRequest> stream;

        Exchange(WireFixture wire) throws IOException {
            this(wire.async);
        }

        Exchange(KVStoreServiceGrpc.KVStoreServiceStub stub) {
            var unused = stub.streamingRead(this);
        }

        @Override
        public void beforeStart(ClientCallStreamObserver<ReadRequest> requests) {
            stream = requests;
            requests.disableAutoRequestWithInitial(0);
        }

        private ClientCallStreamObserver<ReadRequest> stream() {
            return java.util.Objects.requireNonNull(stream);
        }

        void ask(ReadRequest request) {
            stream().onNext(request);
        }

        void halfClose() {
            stream().onCompleted();
        }

        void request(int count) {
            stream().request(count);
        }

        ReadResponse next() throws InterruptedException {
            ReadResponse next = queue.poll(30, TimeUnit.SECONDS);
            if (next == null) {
                throw new AssertionError("no answer");
            }
            return next;
        }

        @Override
        public void onNext(ReadResponse answer) {
            answers.add(answer);
            queue.add(answer);
        }

        @Override
        public void onError(Throwable failure) {
            ended.completeExceptionally(failure);
        }

        @Override
        public void onCompleted() {
            ended.complete(null);
        }

        @Override
        public void close() {
            stream().cancel("the test is over", null);
        }
    }
}
