package io.kvstore.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvstore.api.KVStores;
import io.kvstore.api.LookupQuery;
import io.kvstore.api.StoreId;
import io.kvstore.api.TokenBlocks;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What only a whole process can show: its one line, its signals, its exit codes. */
class ServerProcessTest {

    private static final StoreId STORE = new StoreId("acme", "chunks");
    private static final TokenBlocks PROMPT = TokenBlocks.of(new long[128]);

    @TempDir
    private Path dir;

    private String data() {
        return dir.resolve("data").toString();
    }

    @Test
    void sigterm_under_load_ends_in_order_and_loses_no_acknowledged_write() throws Exception {
        WriteStorm storm = new WriteStorm(1);
        try (ChildServer server = ChildServer.serving("--data-dir", data());
                KVStores stores = server.client()) {
            assertThat(server.startLine()).contains("backend file ", "durability sync", " 0 chunks found, transport ");
            storm.run(stores.store(STORE), 50, server::terminate);
            assertThat(server.exitCode()).isZero();
            assertThat(server.stderr()).allMatch(line -> line.contains("INFO"));
        }
        try (ChildServer server = ChildServer.serving("--data-dir", data());
                KVStores stores = server.client()) {
            int acknowledged = storm.checkAll(stores.store(STORE));
            Matcher found = Pattern.compile("(\\d+) chunks found").matcher(server.startLine());
            assertThat(found.find()).isTrue();
            assertThat(Integer.parseInt(found.group(1)))
                    .isGreaterThanOrEqualTo(acknowledged)
                    .isGreaterThanOrEqualTo(50);
        }
    }

    /** An operator who does not want to wait for the drain would be left with kill -9. */
    @ParameterizedTest
    @CsvSource({"TERM, 143", "INT, 130"})
    void a_second_signal_during_the_drain_ends_the_process_at_once(String second, int exitCode) throws Exception {
        try (ChildServer server =
                ChildServer.serving("--data-dir", data(), "--drain-timeout", "1h", "--admin-port", "0")) {
            server.holdCall("kvstore_active_calls 1.0");
            server.terminate();
            server.awaitStderr("Draining: activeCalls=1");
            server.signalUntilItEnds(second);
            assertThat(server.exitCode()).isEqualTo(exitCode);
            assertThat(server.stderr()).contains("kvstore-server: ended at once by a second signal, SIG" + second);
        }
    }

    @Test
    void a_server_that_another_process_looks_after_leaves_ctrl_c_to_it() throws Exception {
        Process parent = new ProcessBuilder("sleep", "600").start();
        try (ChildServer server = ChildServer.startedBy(parent.pid(), "--data-dir", data())) {
            server.signal("INT");
            try (KVStores stores = server.client()) {
                // Long enough for a drain to begin, if one did: a signal is not answered at once.
                for (int i = 0; i < 200; i++) {
                    assertThat(stores.store(STORE)
                                    .lookup(LookupQuery.of(PROMPT))
                                    .join()
                                    .cachedBlocks())
                            .isZero();
                }
            }
            server.terminate();
            assertThat(server.exitCode()).isZero();
        } finally {
            parent.destroyForcibly();
        }
    }

    @Test
    void a_server_ends_with_the_process_that_started_it_for_itself() throws Exception {
        Process parent = new ProcessBuilder("sleep", "60").start();
        try (ChildServer server = ChildServer.startedBy(parent.pid(), "--data-dir", data())) {
            parent.destroyForcibly();
            assertThat(server.exitCode()).isZero();
        } finally {
            parent.destroyForcibly();
        }
    }

    @Test
    void a_second_server_on_the_same_directory_does_not_start_and_hurts_nobody() throws Exception {
        try (ChildServer first = ChildServer.serving("--data-dir", data(), "--admin-port", "0");
                ChildServer second = ChildServer.launch("--port", "0", "--data-dir", data())) {
            assertThat(second.exitCode()).isEqualTo(1);
            assertThat(second.stderr())
                    .singleElement()
                    .asString()
                    .startsWith("kvstore-server: cannot use the data directory");
            assertHealthy(first);
        }
    }

    private static void assertHealthy(ChildServer server) throws Exception {
        assertThat(server.adminPage("/healthz")).isEqualTo("serving\n");
        assertThat(server.adminPage("/metrics")).contains("kvstore_bytes_in_flight");
    }
}
