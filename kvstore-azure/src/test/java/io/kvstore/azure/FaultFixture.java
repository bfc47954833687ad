package io.kvstore.azure;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvstore.api.KVStore;
import io.kvstore.api.KVStoreException;
import io.kvstore.api.KVStores;
import io.kvstore.api.Payload;
import io.kvstore.api.PromptChunk;
import io.kvstore.api.ReadResult;
import io.kvstore.api.StoreId;
import io.kvstore.api.WriteResult;
import io.kvstore.core.CoreKVStores;
import io.kvstore.testkit.ManualClock;
import io.kvstore.testkit.PayloadLedger;
import io.kvstore.testkit.PromptChain;
import io.kvstore.testkit.Prompts;
import io.kvstore.testkit.RecordingBlobStore;
import io.kvstore.testkit.azure.FakeBlobService;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/**
 * The whole stack over a storage whose accounts go wrong on command: two customers, an account each. Time is the test's, but for
 * the pauses between the SDK's tries.
 */
abstract class FaultFixture {

    static final int BYTES = 300_000;
    private static final long PATIENCE_SECONDS = 60;

    /** More than the default time of a call. */
    static final Duration A_CALLS_TIME = Duration.ofSeconds(31);

    final ManualClock clock = new ManualClock();
    final PayloadLedger ledger = new PayloadLedger();
    final Prompts prompts = Prompts.seeded(42);
    final PromptChain chain = prompts.chain(8);
    FakeBlobService azure;
    KVStores stores;
    KVStore acme;
    KVStore beta;

    @SuppressWarnings("NullAway.Init") // JUnit calls open before each test
    FaultFixture() {}

    @BeforeEach
    final void open() throws Exception {
        azure = FakeBlobService.builder().start();
        RecordingBlobStore backend = RecordingBlobStore.over(EmulatedStores.over(azure, clock));
        stores = CoreKVStores.builder(backend)
                .nanoClock(clock)
                .timer(clock.scheduler())
                .build();
        acme = stores.store(new StoreId("acme", "kv-cache"));
        beta = stores.store(new StoreId("beta", "kv-cache"));
        for (KVStore store : new KVStore[] {acme, beta}) {
            // Makes the container.
            write(store, Prompts.seeded(7).chain(1), 0);
            ReadyFilter.await(store, backend);
        }
        azure.resetCounts();
    }

    @AfterEach
    final void close() throws Exception {
        azure.heal();
        azure.releaseHeld();
        stores.close();
        azure.close();
        ledger.awaitAllClosed(Duration.ofSeconds(PATIENCE_SECONDS));
    }

    static <T> T get(Future<T> call) throws Exception {
        return call.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    /** What fails that call. */
    static KVStoreException failureOf(Future<?> call) throws Exception {
        try {
            Object answer = get(call);
            throw new AssertionError("expected: a failure, came: " + answer);
        } catch (ExecutionException e) {
            return KVStoreException.of(e);
        }
    }

    final CompletableFuture<WriteResult> startWrite(KVStore to, PromptChain of, int index, int bytes) {
        Payload payload = ledger.payload(prompts.payloadBytes(index, bytes));
        try (PromptChunk chunk = of.chunk(index, payload)) {
            return to.write(chunk);
        }
    }

    final CompletableFuture<WriteResult> startWrite(KVStore to, int index) {
        return startWrite(to, chain, index, BYTES);
    }

    /** The location. */
    final String write(KVStore to, PromptChain of, int index) throws Exception {
        return get(startWrite(to, of, index, BYTES)).location();
    }

    final String write(KVStore to, int index) throws Exception {
        return write(to, chain, index);
    }

    /** Whoever asks for that location gets what was written there. */
    final void assertStored(KVStore in, String location, int index) throws Exception {
        assertIntact(get(in.read(location)), index);
    }

    final void assertIntact(ReadResult answer, int index) {
        try (ReadResult result = answer) {
            assertThat(result.failure()).isEmpty();
            assertThat(result.isFound()).isTrue();
            Payload payload = result.chunk().orElseThrow().payload();
            assertThat(payload.toByteArray()).isEqualTo(prompts.payloadBytes(index, BYTES));
        }
    }

    final boolean isFound(KVStore in, String location) throws Exception {
        try (ReadResult result = get(in.read(location))) {
            assertThat(result.failure()).isEmpty();
            return result.isFound();
        }
    }
}
