package io.kvstore.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A start that cannot be: one clear line, no stack trace, the right exit code. */
class StartFailureTest {

    private final ByteArrayOutputStream stdout = new ByteArrayOutputStream();
    private final ByteArrayOutputStream stderr = new ByteArrayOutputStream();

    @TempDir
    private Path dir;

    private int run(String... args) {
        return run(Map.of(), args);
    }

    private int run(Map<String, String> environment, String... args) {
        return KvstoreServer.run(
                args,
                environment,
                new PrintStream(stdout, true, StandardCharsets.UTF_8),
                new PrintStream(stderr, true, StandardCharsets.UTF_8));
    }

    private String said() {
        return stderr.toString(StandardCharsets.UTF_8);
    }

    @Test
    void a_port_in_use_ends_the_start_and_makes_no_directory() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String port = Integer.toString(taken.getLocalPort());
            for (int attempt = 0; attempt < 2; attempt++) {
                assertThat(run(
                                "--host",
                                "127.0.0.1",
                                "--port",
                                port,
                                "--data-dir",
                                dir.resolve("d").toString()))
                        .isEqualTo(1);
            }
            assertThat(said().lines()).hasSize(2).allMatch(line -> line.contains("127.0.0.1:" + port));
            assertThat(stdout.size()).isZero();
            assertThat(dir.resolve("d")).doesNotExist();
        }
    }

    /** Each process has a port of its own, and a start that fails starts no process and makes no directory. */
    @Test
    void a_port_in_use_of_any_process_ends_the_start_of_all() throws IOException {
        assumeThat(Runtime.getRuntime().availableProcessors()).isGreaterThanOrEqualTo(2);
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            int port = taken.getLocalPort();
            assertThat(run(
                            "--host",
                            "127.0.0.1",
                            "--port",
                            Integer.toString(port - 1),
                            "--numa",
                            "2",
                            "--data-dir",
                            dir.resolve("d").toString()))
                    .isEqualTo(1);
            assertThat(said())
                    .contains("kvstore-server: cannot listen on 127.0.0.1:")
                    .endsWith("in use\n");
            assertThat(dir.resolve("d")).doesNotExist();
        }
        assertThat(run("--port", "65535", "--numa", "2")).isEqualTo(2);
        assertThat(said()).contains("--port: '65535' (expected: at most 65534, as each of 2 processes has its own)");
    }

    @Test
    void data_of_another_number_of_processes_ends_the_start() throws IOException {
        Files.writeString(
                Files.createDirectories(dir.resolve("d").resolve("node-0")).resolve("lock"), "");
        assertThat(run("--port", "0", "--data-dir", dir.resolve("d").toString()))
                .isEqualTo(1);
        assertThat(said()).hasLineCount(1).contains(" holds node-0 of a server of more processes");
    }

    /** The failure: a data directory with an empty lock file is left of a server that never was. */
    @Test
    void an_admin_port_in_use_ends_the_start_and_makes_no_directory() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String port = Integer.toString(taken.getLocalPort());
            Path data = dir.resolve("d");
            assertThat(run("--host", "127.0.0.1", "--port", "0", "--data-dir", data.toString(), "--admin-port", port))
                    .isEqualTo(1);
            assertThat(said()).hasLineCount(1).contains("127.0.0.1:" + port, "--admin-port");
            assertThat(data).doesNotExist();
        }
    }

    @Test
    void one_port_cannot_serve_calls_and_pages() {
        assertThat(run("--port", "50700", "--admin-port", "50700", "--backend", "memory"))
                .isEqualTo(2);
        assertThat(said()).startsWith("kvstore-server: --admin-port: '50700' (expected: another port than --port)");
    }

    @Test
    void a_certificate_that_is_not_there_makes_no_directory() {
        String data = dir.resolve("d").toString();
        assertThat(run("--port", "0", "--data-dir", data, "--tls-cert", "missing.pem", "--tls-key", "missing.key"))
                .isEqualTo(1);
        assertThat(said())
                .isEqualToIgnoringNewLines("kvstore-server: cannot use 'missing.pem': no such file or directory");
        assertThat(dir.resolve("d")).doesNotExist();
    }

    @Test
    void a_configuration_file_that_is_not_there_is_told_in_words() {
        assertThat(run("--config", "missing.properties")).isEqualTo(2);
        assertThat(said())
                .startsWith("kvstore-server: --config: cannot read 'missing.properties' (no such file or directory)\n");
    }

    @Test
    void a_memory_cache_that_leaves_the_network_nothing_ends_the_start() {
        String[] arguments = {"--port", "0", "--data-dir", dir.resolve("d").toString(), "--memory-cache", "1000g"};
        assertThat(run(arguments)).isEqualTo(1);
        assertThat(said())
                .hasLineCount(1)
                .startsWith("kvstore-server: --memory-cache: 1000g (expected: at most ")
                .contains("-XX:MaxDirectMemorySize");
        assertThat(dir.resolve("d")).doesNotExist();
    }

    /** The failure: each process makes its part fit, and the server has less than was asked for. */
    @Test
    void memory_that_does_not_fit_into_all_processes_together_ends_the_start_before_there_are_any() {
        assumeThat(Runtime.getRuntime().availableProcessors()).isGreaterThanOrEqualTo(2);
        String[] arguments = {
            "--host",
            "127.0.0.1",
            "--port",
            "0",
            "--numa",
            "2",
            "--data-dir",
            dir.resolve("d").toString(),
            "--memory-cache",
            "1000g"
        };
        assertThat(run(arguments)).isEqualTo(1);
        assertThat(said())
                .hasLineCount(1)
                .startsWith("kvstore-server: --memory-cache: 1000g (expected: at most ")
                .contains("-XX:MaxDirectMemorySize");
        assertThat(dir.resolve("d")).doesNotExist();
    }

    @Test
    void a_host_that_does_not_exist_ends_the_start() {
        assertThat(run("--host", "no-such-host.invalid", "--port", "0", "--backend", "memory"))
                .isEqualTo(1);
        assertThat(said()).hasLineCount(1).contains("'no-such-host.invalid': unknown host");
    }

    @Test
    void a_file_in_the_place_of_the_data_directory_ends_the_start() throws IOException {
        Path file = Files.writeString(dir.resolve("file"), "mine");
        assertThat(run("--port", "0", "--data-dir", file.toString())).isEqualTo(1);
        assertThat(run("--port", "0", "--data-dir", file.resolve("below").toString()))
                .isEqualTo(1);
        assertThat(said().lines())
                .hasSize(2)
                .allMatch(line -> line.startsWith("kvstore-server: cannot use the data directory: ")
                        && line.contains(file.toString()));
        assertThat(file).hasContent("mine");
    }

    @Test
    void a_data_directory_that_cannot_be_written_ends_the_start() throws IOException {
        Path sealed = Files.createDirectory(
                dir.resolve("sealed"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("r-x------")));
        assumeThat(Files.isWritable(sealed)).as("root writes everywhere").isFalse();
        assertThat(run("--port", "0", "--data-dir", sealed.toString())).isEqualTo(1);
        assertThat(said()).hasLineCount(1).contains(sealed.toString());
    }

    @Test
    void what_the_engine_refuses_at_the_start_is_a_failure_of_one_line() {
        ServerConfig unchecked = new ServerConfig(
                "127.0.0.1",
                0,
                Optional.empty(),
                0,
                1,
                false,
                ServerConfig.LogLevel.INFO,
                false,
                ServerConfig.BackendKind.MEMORY,
                dir,
                true,
                OptionalLong.empty(),
                -1,
                false,
                Optional.empty(),
                0,
                Duration.ZERO,
                Duration.ofSeconds(1),
                Set.of(),
                new AccountSettings(AccountSettings.Kind.SUFFIX, Optional.empty(), Optional.empty(), false),
                OptionalLong.empty(),
                Duration.ZERO,
                OptionalInt.empty(),
                AzureSettings.from(Settings.merge(Map.of(), Map.of(), Map.of(), ""), ServerConfig.BackendKind.FILE));
        assertThatThrownBy(() -> RunningServer.start(unchecked))
                .isInstanceOf(StartFailure.class)
                .hasMessageStartingWith("cannot start: memoryCacheBytes: -1");
    }

    @Test
    void a_bad_flag_is_answered_with_one_line_and_the_usage() {
        assertThat(run("--prot", "1")).isEqualTo(2);
        assertThat(said().lines().findFirst())
                .hasValueSatisfying(
                        line -> assertThat(line).startsWith("kvstore-server: ").contains("--prot"));
        assertThat(said()).contains("Usage: kvstore-server");
        assertThat(stdout.size()).isZero();
    }

    @Test
    void a_bad_variable_is_answered_like_a_bad_flag() {
        assertThat(run(Map.of("KV_PORT", "http"))).isEqualTo(2);
        assertThat(said()).startsWith("kvstore-server: KV_PORT: 'http' (expected: a number from 0 to 65535)");
    }

    @Test
    void help_and_version_go_to_stdout() {
        assertThat(run("--help")).isZero();
        assertThat(run("--version")).isZero();
        assertThat(stdout.toString(StandardCharsets.UTF_8))
                .contains("Usage: kvstore-server", "kvstore-server ", "a number alone is seconds", "alone is bytes");
        assertThat(stderr.size()).isZero();
    }

    /** The failure: half an address at the end of a line, half at the beginning of the next. */
    @Test
    void help_breaks_no_word() {
        assertThat(run("--help")).isZero();
        String help = stdout.toString(StandardCharsets.UTF_8);
        assertThat(help.lines()).allMatch(line -> line.length() <= 110);
        for (Flag flag : Flag.values()) {
            for (String word : flag.description().split(" ", -1)) {
                assertThat(help).contains(word);
            }
        }
    }
}
