package io.kvstore.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BenchCommandTest {

    @TempDir
    private Path dir;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private int bench(String... arguments) {
        List<String> all = new ArrayList<>(List.of("bench"));
        all.addAll(Arrays.asList(arguments));
        return Kvstore.run(
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                all.toArray(String[]::new));
    }

    @ParameterizedTest
    @CsvSource({
        "--rounds=0, --rounds: 0 (expected: at least 1)",
        "--seconds=0, '--seconds: 0.0 (expected: more than 0, at most 3600)'",
        "--only=(, --only: '(': ",
        "--only=Dance, --only: no case has a name in which 'Dance' is found",
        "--working-set-mib=0, --working-set-mib: 0 (expected: 1 to 4096)",
        "--target=nowhere, HOST:PORT",
        "--server-pid=1, --server-pid needs --target",
        "--storage=fake --backend=memory, 'no --target, --backend, --quick, --goals'",
        "--storage=tape, (expected: fake or azurite)",
        "--target=a:1 --backend=memory, --target excludes --backend and arguments for a server",
        "--token-file=x, TLS and --token-file need --target",
        "--target=a:1 --tls-key=x, --tls-cert and --tls-key need each other",
        "-- --port 7, -- --port: the bench has to say that itself",
        "--storage=fake -- --blob-emulator=http://a:1, -- --blob-emulator: the bench has to say that itself"
    })
    void bad_usage_is_one_line_and_exit_code_2(String arguments, String message) {
        assertThat(bench(arguments.split(" "))).isEqualTo(Exit.USAGE);
        assertThat(err.toString(StandardCharsets.UTF_8).lines().findFirst().orElse(""))
                .contains(message);
    }

    @Test
    void a_run_measures_server_and_client_against_raw_tcp_and_ends_what_it_started() {
        int exit = bench(
                "--only=(StreamingRead|Write)/64KB/4$",
                "--rounds=1",
                "--seconds=0.05",
                "--warm-seconds=0.01",
                "--working-set-mib=2",
                "--no-redis",
                "--json=" + dir.resolve("figures.json"),
                "--html=" + dir.resolve("figures.html"));
        assertThat(err.toString(StandardCharsets.UTF_8)).isEmpty();
        assertThat(exit).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8))
                .contains("receive/64KB/4")
                .contains("StreamingRead/64KB/4")
                .contains("send/64KB/4")
                .contains("Write/64KB/4")
                .doesNotContain(" Read/64KB/4", "failed");
        assertThat(dir.resolve("figures.json")).content().contains("\"case\" : \"StreamingRead/64KB/4\"");
        assertThat(dir.resolve("figures.html")).content().contains("<svg");
        assertThat(ProcessHandle.current().children().filter(ProcessHandle::isAlive))
                .isEmpty();
    }

    /** The failure: a flag that the bench says too is refused by the server, which takes each flag once. */
    @Test
    void what_a_person_says_to_the_server_counts_and_not_what_the_bench_would_say() {
        assertThat(new ServerArguments(List.of("--data-max-bytes=2g", "--log-level", "info"))
                        .unlessGiven("--data-max-bytes", "5g")
                        .unlessGiven("--log-level", "error")
                        .unlessGiven("--memory-cache", "1g")
                        .unlessGiven("--reserve-memory")
                        .toList())
                .containsExactly(
                        "--data-max-bytes=2g", "--log-level", "info", "--memory-cache", "1g", "--reserve-memory");
    }

    @Test
    void a_small_machine_is_asked_for_less_memory() {
        assertThat(Room.within(6L << 30, 0)).isEqualTo(new Room(5L << 30, (5L << 30) / 10 * 7));
        assertThat(Room.within(2L << 30, 2L << 30).storedBytes()).isBetween(900L << 20, 1L << 30);
    }

    @Test
    void a_file_that_cannot_be_written_is_said_before_anything_is_measured() {
        assertThat(bench("--quick", "--json=" + dir.resolve("no/such.json"))).isEqualTo(Exit.FAILURE);
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("no such file or directory");
    }

    /** The failure: it was emptied before anything was measured, and stayed empty when the run failed. */
    @Test
    void a_report_is_left_alone_until_there_is_another() throws IOException {
        Path before = Files.writeString(dir.resolve("figures.json"), "figures of an hour");
        Path none = dir.resolve("figures.html");

        assertThat(bench("--target=127.0.0.1:1", "--quick", "--no-redis", "--json=" + before, "--html=" + none))
                .isEqualTo(Exit.FAILURE);

        assertThat(before).hasContent("figures of an hour");
        assertThat(none).doesNotExist();
        assertThat(bench("--quick", "--json=" + dir)).isEqualTo(Exit.FAILURE);
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("cannot use '" + dir + "'");
    }

    @Test
    void a_server_that_does_not_start_ends_the_run_and_everything_else() {
        assertThat(bench("--only=Read/64KB/4$", "--no-redis", "--backend=punchcards"))
                .isEqualTo(Exit.FAILURE);
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("punchcards");
        assertThat(ProcessHandle.current().children().filter(ProcessHandle::isAlive))
                .isEmpty();
    }
}
