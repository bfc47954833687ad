package io.kvstore.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvstore.api.KVStore;
import io.kvstore.api.KVStoreException;
import io.kvstore.api.Payload;
import io.kvstore.api.PromptChunk;
import io.kvstore.api.Reason;
import io.kvstore.api.StoreId;
import io.kvstore.grpc.GrpcKVStores;
import io.kvstore.testkit.PromptChain;
import io.kvstore.testkit.Prompts;
import io.kvstore.testkit.azure.FakeBlobService;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A server in Azure whose resources are the accounts of their names. */
class SuffixOverTheWireTest {

    private final PromptChain chain = Prompts.seeded(5).chain(2);
    private FakeBlobService azure;
    private RunningServer server;
    private GrpcKVStores client;

    @SuppressWarnings("NullAway.Init") // JUnit calls open before each test
    SuffixOverTheWireTest() {}

    @BeforeEach
    void open() throws Exception {
        azure = FakeBlobService.builder().start();
        server = RunningServer.start(ServerConfig.from(Settings.merge(
                Map.of(
                        Flag.HOST, "127.0.0.1",
                        Flag.PORT, "0",
                        Flag.ADMIN_PORT, "0",
                        Flag.BACKEND, "azure",
                        Flag.ACCOUNTS, "suffix",
                        Flag.BLOB_EMULATOR, azure.endpoint("").toString(),
                        Flag.DISABLE_MULTI_NIC, "true"),
                Map.of(),
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

    private CompletableFuture<?> write(KVStore store) {
        try (PromptChunk chunk = chain.chunk(0, Payload.wrap(new byte[1_000]))) {
            return store.write(chunk);
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

    /** The failure: a lookup said UNAVAILABLE, and clients tried again what can never succeed. */
    @Test
    void a_name_that_no_account_can_have_is_an_invalid_argument_of_every_call() {
        String location = "00/" + "0".repeat(32) + "/" + "0".repeat(64);
        for (String name : List.of("Acme-1", "ab", "a.b.c", "a".repeat(25))) {
            KVStore store = client.store(new StoreId(name, "llama"));

            for (CompletableFuture<?> call : List.of(store.lookup(chain.query()), store.read(location), write(store))) {
                KVStoreException refusal = failureOf(call);
                assertThat(refusal.reason()).isEqualTo(Reason.INVALID_ARGUMENT);
                assertThat(refusal).hasMessageContaining("resource_name: expected an Azure storage account");
            }
        }
    }
}
