package io.kvstore.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvstore.api.KVStore;
import io.kvstore.api.KVStoreException;
import io.kvstore.api.LookupQuery;
import io.kvstore.api.Payload;
import io.kvstore.api.PromptChunk;
import io.kvstore.api.ReadResult;
import io.kvstore.api.Reason;
import io.kvstore.api.StoreId;
import io.kvstore.api.TokenBlocks;
import io.kvstore.grpc.GrpcKVStores;
import io.kvstore.testkit.PromptChain;
import io.kvstore.testkit.Prompts;
import io.kvstore.testkit.azure.FakeBlobService;
import io.kvstore.testkit.azure.RequestKind;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server in Azure whose resources are documents, set up as existing deployments set theirs up: by the environment. */
class ConfigurationStoreOverTheWireTest {

    private static final String CONTAINER = "llama";
    private static final String KEY = "c2VjcmV0IG9mIGFjbWU=";
    private static final String OTHER_KEY = "YW5vdGhlciBzZWNyZXQ=";

    @TempDir
    private Path dir;

    private final PromptChain chain = Prompts.seeded(5).chain(1);
    private FakeBlobService azure;
    private RunningServer server;
    private GrpcKVStores client;

    @SuppressWarnings("NullAway.Init") // JUnit calls open before each test
    ConfigurationStoreOverTheWireTest() {}

    @BeforeEach
    void open() throws Exception {
        azure = FakeBlobService.builder()
                .sharedKey("acmekey1", KEY)
                .sharedKey("acmekey2", OTHER_KEY)
                .start();
        put("confstore", "accounts?restype=container", "");
        Path credentials = Files.writeString(
                dir.resolve("credentials"),
                "kind = none\nacmekey1.kind = shared-key\nacmekey1.key = " + KEY
                        + "\nacmekey2.kind = shared-key\nacmekey2.key = " + OTHER_KEY + "\n");
        server = RunningServer.start(ServerConfig.from(Settings.merge(
                Map.of(
                        Flag.HOST, "127.0.0.1",
                        Flag.PORT, "0",
                        Flag.ADMIN_PORT, "0",
                        Flag.BACKEND, "azure",
                        Flag.BLOB_EMULATOR, azure.endpoint("").toString(),
                        Flag.AZURE_CREDENTIALS, credentials.toString(),
                        Flag.CREATE_CONTAINERS, "true",
                        Flag.DISABLE_MULTI_NIC, "true"),
                Map.of(
                        "KV_CURRENT_LOCATION", "eastus",
                        "KV_CONFIGURATION_STORE", "confstore",
                        "KV_CONFIGURATION_CONTAINER", "accounts"),
                Map.of(),
                "")));
        Matcher port = Pattern.compile("127\\.0\\.0\\.1:(\\d+)").matcher(server.startLine(0));
        assertThat(port.find()).isTrue();
        client = GrpcKVStores.builder("127.0.0.1:" + port.group(1)).build();
    }

    @AfterEach
    void close() throws Exception {
        client.close();
        server.drain(Duration.ofSeconds(5));
        azure.close();
    }

    private void put(String account, String path, String body) throws Exception {
        HttpRequest put = HttpRequest.newBuilder(URI.create(azure.endpoint(account) + "/" + path))
                .header("x-ms-blob-type", "BlockBlob")
                .header("x-ms-version", "2025-01-05")
                .PUT(BodyPublishers.ofString(body))
                .build();
        assertThat(HttpClient.newHttpClient()
                        .send(put, BodyHandlers.discarding())
                        .statusCode())
                .isEqualTo(201);
    }

    private void document(String resource, String region, String... accounts) throws Exception {
        String[] addresses = Arrays.stream(accounts)
                .map(account -> azure.endpoint(account).toString())
                .toArray(String[]::new);
        documentOf(resource, region, addresses);
    }

    private void documentOf(String resource, String region, String... accounts) throws Exception {
        String addresses = "\"" + String.join("\", \"", accounts) + "\"";
        put(
                "confstore",
                "accounts/" + resource + ".json",
                "{\"promptAccountName\": \"" + resource + "\", \"location\": \"" + region
                        + "\", \"regionStorageMap\": {\"" + region + "\": [" + addresses + "]}}");
    }

    private KVStore store(String resource) {
        return client.store(new StoreId(resource, CONTAINER));
    }

    private CompletableFuture<io.kvstore.api.WriteResult> write(String resource) {
        try (PromptChunk chunk = chain.chunk(0, Payload.wrap(new byte[1_000]))) {
            return store(resource).write(chunk);
        }
    }

    private static KVStoreException failureOf(CompletableFuture<?> call) {
        return KVStoreException.of(call.handle((value, failure) -> {
                    assertThat(failure).as("came: " + value).isNotNull();
                    return failure;
                })
                .orTimeout(60, TimeUnit.SECONDS)
                .join());
    }

    @Test
    void chunks_are_in_the_accounts_that_the_document_names_and_the_document_is_read_once() throws Exception {
        document("acme", "eastus", "acmeus1", "acmeus2");

        String location = write("acme").get(60, TimeUnit.SECONDS).location();
        try (ReadResult read = store("acme").read(location).get(60, TimeUnit.SECONDS)) {
            assertThat(read.isFound()).isTrue();
        }

        long puts = azure.requestCount("acmeus1", RequestKind.PUT_BLOB)
                + azure.requestCount("acmeus2", RequestKind.PUT_BLOB);
        assertThat(puts).isPositive();
        assertThat(azure.requestCount("confstore", RequestKind.GET_BLOB)).isEqualTo(1);
    }

    /** The failure: every account that a document names is asked with the default credential, whatever is configured. */
    @Test
    void each_account_of_a_document_is_asked_with_the_credential_of_its_name() throws Exception {
        document("one", "eastus", "acmekey1");
        document("two", "eastus", "acmekey2");

        for (String resource : List.of("one", "two")) {
            String location = write(resource).get(60, TimeUnit.SECONDS).location();
            try (ReadResult read = store(resource).read(location).get(60, TimeUnit.SECONDS)) {
                assertThat(read.isFound()).isTrue();
            }
        }
    }

    @Test
    void accounts_that_a_document_names_are_the_emulators_where_there_is_one() throws Exception {
        documentOf("acme", "eastus", "acmeus1");

        String location = write("acme").get(60, TimeUnit.SECONDS).location();

        assertThat(azure.blobNames("acmeus1", CONTAINER)).containsExactly(location);
    }

    @Test
    void a_region_without_accounts_reads_those_at_home_and_writes_nothing() throws Exception {
        document("acme", "westeurope", "acmewe1");

        assertThat(failureOf(write("acme")).reason()).isEqualTo(Reason.PERMISSION_DENIED);
        assertThat(store("acme")
                        .lookup(LookupQuery.of(chain.tokens()))
                        .get(60, TimeUnit.SECONDS)
                        .cachedBlocks())
                .isZero();
        assertThat(azure.requestCount("acmewe1", RequestKind.PUT_BLOB)).isZero();
    }

    @Test
    void a_resource_without_a_document_is_not_found_and_a_broken_one_unavailable_alone() throws Exception {
        document("acme", "eastus", "acmeus1");
        put("confstore", "accounts/broken.json", "{\"regionStorageMap\": [");

        assertThat(failureOf(write("unknown")).reason()).isEqualTo(Reason.NOT_FOUND);
        assertThat(failureOf(write("broken")))
                .hasMessageContaining("the configuration of resource 'broken' cannot be used")
                .returns(Reason.UNAVAILABLE, KVStoreException::reason);
        assertThat(write("acme").get(60, TimeUnit.SECONDS).alreadyStored()).isFalse();
    }

    /** The failure: what needs no storage is answered for a resource that does not exist. */
    @Test
    void a_lookup_of_less_than_a_block_in_a_resource_without_a_document_is_not_found() throws Exception {
        document("acme", "eastus", "acmeus1");
        LookupQuery few = LookupQuery.of(TokenBlocks.of(new long[3]));

        assertThat(failureOf(store("unknown").lookup(few)).reason()).isEqualTo(Reason.NOT_FOUND);
        assertThat(store("acme").lookup(few).get(60, TimeUnit.SECONDS).cachedBlocks())
                .isZero();
    }

    @Test
    void accounts_are_on_the_page_of_metrics_without_names_and_the_document_has_all_of_it() throws Exception {
        document("acme", "eastus", "acmeus1");
        write("acme").get(60, TimeUnit.SECONDS);
        failureOf(write("unknown"));

        MetricsPage page = MetricsPage.of(server);

        assertThat(page.valueOf("kvstore_storage_accounts_down")).isZero();
        assertThat(page.valueOf("kvstore_account_resolutions_total{outcome=\"not_found\"}"))
                .isPositive();
        assertThat(MetricsDocumentTest.documented()).containsAll(MetricsPage.names(page.text()));
        assertThat(page.text()).doesNotContain("acme").doesNotContain("unknown");
    }

    /** So that no flood of invented names locks them out. */
    @Test
    void the_documents_are_listed_before_anybody_asks_for_one() {
        long endNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (azure.requestCount("confstore", RequestKind.LIST_BLOBS) == 0) {
            assertThat(System.nanoTime()).as("nothing is listed").isLessThan(endNanos);
            Thread.onSpinWait();
        }
        assertThat(azure.requestCount("confstore", RequestKind.GET_BLOB)).isZero();
    }

    @Test
    void a_configuration_store_that_hangs_for_one_resource_delays_no_other() throws Exception {
        document("acme", "eastus", "acmeus1");
        document("slow", "eastus", "slowus1");
        write("acme").get(60, TimeUnit.SECONDS);
        azure.every(RequestKind.GET_BLOB).in("confstore").of("slow.json").isHeld();
        CompletableFuture<io.kvstore.api.WriteResult> slow = write("slow");
        azure.awaitHeld(1);

        assertThat(write("acme").get(60, TimeUnit.SECONDS).alreadyStored()).isTrue();
        assertThat(slow).isNotDone();

        azure.heal();
        azure.releaseHeld();
        assertThat(slow.get(60, TimeUnit.SECONDS).alreadyStored()).isFalse();
    }
}
