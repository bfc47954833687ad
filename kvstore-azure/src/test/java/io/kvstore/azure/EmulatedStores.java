package io.kvstore.azure;

import com.azure.core.credential.AccessToken;
import io.kvstore.spi.BlobStore;
import io.kvstore.testkit.azure.AzuriteExtension;
import io.kvstore.testkit.azure.FakeBlobService;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.function.LongSupplier;
import reactor.core.publisher.Mono;

/** An empty {@link AzureBlobStore} over each thing that answers like Azure. */
final class EmulatedStores {

    private EmulatedStores() {}

    /** Over the emulator, and HTTP with signed requests. */
    static BlobStore overHttp(AzuriteExtension azurite) {
        return open(
                AzureClient.builder()
                        .credentials(AzureCredentials.of(
                                AzureCredential.sharedKey(azurite.azurite().accountKey())))
                        .trustAddress(azurite.azurite().endpoint("any")),
                EmulatedAccounts.of(azurite));
    }

    /** The same, by another transport than Netty. */
    static BlobStore overHttp(AzuriteExtension azurite, Transport transport) {
        return open(
                AzureClient.builder()
                        .transport(transport)
                        .credentials(AzureCredentials.of(
                                AzureCredential.sharedKey(azurite.azurite().accountKey())))
                        .trustAddress(azurite.azurite().endpoint("any")),
                EmulatedAccounts.of(azurite));
    }

    /** Over the emulator, and HTTPS with tokens: what runs in Azure. */
    static BlobStore overHttps(AzuriteExtension azurite) {
        return overHttps(azurite, Transport.NETTY);
    }

    /** The same, by that transport. */
    static BlobStore overHttps(AzuriteExtension azurite, Transport transport) {
        AzureCredential tokens = AzureCredential.token(request -> Mono.fromSupplier(() -> new AccessToken(
                azurite.azurite().token(), OffsetDateTime.now(ZoneOffset.UTC).plusHours(1))));
        return open(
                AzureClient.builder()
                        .transport(transport)
                        .credentials(AzureCredentials.of(tokens))
                        .trust(azurite.azurite().certificate().orElseThrow())
                        .trustAddress(azurite.azurite().endpoint("any")),
                EmulatedAccounts.of(azurite));
    }

    /** Over the fake, which asks for no credential; an account for each resource, of its name. */
    static BlobStore over(FakeBlobService azure) {
        return open(
                AzureClient.builder().credentials(AzureCredentials.of(AzureCredential.none())),
                EmulatedAccounts.of(azure));
    }

    /** The same, by that transport. */
    static BlobStore over(FakeBlobService azure, Transport transport) {
        return open(
                AzureClient.builder().transport(transport).credentials(AzureCredentials.of(AzureCredential.none())),
                EmulatedAccounts.of(azure));
    }

    /** The same, by another clock. */
    static BlobStore over(FakeBlobService azure, LongSupplier nanoClock) {
        return open(
                AzureClient.builder()
                        .credentials(AzureCredentials.of(AzureCredential.none()))
                        .nanoClock(nanoClock),
                EmulatedAccounts.of(azure));
    }

    private static BlobStore open(AzureClient.Builder client, EmulatedAccounts accounts) {
        return AzureBlobStore.builder(client.build(), accounts)
                .createContainers(true)
                .build();
    }
}
