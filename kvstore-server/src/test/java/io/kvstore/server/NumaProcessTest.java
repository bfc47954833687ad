package io.kvstore.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.kvstore.api.KVStores;
import io.kvstore.api.StoreId;
import io.kvstore.grpc.GrpcKVStores;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What only real processes can show: where they run, and that they live and die together. */
class NumaProcessTest {

    private static final StoreId STORE = new StoreId("acme", "chunks");

    @TempDir
    private Path dir;

    @BeforeEach
    void twoCpus() {
        assumeThat(Runtime.getRuntime().availableProcessors())
                .as("a CPU for each of two processes")
                .isGreaterThanOrEqualTo(2);
    }

    private ChildServer two(String... more) throws IOException {
        return ChildServer.serving(argumentsOfTwo(more));
    }

    private String[] argumentsOfTwo(String... more) {
        List<String> arguments = new ArrayList<>(
                List.of("--numa", "2", "--data-dir", dir.resolve("data").toString()));
        arguments.addAll(List.of(more));
        return arguments.toArray(new String[0]);
    }

    private static KVStores client(int port) {
        return GrpcKVStores.builder("127.0.0.1:" + port).build();
    }

    private static CpuList cpus(ProcessHandle process) throws IOException {
        Matcher allowed = Pattern.compile("Cpus_allowed_list:(.*)")
                .matcher(Files.readString(Path.of("/proc/" + process.pid() + "/status")));
        assertThat(allowed.find()).isTrue();
        return CpuList.parse(allowed.group(1));
    }

    private static void awaitEnd(ProcessHandle process) throws Exception {
        process.onExit().get(60, TimeUnit.SECONDS);
    }

    private static int writtenThrough(int port, WriteStorm storm) throws Exception {
        try (KVStores stores = client(port)) {
            return storm.checkAll(stores.store(STORE));
        }
    }

    @Test
    void two_processes_serve_apart_come_back_when_killed_and_end_together() throws Exception {
        try (ChildServer server = two("--admin-port", "0")) {
            List<ProcessHandle> children = server.children();
            assertThat(children).hasSize(2);
            if (server.startLine().contains("pinned by")) {
                CpuList first = cpus(children.get(0));
                CpuList second = cpus(children.get(1));
                assertThat(first.isEmpty() || second.isEmpty()).isFalse();
                assertThat(first.and(second).isEmpty()).isTrue();
            }
            WriteStorm storm = new WriteStorm(5);
            try (KVStores stores = client(server.ports().get(0))) {
                storm.run(stores.store(STORE), 20, () -> children.forEach(ProcessHandle::destroyForcibly));
            }
            server.awaitStderr("Serves again: process=node-0 address=127.0.0.1:"
                    + server.ports().get(0));
            server.awaitStderr("Serves again: process=node-1 address=127.0.0.1:"
                    + server.ports().get(1));
            assertThat(writtenThrough(server.ports().get(0), storm)).isGreaterThanOrEqualTo(20);
            assertThat(server.adminPage("/healthz")).isEqualTo("serving\n");
            assertThat(server.adminPage("/metrics"))
                    .contains("kvstore_process_starts_total{node=\"1\"} 2.0", "kvstore_active_calls{node=\"0\"} 0.0");

            List<ProcessHandle> restarted = server.children();
            server.terminate();
            assertThat(server.exitCode()).isZero();
            for (ProcessHandle child : restarted) {
                awaitEnd(child);
            }
        }
    }

    @Test
    void children_end_with_a_parent_that_is_killed() throws Exception {
        try (ChildServer server = two()) {
            List<ProcessHandle> children = server.children();
            server.kill();
            for (ProcessHandle child : children) {
                awaitEnd(child);
            }
        }
    }

    /** A launcher that reaps nobody is common in containers: the system counts what it started as alive for ever. */
    @Test
    void children_end_with_a_parent_that_is_killed_and_not_reaped() throws Exception {
        List<ProcessHandle> children = List.of();
        try (ChildServer launcher = ChildServer.servingUnderOneThatReapsNobody(argumentsOfTwo())) {
            ProcessHandle server = launcher.children().get(0);
            children = server.children().toList();
            assertThat(children).hasSize(2);
            server.destroyForcibly();
            for (ProcessHandle child : children) {
                awaitEnd(child);
            }
            assertThat(server.isAlive()).as("a zombie is counted as alive").isTrue();
        } finally {
            children.forEach(ProcessHandle::destroyForcibly);
        }
    }

    @Test
    void a_second_signal_ends_all_at_once() throws Exception {
        try (ChildServer server = two("--drain-timeout", "1h", "--admin-port", "0")) {
            List<ProcessHandle> children = server.children();
            server.holdCall("kvstore_active_calls{node=\"0\"} 1.0");
            server.terminate();
            server.awaitStderr("Draining: activeCalls=1");
            server.signalUntilItEnds("TERM");
            assertThat(server.exitCode()).isEqualTo(143);
            for (ProcessHandle child : children) {
                awaitEnd(child);
            }
        }
    }

    /** The failure: they start on, with the ports and the data, when all look to have ended. */
    @Test
    void a_signal_during_the_start_ends_the_children_before_the_parent() throws Exception {
        String pipe = dir.resolve("nobody-writes").toString();
        assertThat(new ProcessBuilder("mkfifo", pipe).start().waitFor()).isZero();
        try (ChildServer server =
                ChildServer.launch(argumentsOfTwo("--port", "0", "--tls-cert", pipe, "--tls-key", pipe))) {
            List<ProcessHandle> children = server.awaitChildren(2);
            server.terminate();
            assertThat(server.exitCode()).isEqualTo(143);
            assertThat(children).noneMatch(ProcessHandle::isAlive);
        }
    }

    /** As service managers do; a terminal sends Ctrl-C to all. Children that took that and the parent's for two would cut calls. */
    @Test
    void a_signal_to_parent_and_children_is_one_wish() throws Exception {
        try (ChildServer server = two()) {
            List<ProcessHandle> children = server.children();
            ChildServer.signal(children.get(0), "INT");
            ChildServer.signal(children.get(0), "TERM");
            server.signal("INT");
            ChildServer.signal(children.get(1), "INT");
            ChildServer.signal(children.get(1), "TERM");
            assertThat(server.exitCode()).isZero();
            assertThat(server.stderr()).noneMatch(line -> line.contains("at once"));
        }
    }

    @Test
    void a_child_that_cannot_start_ends_the_start_and_leaves_none_running() throws Exception {
        Files.writeString(Files.createDirectories(dir.resolve("data")).resolve("node-1"), "in the way");
        try (ChildServer server = ChildServer.launch(
                "--numa", "2", "--port", "0", "--data-dir", dir.resolve("data").toString())) {
            assertThat(server.exitCode()).isEqualTo(1);
            assertThat(server.stderr())
                    .anyMatch(line -> line.startsWith("kvstore-server: cannot use the data directory: "))
                    .anyMatch(line -> line.equals("kvstore-server: node-1 did not start (exit code 1)"));
            assertThat(server.children()).isEmpty();
        }
    }
}
