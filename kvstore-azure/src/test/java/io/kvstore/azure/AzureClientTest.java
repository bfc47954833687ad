package io.kvstore.azure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvstore.api.KVStoreException;
import io.kvstore.api.Reason;
import io.kvstore.api.StorageAccount;
import io.kvstore.api.StoreId;
import io.kvstore.spi.Blob;
import io.kvstore.testkit.ManualClock;
import io.kvstore.testkit.azure.FakeBlobService;
import io.kvstore.testkit.azure.RequestKind;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.scheduler.Schedulers;

class AzureClientTest {

    private static final String KEY = "c2VjcmV0IG9mIGFjbWU=";
    private static final String OTHERS_KEY = "YW5vdGhlciBzZWNyZXQ=";
    private static final String THIRD_KEY = "YSB0aGlyZCBzZWNyZXQ=";

    private static StorageAccount account(int number) {
        return new StorageAccount("acme" + number, URI.create("https://acme" + number + ".example"), "");
    }

    private static long threadsOfTheJdksClients() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("HttpClient-"))
                .count();
    }

    /** The failure: the name service's client refused it, in words of its own. */
    @Test
    void an_answer_of_the_name_service_is_used_for_a_second_at_least() {
        AzureClient.Builder builder = AzureClient.builder().dnsCache(Duration.ofMillis(999));

        assertThatThrownBy(builder::build).hasMessage("dnsCache in seconds: 0 (expected: 1 or more)");
    }

    /** Clients name as many accounts as they like, and each client of the JDK has a thread for as long as it is there. */
    @Test
    void accounts_share_the_client_of_a_transport_that_is_not_netty() {
        try (AzureClient client = AzureClient.builder()
                .credentials(AzureCredentials.of(AzureCredential.none()))
                .transport(Transport.JDK)
                .build()) {
            client.account(account(0));
            long before = threadsOfTheJdksClients();
            for (int i = 1; i < 50; i++) {
                client.account(account(i));
            }

            assertThat(threadsOfTheJdksClients()).isEqualTo(before);
        }
    }

    /** The failure: a call that is under way when its account is the least used one finds its connections closed. */
    @Test
    void an_account_that_is_let_go_ends_what_it_is_doing_first() throws Exception {
        try (StoreOverFake azure = new StoreOverFake()) {
            azure.put(StoreOverFake.ACME, 1, 1_000);
            azure.service.next(RequestKind.GET_BLOB).isHeld();
            CompletableFuture<Optional<Blob>> get =
                    azure.store.get(StoreOverFake.ACME, azure.key(1), StoreOverFake.soon());
            azure.service.awaitHeld(1);
            azure.clock.advance(Duration.ofMinutes(11)); // longer than an account nobody asks for is kept
            azure.put(StoreOverFake.OTHER, 1, 1_000);

            azure.service.resetConnections(); // so that it needs another connection

            try (Blob blob = StoreOverFake.answer(get).orElseThrow()) {
                assertThat(blob.info()).isEqualTo(azure.info(1, 1_000));
            }
            azure.assertStored(StoreOverFake.ACME, 1, 1_000);
        }
    }

    /** The failure: whoever writes a resource's document or row has the server's secrets sent to a host of theirs. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://acme.example",
                "http://acme.blob.core.windows.net",
                "https://acme.blob.core.windows.net:8443",
                "https://acme-blob.core.windows.net.example",
                "https://blob.core.windows.net",
                "https://other.blob.core.windows.net",
                "https://other.blob.core.windows.net:443/acme",
                "https://acme.blob.core.windows.net/acme",
                "https://conf.example.org/acme",
                "http://127.0.0.1:10001/acme",
                "https://127.0.0.1:10000/acme"
            })
    void no_credential_is_sent_to_an_address_that_nobody_configured(String endpoint) {
        try (AzureClient client = signing()) {
            assertThatThrownBy(() -> client.account(new StorageAccount("acme", URI.create(endpoint), "")))
                    .isInstanceOf(KVStoreException.class)
                    .hasMessageContaining("no credential")
                    .hasMessageNotContaining("acme")
                    .extracting(failure -> KVStoreException.of(failure).reason())
                    .isEqualTo(Reason.UNAVAILABLE);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://acme.blob.core.windows.net",
                "https://ACME.blob.core.windows.net:443/",
                "https://acme.z13.blob.storage.azure.net",
                "https://acme.privatelink.blob.core.windows.net",
                "https://acme.blob.core.chinacloudapi.cn",
                "https://acme.blob.example.org",
                "http://127.0.0.1:10000/acme",
                "https://conf.example.org/"
            })
    void azures_clouds_and_what_was_configured_get_credentials(String endpoint) {
        try (AzureClient client = signing()) {
            assertThat(client.account(new StorageAccount("acme", URI.create(endpoint), "")))
                    .isNotNull();
        }
    }

    private static AzureClient signing() {
        return AzureClient.builder()
                .credentials(AzureCredentials.of(AzureCredential.sas("sig=secret")))
                .trustSuffix("blob.example.org")
                .trustAddress(URI.create("http://127.0.0.1:10000"))
                .trustAccount(URI.create("https://conf.example.org"))
                .build();
    }

    @Test
    void an_account_has_the_credential_that_it_names_else_the_one_of_its_own_name_else_the_default() throws Exception {
        FakeBlobService service = FakeBlobService.builder()
                .sharedKey("acme", KEY)
                .sharedKey("other", OTHERS_KEY)
                .sharedKey("named", OTHERS_KEY)
                .sharedKey("third", THIRD_KEY)
                .start();
        AzureCredentials credentials = AzureCredentials.of(AzureCredential.sharedKey(THIRD_KEY))
                .with("acme", AzureCredential.sharedKey(KEY))
                .with("other", AzureCredential.sharedKey(OTHERS_KEY))
                .with("named", AzureCredential.sharedKey(KEY));
        try (StoreOverFake azure = new StoreOverFake(
                service,
                client -> client.credentials(credentials)
                        .trustAddress(service.endpoint(""))
                        .trustAddress(URI.create(
                                "http://localhost:" + service.address().getPort())),
                store -> store.createContainers(true))) {
            azure.keeps("resource", new StorageAccount("named", service.endpoint("named"), "other"));
            for (String resource : List.of("acme", "other", "third", "resource")) {
                StoreId id = new StoreId(resource, "kv-cache");
                azure.put(id, 1, 1_000);
                azure.assertStored(id, 1, 1_000);
            }
        }
    }

    /** The failure: a key that was changed, or a SAS that ended, needs a restart. */
    @Test
    void a_secret_in_a_file_is_read_again_within_a_minute(@TempDir Path dir) throws Exception {
        Path file = Files.writeString(dir.resolve("acme"), OTHERS_KEY);
        FakeBlobService service =
                FakeBlobService.builder().sharedKey("acme", KEY).start();
        AzureCredentials credentials = AzureCredentials.load(
                Map.of("kind", "none", "acme.kind", "shared-key", "acme.key-file", file.toString()), Map.of());
        ManualClock clock = new ManualClock();
        try (StoreOverFake azure = new StoreOverFake(
                service,
                client -> client.credentials(credentials)
                        .trustAddress(service.endpoint(""))
                        .scheduler(Schedulers.fromExecutorService(clock.scheduler())),
                store -> store.createContainers(true))) {
            assertThat(StoreOverFake.failure(azure.startPut(StoreOverFake.ACME, 1, 1_000, StoreOverFake.soon()))
                            .reason())
                    .isEqualTo(Reason.PERMISSION_DENIED);

            Files.writeString(file, KEY + "\n");
            clock.advance(Duration.ofMinutes(1));
            azure.put(StoreOverFake.ACME, 1, 1_000);

            Files.writeString(file, "no key!");
            clock.advance(Duration.ofMinutes(1));
            azure.assertStored(StoreOverFake.ACME, 1, 1_000);
        }
    }

    @Test
    void a_secret_that_is_being_written_is_not_used(@TempDir Path dir) throws Exception {
        Path file = Files.writeString(dir.resolve("acme"), KEY);
        FakeBlobService service =
                FakeBlobService.builder().sharedKey("acme", KEY).start();
        AzureCredentials credentials = AzureCredentials.load(
                Map.of("kind", "none", "acme.kind", "shared-key", "acme.key-file", file.toString()), Map.of());
        ManualClock clock = new ManualClock();
        try (StoreOverFake azure = new StoreOverFake(
                service,
                client -> client.credentials(credentials)
                        .trustAddress(service.endpoint(""))
                        .scheduler(Schedulers.fromExecutorService(clock.scheduler())),
                store -> store.createContainers(true))) {
            azure.put(StoreOverFake.ACME, 1, 1_000);

            Files.writeString(file, KEY.substring(0, 8)); // a key, too
            clock.advance(Duration.ofSeconds(20));
            azure.assertStored(StoreOverFake.ACME, 1, 1_000);

            Files.writeString(file, KEY);
            clock.advance(Duration.ofMinutes(1));
            azure.assertStored(StoreOverFake.ACME, 1, 1_000);
        }
    }

    @Test
    void accounts_that_are_down_are_counted_until_they_are_up_again() throws Exception {
        try (StoreOverFake azure = new StoreOverFake()) {
            azure.put(StoreOverFake.ACME, 1, 1_000);
            assertThat(azure.store.accountsDown()).isZero();
            azure.service.everyRequest().in("acme").fails(503, "ServerBusy", 5);
            for (int i = 0; i < 20; i++) {
                StoreOverFake.failure(azure.store.get(StoreOverFake.ACME, azure.key(1), StoreOverFake.soon()));
            }
            assertThat(azure.store.accountsDown()).isEqualTo(1);

            azure.service.heal();
            azure.clock.advance(Duration.ofSeconds(30));
            azure.assertStored(StoreOverFake.ACME, 1, 1_000);
            assertThat(azure.store.accountsDown()).isZero();
        }
    }
}
