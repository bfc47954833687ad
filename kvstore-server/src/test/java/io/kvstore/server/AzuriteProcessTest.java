package io.kvstore.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.kvstore.api.KVStore;
import io.kvstore.api.KVStores;
import io.kvstore.api.Payload;
import io.kvstore.api.PromptChunk;
import io.kvstore.api.ReadResult;
import io.kvstore.api.StoreId;
import io.kvstore.azurite.Azurite;
import io.kvstore.azurite.AzuriteMissingException;
import io.kvstore.testkit.PromptChain;
import io.kvstore.testkit.Prompts;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server that brings its own emulator of Azure along. */
class AzuriteProcessTest {

    private static final StoreId STORE = new StoreId("acme", "chunks");
    private static final int BYTES = 300_000;

    @TempDir
    private Path dir;

    /** A download is not part of any test. */
    @BeforeEach
    void installAzurite() throws Exception {
        try {
            Azurite.builder().install();
        } catch (AzuriteMissingException e) {
            if ("true".equals(System.getenv("CI"))) {
                fail(e.getMessage());
            }
            Assumptions.abort(e.getMessage());
        }
    }

    @Test
    void chunks_are_found_after_a_restart_and_the_emulator_ends_with_the_server() throws Exception {
        Prompts prompts = Prompts.seeded(1);
        PromptChain chain = prompts.chain(3);
        String data = dir.resolve("data").toString();
        try (ChildServer server = ChildServer.serving("--backend", "azurite", "--data-dir", data);
                KVStores stores = server.client()) {
            assertThat(server.startLine()).contains("backend azurite " + data);
            for (int i = 0; i < 3; i++) {
                write(stores.store(STORE), chain.chunk(i, Payload.wrap(prompts.payloadBytes(i, BYTES))));
            }
            server.terminate();
            assertThat(server.exitCode()).isZero();
        }
        try (ChildServer server = ChildServer.serving("--backend", "azurite", "--data-dir", data);
                KVStores stores = server.client()) {
            assertThat(server.startLine()).contains("backend azurite ").doesNotContain("chunks found");
            KVStore store = stores.store(STORE);
            var found = store.lookup(chain.query()).get(60, TimeUnit.SECONDS);
            assertThat(found.cachedBlocks()).isEqualTo(3);
            try (ReadResult read = store.read(found.blocks().get(2).location()).get(60, TimeUnit.SECONDS)) {
                assertThat(read.chunk().orElseThrow().payload().toByteArray())
                        .isEqualTo(prompts.payloadBytes(2, BYTES));
            }
            server.terminate();
            assertThat(server.exitCode()).isZero();
        }
    }

    /** The failure: the emulator ended beside the drain, and calls under way found nothing there. */
    @Test
    void a_drain_has_its_storage_until_its_end() throws Exception {
        WriteStorm storm = new WriteStorm(1);
        try (ChildServer server = ChildServer.serving(
                        "--backend",
                        "azurite",
                        "--data-dir",
                        dir.resolve("data").toString());
                KVStores stores = server.client()) {
            storm.run(stores.store(STORE), 50, server::terminate);
            assertThat(server.exitCode()).isZero();
            assertThat(server.stderr()).allMatch(line -> line.contains("INFO"));
        }
    }

    private static void write(KVStore store, PromptChunk written) throws Exception {
        try (PromptChunk chunk = written) {
            store.write(chunk).get(60, TimeUnit.SECONDS);
        }
    }
}
