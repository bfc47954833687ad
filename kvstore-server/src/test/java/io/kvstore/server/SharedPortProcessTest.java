package io.kvstore.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.kvstore.api.KVStore;
import io.kvstore.api.KVStores;
import io.kvstore.api.LookupResult;
import io.kvstore.api.Payload;
import io.kvstore.api.PromptChunk;
import io.kvstore.api.ReadResult;
import io.kvstore.api.StoreId;
import io.kvstore.grpc.GrpcKVStores;
import io.kvstore.testkit.PromptChain;
import io.kvstore.testkit.Prompts;
import io.kvstore.testkit.azure.FakeBlobService;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two processes behind one port, over a storage that they share: it does not matter which a connection reaches. */
class SharedPortProcessTest {

    private static final StoreId STORE = new StoreId("acme", "chunks");
    private static final int CLIENTS = 32;
    private static final int BYTES = 300_000;
    private static final long PATIENCE_SECONDS = 60;

    @TempDir
    private Path dir;

    private final Prompts prompts = Prompts.seeded(8);
    private final PromptChain chain = prompts.chain(3);

    @BeforeEach
    void twoCpus() {
        assumeThat(Runtime.getRuntime().availableProcessors())
                .as("a CPU for each of two processes")
                .isGreaterThanOrEqualTo(2);
    }

    private ChildServer two(FakeBlobService azure) throws Exception {
        Path credentials = Files.writeString(dir.resolve("credentials"), "kind = none\n");
        return ChildServer.serving(
                "--port",
                Integer.toString(freePort()),
                "--numa",
                "2",
                "--shared-port",
                "--backend",
                "azure",
                "--blob-emulator",
                azure.endpoint("").toString(),
                "--create-containers",
                "--azure-credentials",
                credentials.toString(),
                "--filter-max-age",
                "1s",
                "--admin-port",
                "0");
    }

    private static int freePort() throws Exception {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return free.getLocalPort();
        }
    }

    @Test
    void what_one_process_wrote_the_other_finds_when_its_filter_is_as_old_as_it_may_get() throws Exception {
        try (FakeBlobService azure = FakeBlobService.builder().start();
                ChildServer server = two(azure)) {
            assertThat(server.ports()).hasSize(1);
            assertThat(server.children()).hasSize(2);
            // Both have a filter, in which nothing is.
            for (int i = 0; i < CLIENTS; i++) {
                try (KVStores stores = client(server)) {
                    assertThat(lookup(stores.store(STORE)).cachedBlocks()).isZero();
                }
            }
            try (KVStores stores = client(server)) {
                for (int i = 0; i < chain.blockCount(); i++) {
                    write(stores.store(STORE), i);
                }
            }

            for (int i = 0; i < CLIENTS; i++) {
                try (KVStores stores = client(server)) {
                    assertFound(stores.store(STORE));
                }
            }

            String metrics = server.adminPage("/metrics");
            assertThat(lookups(metrics, 0)).isPositive();
            assertThat(lookups(metrics, 1)).isPositive();
        }
    }

    private static KVStores client(ChildServer server) {
        return GrpcKVStores.builder("127.0.0.1:" + server.ports().get(0)).build();
    }

    private LookupResult lookup(KVStore store) throws Exception {
        return store.lookup(chain.query()).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    private void write(KVStore store, int block) throws Exception {
        try (PromptChunk chunk = chain.chunk(block, Payload.wrap(prompts.payloadBytes(block, BYTES)))) {
            store.write(chunk).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        }
    }

    private void assertFound(KVStore store) throws Exception {
        long endNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        LookupResult found = lookup(store);
        while (found.cachedBlocks() < chain.blockCount() && System.nanoTime() - endNanos < 0) {
            found = lookup(store);
        }
        assertThat(found.cachedBlocks()).isEqualTo(chain.blockCount());
        try (ReadResult read = store.read(found.blocks().get(2).location()).get(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            assertThat(read.chunk().orElseThrow().payload().toByteArray()).isEqualTo(prompts.payloadBytes(2, BYTES));
        }
    }

    private static double lookups(String metrics, int node) {
        Matcher count = Pattern.compile("kvstore_lookup_seconds_count\\{node=\"" + node + "\"} ([0-9.]+)")
                .matcher(metrics);
        return count.find() ? Double.parseDouble(count.group(1)) : 0;
    }
}
