package io.kvstore.azure;

import static io.kvstore.azure.StoreOverFake.ACME;
import static io.kvstore.azure.StoreOverFake.OTHER;
import static io.kvstore.azure.StoreOverFake.answer;
import static io.kvstore.azure.StoreOverFake.failure;
import static io.kvstore.azure.StoreOverFake.soon;
import static io.kvstore.azure.StoreOverFake.within;
import static org.assertj.core.api.Assertions.assertThat;

import io.kvstore.api.CallOptions;
import io.kvstore.api.KVStore;
import io.kvstore.api.KVStores;
import io.kvstore.api.Payload;
import io.kvstore.api.PromptChunk;
import io.kvstore.api.ReadResult;
import io.kvstore.api.Reason;
import io.kvstore.core.CoreKVStores;
import io.kvstore.spi.Blob;
import io.kvstore.testkit.PromptChain;
import io.kvstore.testkit.Prompts;
import io.kvstore.testkit.azure.FakeBlobService;
import io.kvstore.testkit.azure.RequestKind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.adapter.JdkFlowAdapter;

/** The memory of what is read from Azure has a limit, and it is nobody's alone. */
class LargeReadsTest {

    private static final int LARGE = 400_000;
    private static final int SMALL = 10_000;
    private static final long MAX_BYTES = 4_000_000;
    private static final int READS = 128;
    private static final Duration VERY_LONG = Duration.ofMinutes(10);

    private static StoreOverFake azure(Transport transport, Duration silence) throws Exception {
        return new StoreOverFake(
                client -> client.transport(transport).timeouts(Duration.ofSeconds(10), silence),
                store -> store.createContainers(true).maxReadBytes(MAX_BYTES).roomPatience(VERY_LONG));
    }

    @ParameterizedTest
    @EnumSource
    void large_reads_of_one_tenant_hold_no_more_than_the_limit_and_others_go_on(Transport transport) throws Exception {
        try (StoreOverFake azure = azure(transport, VERY_LONG.multipliedBy(2))) {
            azure.put(ACME, 1, LARGE);
            azure.put(OTHER, 1, SMALL);
            AtomicLong heldBytes = new AtomicLong();
            AtomicLong mostBytes = new AtomicLong();
            BlockingQueue<Blob> arrived = new LinkedBlockingQueue<>();
            List<CompletableFuture<Optional<Blob>>> reads = new ArrayList<>();
            for (int i = 0; i < READS; i++) {
                CompletableFuture<Optional<Blob>> read = azure.store.get(ACME, azure.key(1), soon());
                reads.add(read);
                read.thenAccept(found -> {
                    mostBytes.accumulateAndGet(heldBytes.addAndGet(LARGE), Math::max);
                    arrived.add(found.orElseThrow());
                });
            }
            for (int i = 0; i < 20; i++) {
                azure.assertStored(OTHER, 1, SMALL);
            }
            for (int i = 0; i < READS; i++) {
                Blob blob = arrived.poll(60, TimeUnit.SECONDS);
                assertThat(blob).as("read " + i).isNotNull();
                heldBytes.addAndGet(-LARGE);
                blob.close();
            }

            assertThat(mostBytes.get()).isBetween((long) LARGE, MAX_BYTES);
            assertThat(reads).allMatch(CompletableFuture::isDone);
        }
    }

    /** The failure: what needs no memory waited until reads that did had given up. */
    @ParameterizedTest
    @EnumSource
    void reads_that_wait_for_room_leave_connections_to_others(Transport transport) throws Exception {
        int connections = 10;
        try (StoreOverFake azure = new StoreOverFake(
                client -> client.transport(transport)
                        .maxConnectionsPerAccount(connections)
                        .timeouts(Duration.ofSeconds(10), VERY_LONG.multipliedBy(2)),
                store -> store.createContainers(true).maxReadBytes(2 * LARGE).roomPatience(VERY_LONG))) {
            azure.put(ACME, 1, LARGE);
            Blob held = answer(azure.store.get(ACME, azure.key(1), soon())).orElseThrow();
            List<CompletableFuture<Optional<Blob>>> waiting = new ArrayList<>();
            for (int i = 0; i < 3 * connections; i++) {
                waiting.add(azure.store.get(ACME, azure.key(1), soon()));
            }

            assertThat(answer(azure.store.head(ACME, azure.key(1), within(Duration.ofSeconds(20)))))
                    .isPresent();
            azure.put(ACME, 2, SMALL);

            assertThat(waiting).noneMatch(CompletableFuture::isDone);
            held.close();
            for (CompletableFuture<Optional<Blob>> read : waiting) {
                answer(read).orElseThrow().close();
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void a_read_that_finds_no_room_is_told_so_and_its_account_is_not_blamed(Transport transport) throws Exception {
        try (StoreOverFake azure = azure(transport, Duration.ofSeconds(2))) {
            azure.put(ACME, 1, LARGE);
            List<Blob> held = new ArrayList<>();
            for (int i = 0; i < MAX_BYTES / LARGE / 2; i++) {
                held.add(answer(azure.store.get(ACME, azure.key(1), soon())).orElseThrow());
            }
            List<CompletableFuture<Optional<Blob>>> refused = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                refused.add(azure.store.get(ACME, azure.key(1), soon()));
            }

            for (CompletableFuture<Optional<Blob>> read : refused) {
                assertThat(failure(read).reason()).isEqualTo(Reason.RESOURCE_EXHAUSTED);
                assertThat(failure(read).retryAfter()).isPresent();
            }
            assertThat(azure.store.accountsDown()).isZero();
            held.forEach(Blob::close);
            azure.service.resetCounts();
            azure.assertStored(ACME, 1, LARGE);
            assertThat(azure.service.requestCount(RequestKind.GET_BLOB)).isEqualTo(1);
        }
    }

    /** The failure: the later blocks hold what the first one waits for, and wait for it themselves to be delivered. */
    @Test
    void an_ordered_read_of_more_than_the_limit_whose_first_block_comes_last_is_whole() throws Exception {
        Prompts prompts = Prompts.seeded(42);
        PromptChain chain = prompts.chain(READS / 2);
        try (FakeBlobService azure = FakeBlobService.builder().start();
                KVStores stores = CoreKVStores.builder(over(azure))
                        .streamWindowBytes(64L << 20)
                        .build()) {
            KVStore store = stores.store(ACME);
            List<String> locations = new ArrayList<>();
            for (int i = 0; i < READS / 2; i++) {
                try (Payload payload = Payload.wrap(prompts.payloadBytes(i, LARGE));
                        PromptChunk chunk = chain.chunk(i, payload)) {
                    locations.add(answer(store.write(chunk)).location());
                }
            }
            azure.next(RequestKind.GET_BLOB).of(locations.get(0)).isHeld();
            AtomicInteger next = new AtomicInteger();
            CompletableFuture<Void> read = JdkFlowAdapter.flowPublisherToFlux(
                            store.readAll(locations, CallOptions.DEFAULT))
                    .doOnNext(result -> assertIntact(result, prompts.payloadBytes(next.getAndIncrement(), LARGE)))
                    .then()
                    .toFuture();
            azure.awaitHeld(1);
            long endNanos = System.nanoTime() + Duration.ofSeconds(60).toNanos();
            while (azure.requestCount(RequestKind.GET_BLOB) < 20) {
                assertThat(System.nanoTime()).as("fewer blocks are asked for").isLessThan(endNanos);
                Thread.onSpinWait();
            }
            azure.releaseHeld();

            answer(read);
            assertThat(next).hasValue(READS / 2);
        }
    }

    private static AzureBlobStore over(FakeBlobService azure) {
        AzureClient client = AzureClient.builder()
                .credentials(AzureCredentials.of(AzureCredential.none()))
                .timeouts(Duration.ofSeconds(10), VERY_LONG.multipliedBy(2))
                .build();
        return AzureBlobStore.builder(client, EmulatedAccounts.of(azure))
                .createContainers(true)
                .maxReadBytes(MAX_BYTES)
                .roomPatience(VERY_LONG)
                .build();
    }

    private static void assertIntact(ReadResult answer, byte[] bytes) {
        try (ReadResult result = answer) {
            assertThat(result.failure()).isEmpty();
            assertThat(result.chunk().orElseThrow().payload().toByteArray()).isEqualTo(bytes);
        }
    }
}
