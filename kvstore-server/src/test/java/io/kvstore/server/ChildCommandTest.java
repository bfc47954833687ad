package io.kvstore.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ChildCommandTest {

    private static final CommandLineReader COMMAND_LINE = new CommandLineReader("test");
    private static final Share SHARE = new Share(1, CpuList.parse("4-7"), List.of(1), 0.25, 0.25, 2);

    private static ServerConfig read(Map<String, String> file, List<String> arguments) {
        return ServerConfig.from(Settings.merge(
                CommandLineReader.flags(COMMAND_LINE.parse(arguments.toArray(new String[0]))), Map.of(), file, "f"));
    }

    /** What the child of a server with these arguments will understand. */
    private static ServerConfig child(Map<String, String> file, String... arguments) {
        List<String> own = List.of(arguments);
        ChildCommand command = new ChildCommand(
                read(file, own),
                CommandLineReader.flags(COMMAND_LINE.parse(arguments)),
                Optional.empty(),
                Pinning.TASKSET);
        return read(file, command.arguments(SHARE, 7_001));
    }

    @Test
    void a_child_serves_alone_on_its_port_with_data_of_its_own() {
        ServerConfig child =
                child(Map.of(), "--numa", "2", "--port", "7000", "--data-dir", "/data", "--disk-cache", "/cache");
        assertThat(child.processes()).isEqualTo(1);
        assertThat(child.port()).isEqualTo(7_001);
        assertThat(child.dataDir()).isEqualTo(Path.of("/data/node-1"));
        assertThat(child.diskCacheDir()).hasValue(Path.of("/cache/node-1"));
        assertThat(child.diskCacheBytes()).isEqualTo(5L << 30);
        assertThat(child.adminPort()).isEmpty();
        assertThat(child.dataMaxBytes()).isEmpty();
    }

    @Test
    void limits_of_the_server_are_divided_wherever_they_were_set() {
        ServerConfig child = child(
                Map.of("threads", "16", "max-in-flight", "4g", "memory-cache", "8g", "numa", "auto"),
                "--data-max-bytes",
                "100g",
                "--admin-port",
                "9000");
        assertThat(child.threads()).isEqualTo(4);
        assertThat(child.maxInFlightBytes()).hasValue(1L << 30);
        assertThat(child.memoryCacheBytes()).isEqualTo(2L << 30);
        assertThat(child.dataMaxBytes()).hasValue(50L << 30);
        assertThat(child.adminPort()).hasValue(0);
        assertThat(child.processes()).isEqualTo(1);
    }

    @Test
    void memory_is_divided_by_memory() {
        assertThat(child(Map.of(), "--backend", "memory").dataMaxBytes()).hasValue(256L << 20);
    }

    /** Else every child would refuse its own part, each in its own words. */
    @Test
    void a_limit_that_is_too_small_to_be_divided_is_refused() {
        assertThatThrownBy(() -> child(Map.of(), "--max-in-flight", "512m"))
                .isInstanceOf(BadSetting.class)
                .hasMessage("--max-in-flight: too small to be divided (expected: at least 256m for each process)");
    }

    @Test
    void everything_else_is_the_servers() {
        ServerConfig child =
                child(Map.of(), "--host", "::1", "--durability", "os", "--disable-metrics", "--drain-timeout", "3s");
        assertThat(child.host()).isEqualTo("::1");
        assertThat(child.syncEveryWrite()).isFalse();
        assertThat(child.metrics()).isFalse();
        assertThat(child.drainTimeout()).hasSeconds(3);
    }

    /** A file may hold secrets, and command lines are everybody's to read. */
    @Test
    void a_configuration_file_is_handed_on_by_its_name() {
        ServerConfig config = read(Map.of("resources", "acme"), List.of());
        ChildCommand command =
                new ChildCommand(config, Map.of(), Optional.of(Path.of("my.properties")), Pinning.TASKSET);
        assertThat(command.of(SHARE, 1))
                .startsWith("taskset", "-c", "4-7")
                .contains("--config=my.properties")
                .noneMatch(word -> word.contains("acme"));
    }

    private static List<String> flags(boolean pinned, String... own) {
        return ChildJvmFlags.of(List.of(own), 4L << 30, SHARE, pinned);
    }

    @Test
    void jvm_sizes_are_cut_to_the_part_and_other_flags_stay() {
        assertThat(flags(
                        true,
                        "-XX:+UseG1GC",
                        "-Xmx4g",
                        "-Xms1024m",
                        "-XX:MaxDirectMemorySize=8G",
                        "--add-opens=java.base/java.nio=ALL-UNNAMED",
                        "-Dkvstore.parent.pid=1",
                        "-Dmy=x"))
                .containsExactly(
                        "-XX:+UseG1GC",
                        "-Xmx" + (1L << 30),
                        "-Xms" + (256L << 20),
                        "-XX:MaxDirectMemorySize=" + (2L << 30),
                        "--add-opens=java.base/java.nio=ALL-UNNAMED",
                        "-Dmy=x");
    }

    @Test
    void without_a_heap_flag_the_jvms_own_choice_is_divided() {
        assertThat(flags(true)).containsExactly("-Xmx" + (1L << 30));
        assertThat(ChildJvmFlags.of(List.of(), 1 << 20, SHARE, true)).containsExactly("-Xmx" + (64L << 20));
    }

    @Test
    void a_jvm_that_is_not_pinned_is_told_how_many_cpus_are_its_part() {
        assertThat(flags(false)).contains("-XX:ActiveProcessorCount=4");
    }
}
