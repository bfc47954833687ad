package io.kvstore.grpc;

import static io.kvstore.grpc.WireFixture.await;
import static io.kvstore.grpc.WireFixture.read;
import static io.kvstore.grpc.WireFixture.statusOf;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.util.concurrent.ListenableFuture;
import io.grpc.Status;
import io.kvstore.protos.KVStoreServiceGrpc;
import io.kvstore.protos.ReadResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What calls under way see of a server that goes away. */
class ServerDrainTest {

    private static final Duration HOUR = Duration.ofHours(1);

    private final ScriptedStores stores = new ScriptedStores();
    private final WireFixture wire;

    ServerDrainTest() throws IOException {
        wire = WireFixture.serving(stores);
        stores.payloadBytes = 1_000;
    }

    @AfterEach
    void close() throws Exception {
        wire.close();
        stores.ledger.awaitAllClosed(Duration.ofSeconds(10));
    }

    @Test
    void a_stream_without_a_question_hears_that_the_server_goes_away() throws Exception {
        try (StreamingReadTest.Exchange used = new StreamingReadTest.Exchange(wire);
                StreamingReadTest.Exchange unused = new StreamingReadTest.Exchange(wire)) {
            used.request(10);
            unused.request(10);
            used.ask(read("loc"));
            assertThat(used.next().getFound()).isTrue();
            await("both are under way", () -> wire.server.activeCalls() == 2);

            wire.server.shutdown(HOUR);

            assertThat(codeOf(used)).isEqualTo(Status.Code.UNAVAILABLE);
            assertThat(codeOf(unused)).isEqualTo(Status.Code.UNAVAILABLE);
        }
    }

    @Test
    void a_stream_is_answered_what_it_asked_before_it_hears_so() throws Exception {
        stores.answering = false;
        try (StreamingReadTest.Exchange exchange = new StreamingReadTest.Exchange(wire)) {
            exchange.request(10);
            exchange.ask(read("one"));
            exchange.ask(read("two"));
            await("both are asked", () -> stores.questionsTaken.get() == 2);
            Thread shutdown = shutdownInBackground();

            exchange.ask(read("three"));
            await("it is taken still", () -> stores.questionsTaken.get() == 3);
            stores.resume();

            for (String location : new String[] {"one", "two", "three"}) {
                assertThat(exchange.next().getLocation()).isEqualTo(location);
            }
            assertThat(codeOf(exchange)).isEqualTo(Status.Code.UNAVAILABLE);
            shutdown.join(30_000);
            assertThat(shutdown.isAlive()).isFalse();
        }
    }

    @Test
    void a_stream_that_has_asked_everything_ends_well() throws Exception {
        stores.answering = false;
        try (StreamingReadTest.Exchange exchange = new StreamingReadTest.Exchange(wire)) {
            exchange.request(10);
            exchange.ask(read("one"));
            exchange.halfClose();
            await("it is asked", () -> stores.questionsTaken.get() == 1);
            Thread shutdown = shutdownInBackground();

            stores.resume();

            exchange.ended.get(30, TimeUnit.SECONDS);
            assertThat(exchange.answers).hasSize(1);
            shutdown.join(30_000);
        }
    }

    @Test
    void calls_that_outlive_the_grace_are_unavailable_and_the_stores_work_stops() throws Exception {
        stores.answering = false;
        try (StreamingReadTest.Exchange exchange = new StreamingReadTest.Exchange(wire)) {
            ListenableFuture<ReadResponse> call =
                    KVStoreServiceGrpc.newFutureStub(wire.channel).read(read("loc"));
            exchange.request(10);
            exchange.ask(read("loc"));
            await("both are asked", () -> stores.questionsTaken.get() == 1 && stores.calls.size() == 1);

            wire.server.shutdown(Duration.ZERO);

            assertThat(codeOf(exchange)).isEqualTo(Status.Code.UNAVAILABLE);
            assertThat(statusOf(() -> {
                                try {
                                    call.get(30, TimeUnit.SECONDS);
                                } catch (ExecutionException e) {
                                    throw e.getCause();
                                }
                            })
                            .getCode())
                    .isEqualTo(Status.Code.UNAVAILABLE);
            await("the work stops", () -> stores.calls.get(0).isCancelled() && stores.streamsCancelled.get() == 1);
        }
    }

    private Thread shutdownInBackground() throws InterruptedException {
        Thread shutdown = new Thread(() -> wire.server.shutdown(HOUR));
        shutdown.start();
        await("new calls are refused", () -> {
            try (WireFixture.Client late = new WireFixture.Client(wire.server.port())) {
                return statusOf(() -> KVStoreServiceGrpc.newBlockingStub(late.channel())
                                        .withDeadlineAfter(5, TimeUnit.SECONDS)
                                        .read(read("late")))
                                .getCode()
                        == Status.Code.UNAVAILABLE;
            }
        });
        return shutdown;
    }

    private static Status.Code codeOf(StreamingReadTest.Exchange exchange) throws Exception {
        try {
            exchange.ended.get(30, TimeUnit.SECONDS);
            return Status.Code.OK;
        } catch (ExecutionException e) {
            return Status.fromThrowable(e).getCode();
        }
    }
}
