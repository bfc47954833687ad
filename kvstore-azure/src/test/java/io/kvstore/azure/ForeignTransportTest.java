package io.kvstore.azure;

import static org.assertj.core.api.Assertions.assertThat;

import com.azure.core.http.HttpMethod;
import com.azure.core.http.HttpRequest;
import com.azure.core.http.HttpResponse;
import com.azure.core.util.Context;
import io.kvstore.testkit.ManualClock;
import io.kvstore.testkit.azure.FakeBlobService;
import io.kvstore.testkit.azure.RequestKind;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.Disposable;
import reactor.core.publisher.Hooks;

/** What the SDK's own clients leave undone. */
class ForeignTransportTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private FakeBlobService azure;

    @SuppressWarnings("NullAway.Init") // JUnit calls open before each test
    ForeignTransportTest() {}

    @BeforeEach
    void open() throws Exception {
        azure = FakeBlobService.builder().start();
    }

    @AfterEach
    void close() {
        azure.close();
    }

    private static ForeignTransport open(Transport transport) {
        return ForeignTransport.open(new TransportSettings(
                transport, 10, PATIENCE, PATIENCE, PATIENCE, List.of(), Optional.empty(), Optional.empty(), false));
    }

    /** There is no such blob: an answer with a body as good as any. */
    private HttpRequest get() {
        return new HttpRequest(HttpMethod.GET, azure.endpoint("acme") + "/kv-cache/absent");
    }

    private void awaitNoConnection() {
        long endNanos = System.nanoTime() + PATIENCE.toNanos();
        while (azure.connectionCount() > 0) {
            assertThat(System.nanoTime()).as("connections are open").isLessThan(endNanos);
            Thread.onSpinWait();
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"JDK", "OKHTTP"})
    void an_answer_whose_call_was_given_up_before_its_body_was_asked_for_holds_no_connection(Transport transport) {
        azure.every(RequestKind.GET_BLOB).freezesAfter(10);
        Download download = new Download(
                UnpooledByteBufAllocator.DEFAULT,
                new ReadMemory(1, PATIENCE, new ManualClock().scheduler()).enter("acme"));
        download.discard();
        try (ForeignTransport http = open(transport)) {
            HttpResponse answer = http.send(get(), new Context(NettyTransport.DOWNLOAD, download))
                    .blockOptional(PATIENCE)
                    .orElseThrow();

            assertThat(answer.getStatusCode()).isEqualTo(404);
            awaitNoConnection();
        }
    }

    @Test
    void a_client_that_is_closed_holds_no_connection_if_it_can_be_closed() {
        ForeignTransport http = open(Transport.OKHTTP);
        http.send(get(), Context.NONE).flatMap(HttpResponse::getBodyAsByteArray).block(PATIENCE);

        http.close();

        awaitNoConnection();
    }

    /** The failure: each call that a client gives up is an error with a stack of a hundred lines in the server's log. */
    @ParameterizedTest
    @EnumSource(names = {"JDK", "OKHTTP"})
    void a_request_that_is_given_up_is_no_error_for_the_log(Transport transport) throws Exception {
        List<Throwable> dropped = new CopyOnWriteArrayList<>();
        Hooks.onErrorDropped(dropped::add);
        azure.every(RequestKind.GET_BLOB).isHeld();
        try (ForeignTransport http = open(transport)) {
            Disposable call = http.send(get()).subscribe();
            azure.awaitHeld(1);

            call.dispose();

            awaitNoConnection();
            assertThat(dropped).isEmpty();
        } finally {
            Hooks.resetOnErrorDropped();
        }
    }
}
