package io.kvstore.azure;

import static io.kvstore.azure.StoreOverFake.ACME;
import static io.kvstore.azure.StoreOverFake.answer;
import static io.kvstore.azure.StoreOverFake.failure;
import static io.kvstore.azure.StoreOverFake.soon;
import static org.assertj.core.api.Assertions.assertThat;

import io.kvstore.api.Reason;
import io.kvstore.api.StorageAccount;
import io.kvstore.spi.Blob;
import io.kvstore.testkit.azure.RequestKind;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

/** Callers who give up say that an account is down only if it was silent. */
class ImpatientCallersTest {

    private static final int CONNECTIONS = 10;
    private static final int SIZE = 100_000;

    /** More than the circuit breaker looks at. */
    private static final int CALLS = 30;

    private static final Duration LONG = Duration.ofSeconds(5);

    private StoreOverFake azure;

    @SuppressWarnings("NullAway.Init") // JUnit calls open before each test
    ImpatientCallersTest() {}

    @BeforeEach
    void open() throws Exception {
        azure = new StoreOverFake(
                client -> client.maxConnectionsPerAccount(CONNECTIONS),
                store -> store.createContainers(true).maxReadBytes(2 * SIZE));
        azure.put(ACME, 1, SIZE);
    }

    @AfterEach
    void close() {
        azure.close();
    }

    private List<CompletableFuture<Optional<Blob>>> reads(int count) {
        List<CompletableFuture<Optional<Blob>>> reads = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            reads.add(azure.store.get(ACME, azure.key(1), soon()));
        }
        return reads;
    }

    private void awaitWaiting(int reads) {
        long endNanos = System.nanoTime() + Duration.ofSeconds(4).toNanos(); // less than a read waits for memory
        while (azure.store.readsThatWait() < reads) {
            assertThat(System.nanoTime()).as("fewer reads wait").isLessThan(endNanos);
            Thread.onSpinWait();
        }
    }

    @Test
    void a_wait_for_a_connection_of_ours_is_not_the_accounts() throws Exception {
        azure.service.every(RequestKind.GET_BLOB).isHeld();
        List<CompletableFuture<Optional<Blob>>> held = reads(CONNECTIONS);
        azure.service.awaitHeld(CONNECTIONS);
        List<CompletableFuture<Optional<Blob>>> queued = reads(CALLS);
        azure.clock.advance(LONG);

        queued.forEach(call -> call.cancel(true));

        assertThat(azure.store.accountsDown()).isZero();
        azure.service.heal();
        azure.service.releaseHeld();
        for (CompletableFuture<Optional<Blob>> read : held) {
            // With room for one at a time.
            answer(read).orElseThrow().close();
        }
        azure.assertStored(ACME, 1, SIZE);
    }

    @Test
    void a_wait_for_memory_of_ours_is_not_the_accounts() throws Exception {
        try (Blob holds = answer(azure.store.get(ACME, azure.key(1), soon())).orElseThrow()) {
            azure.service.resetCounts();
            for (int round = 0; round < 3; round++) {
                List<CompletableFuture<Optional<Blob>>> waiting = reads(CONNECTIONS);
                awaitWaiting(CONNECTIONS);
                azure.clock.advance(LONG);
                waiting.forEach(call -> call.cancel(true));
            }
            assertThat(holds.payload().sizeBytes()).isEqualTo(SIZE);
        }

        assertThat(azure.store.accountsDown()).isZero();
        azure.assertStored(ACME, 1, SIZE);
    }

    /** The failure: such an account cost every caller with a deadline of a few seconds all of it, without end. */
    @Test
    void an_account_that_completes_no_connection_is_down() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, CONNECTIONS, InetAddress.getLoopbackAddress())) {
            URI endpoint = URI.create("https://127.0.0.1:" + silent.getLocalPort() + "/acme");
            azure.keeps("acme", new StorageAccount("acme", endpoint, ""));
            List<Socket> connections = new ArrayList<>();
            List<CompletableFuture<Optional<Blob>>> connecting = reads(CONNECTIONS);
            for (int i = 0; i < CONNECTIONS; i++) {
                Socket connection = silent.accept();
                connections.add(connection);
                assertThat(connection.getInputStream().read()).isPositive(); // TLS begins
            }
            azure.awaitEventLoops();
            azure.clock.advance(Duration.ofMillis(1_001));

            connecting.forEach(call -> call.cancel(true));

            assertThat(azure.store.accountsDown()).isEqualTo(1);
            for (Socket connection : connections) {
                connection.close();
            }
        }
    }

    @Test
    void an_account_that_is_not_reached_is_down() {
        AccountBreaker breaker = new AccountBreaker("acme", azure.clock);
        for (int i = 0; i < CALLS; i++) {
            breaker.guard(Mono.deferContextual(call -> {
                        CallProgress progress = call.get(CallProgress.KEY);
                        progress.notReached();
                        progress.awaitsConnection();
                        return Mono.never();
                    }))
                    .subscribe(answer -> {}, refused -> {})
                    .dispose();
        }

        assertThat(breaker.isOpen()).isTrue();
    }

    @Test
    void an_account_that_was_not_reached_at_first_is_not_down() {
        AccountBreaker breaker = new AccountBreaker("acme", azure.clock);
        for (int i = 0; i < CALLS; i++) {
            breaker.guard(Mono.deferContextual(call -> {
                        CallProgress progress = call.get(CallProgress.KEY);
                        progress.notReached();
                        progress.acquired(new ConnectionActivity(azure.clock));
                        return Mono.never();
                    }))
                    .subscribe(answer -> {}, refused -> {})
                    .dispose();
        }

        assertThat(breaker.isOpen()).isFalse();
    }

    @Test
    void an_account_that_is_silent_is_down() throws Exception {
        azure.service.every(RequestKind.GET_BLOB).isHeld();
        List<CompletableFuture<Optional<Blob>>> held = reads(CONNECTIONS);
        azure.service.awaitHeld(CONNECTIONS);
        azure.awaitEventLoops(); // the end of a write is a sign of life, too
        azure.clock.advance(Duration.ofMillis(1_001));

        held.forEach(call -> call.cancel(true));

        assertThat(azure.store.accountsDown()).isEqualTo(1);
        assertThat(failure(azure.store.get(ACME, azure.key(1), soon())).reason())
                .isEqualTo(Reason.UNAVAILABLE);
    }
}
