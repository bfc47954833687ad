package io.kvstore.azure;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvstore.api.KVStoreException;
import io.kvstore.api.Payload;
import io.kvstore.api.ResourceAccounts;
import io.kvstore.api.StorageAccount;
import io.kvstore.api.StoreId;
import io.kvstore.spi.Blob;
import io.kvstore.spi.BlobInfo;
import io.kvstore.spi.BlobKey;
import io.kvstore.spi.CallContext;
import io.kvstore.spi.PutResult;
import io.kvstore.testkit.ManualClock;
import io.kvstore.testkit.PayloadLedger;
import io.kvstore.testkit.Prompts;
import io.kvstore.testkit.azure.FakeBlobService;
import io.netty.util.concurrent.EventExecutor;
import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.zip.CRC32C;

/** An AzureBlobStore over the fake service; a resource is the account of its name unless a test says otherwise. */
final class StoreOverFake implements AutoCloseable {

    static final StoreId ACME = new StoreId("acme", "kv-cache");
    static final StoreId OTHER = new StoreId("other", "kv-cache");

    private static final long PATIENCE_SECONDS = 60;

    final FakeBlobService service;
    final ManualClock clock = new ManualClock();
    final PayloadLedger ledger = new PayloadLedger();
    final AzureBlobStore store;
    private final AzureClient client;

    private final Prompts prompts = Prompts.seeded(3);
    private final EmulatedAccounts accounts = EmulatedAccounts.of(this::endpoint);

    StoreOverFake() throws Exception {
        this(client -> client, store -> store.createContainers(true));
    }

    StoreOverFake(UnaryOperator<AzureClient.Builder> client, UnaryOperator<AzureBlobStore.Builder> settings)
            throws Exception {
        this(FakeBlobService.builder().start(), client, settings);
    }

    /** @param service is closed with this */
    StoreOverFake(
            FakeBlobService service,
            UnaryOperator<AzureClient.Builder> client,
            UnaryOperator<AzureBlobStore.Builder> settings) {
        this.service = service;
        AzureClient.Builder builder = AzureClient.builder()
                .credentials(AzureCredentials.of(AzureCredential.none()))
                .nanoClock(clock);
        this.client = client.apply(builder).build();
        store = settings.apply(AzureBlobStore.builder(this.client, accounts)).build();
    }

    /** Keeps the chunks of {@code resource} in these accounts. */
    void keeps(String resource, boolean writable, String... names) {
        accounts.keeps(
                resource,
                new ResourceAccounts(
                        Arrays.stream(names)
                                .map(name -> new StorageAccount(name, endpoint(name), ""))
                                .toList(),
                        writable));
    }

    /** Keeps the chunks of {@code resource} in that account. */
    void keeps(String resource, StorageAccount account) {
        accounts.keeps(resource, ResourceAccounts.of(account));
    }

    /** In Azure each account has a host of its own, and some transports count their connections by host. */
    private URI endpoint(String account) {
        return account.equals(OTHER.resource())
                ? URI.create("http://localhost:" + service.address().getPort() + "/" + account)
                : service.endpoint(account);
    }

    /** Until the event loops have done what they had begun: of a write that has arrived, what is told of its end. */
    void awaitEventLoops() throws Exception {
        for (EventExecutor loop : client.eventLoops()) {
            loop.submit(() -> {}).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        }
    }

    static CallContext soon() {
        return within(Duration.ofSeconds(PATIENCE_SECONDS));
    }

    static CallContext within(Duration time) {
        return CallContext.endingIn(time, System::nanoTime, "test");
    }

    BlobKey key(long number) {
        ByteBuffer bytes = ByteBuffer.allocate(BlobKey.BYTES).put(prompts.payloadBytes(-1, 16));
        return BlobKey.read(bytes.put(prompts.payloadBytes(number, 32)).flip());
    }

    byte[] bytes(long number, int size) {
        return prompts.payloadBytes(number, size);
    }

    BlobInfo info(long number, int size) {
        CRC32C crc = new CRC32C();
        crc.update(bytes(number, size));
        return new BlobInfo(number, size, (int) crc.getValue(), new byte[] {1, 2, 3});
    }

    CompletableFuture<PutResult> startPut(StoreId id, long number, int size, CallContext context) {
        try (Payload payload = ledger.payload(bytes(number, size))) {
            return store.put(id, key(number), info(number, size), payload, context);
        }
    }

    PutResult put(StoreId id, long number, int size) throws Exception {
        return answer(startPut(id, number, size, soon()));
    }

    /** What is stored is exactly what was put. */
    void assertStored(StoreId id, long number, int size) throws Exception {
        assertThat(answer(store.head(id, key(number), soon()))).contains(info(number, size));
        try (Blob blob = answer(store.get(id, key(number), soon())).orElseThrow()) {
            assertThat(blob.info()).isEqualTo(info(number, size));
            assertThat(blob.payload().buffer()).isEqualTo(ByteBuffer.wrap(bytes(number, size)));
        }
    }

    Optional<Blob> get(StoreId id, long number) throws Exception {
        return answer(store.get(id, key(number), soon()));
    }

    static <T> T answer(CompletableFuture<T> call) throws Exception {
        try {
            return call.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw new AssertionError("expected: an answer, came: " + KVStoreException.of(e), e);
        }
    }

    static KVStoreException failure(CompletableFuture<?> call) throws Exception {
        try {
            throw new AssertionError("expected: a failure, came: " + call.get(PATIENCE_SECONDS, TimeUnit.SECONDS));
        } catch (ExecutionException e) {
            return KVStoreException.of(e);
        }
    }

    @Override
    public void close() {
        store.close();
        service.close();
        try {
            ledger.awaitAllClosed(Duration.ofSeconds(20));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }
}
