package io.kvstore.azure;

import io.kvstore.api.AccountResolver;
import io.kvstore.api.Payload;
import io.kvstore.api.StoreId;
import io.kvstore.spi.Blob;
import io.kvstore.spi.BlobInfo;
import io.kvstore.spi.BlobKey;
import io.kvstore.spi.CallContext;
import io.kvstore.testkit.Prompts;
import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Writes and reads blobs over all addresses of the machine that it runs on, and says which. */
final class SpreadingClient {

    private static final StoreId STORE = new StoreId("acme", "kv-cache");
    private static final int BLOBS = 60;
    private static final int BYTES = 200_000;

    private SpreadingClient() {}

    /** Runs once. The argument is the address of the storage. */
    public static void main(String[] args) throws Exception {
        AccountResolver accounts = SuffixAccountResolver.ofEmulator(URI.create(args[0]));
        AzureClient client = AzureClient.builder()
                .credentials(AzureCredentials.of(AzureCredential.none()))
                .sourceAddresses(AzureClient.localAddresses())
                .build();
        byte[] bytes = Prompts.seeded(1).payloadBytes(1, BYTES);
        try (AzureBlobStore store =
                AzureBlobStore.builder(client, accounts).createContainers(true).build()) {
            for (int i = 0; i < BLOBS; i++) {
                try (Payload payload = Payload.wrap(bytes)) {
                    store.put(STORE, key(i), new BlobInfo(i, BYTES, 0, new byte[0]), payload, soon())
                            .get(60, TimeUnit.SECONDS);
                }
            }
            for (int i = 0; i < BLOBS; i++) {
                try (Blob blob = store.get(STORE, key(i), soon())
                        .get(60, TimeUnit.SECONDS)
                        .orElseThrow()) {
                    if (blob.payload().sizeBytes() != BYTES) {
                        throw new AssertionError(
                                "blob " + i + ": " + blob.payload().sizeBytes());
                    }
                }
            }
        }
        AzureClient.localAddresses().forEach(address -> System.out.println(address.getHostAddress()));
    }

    private static BlobKey key(int number) {
        byte[] name = Prompts.seeded(number).payloadBytes(0, BlobKey.BYTES);
        return BlobKey.read(ByteBuffer.wrap(name));
    }

    private static CallContext soon() {
        return CallContext.endingIn(Duration.ofSeconds(60), System::nanoTime, "");
    }
}
