package io.kvstore.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The launcher with a java and a mvn that only say what they were asked. */
class LauncherTest {

    private static final long PATIENCE_SECONDS = 30;

    @TempDir
    private Path dir;

    private Path root = Path.of("");
    private Path jdk = Path.of("");
    private Path fakes = Path.of("");

    private final List<Process> started = new ArrayList<>();

    /** Those of a test that failed wait for each other. */
    @AfterEach
    void leaveNothingBehind() {
        for (Process process : started) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
    }

    record Said(int exitCode, List<String> lines) {}

    @BeforeEach
    void copyToAPathWithSpaces() throws IOException {
        root = Files.createDirectories(dir.resolve("my checkout"));
        Files.copy(
                Path.of("../kvstore"),
                executable(root.resolve("kvstore"), ""),
                java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        Files.setPosixFilePermissions(root.resolve("kvstore"), PosixFilePermissions.fromString("rwxr-xr-x"));
        jdk = dir.resolve("a jdk");
        fakes = Files.createDirectories(jdk.resolve("bin"));
    }

    private static Path executable(Path file, String script) throws IOException {
        Files.writeString(file, "#!/bin/sh\n" + script);
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private void fakeJava(String version) throws IOException {
        executable(fakes.resolve("java"), """
                case "$1" in -XshowSettings*) echo '    java.specification.version = VERSION' >&2; exit;; esac
                for each in "$@"; do echo "java: $each"; done
                """.replace("VERSION", version));
    }

    private void jars() throws IOException {
        for (String jar : List.of("kvstore-server/target/kvstore-server.jar", "kvstore-bench/target/kvstore-cli.jar")) {
            Files.createDirectories(root.resolve(jar).getParent());
            Files.writeString(root.resolve(jar), "");
        }
    }

    private Process start(Map<String, String> environment, String... args) throws IOException {
        List<String> command = new ArrayList<>(List.of(root.resolve("kvstore").toString()));
        command.addAll(List.of(args));
        ProcessBuilder builder =
                new ProcessBuilder(command).directory(dir.toFile()).redirectErrorStream(true);
        builder.environment().remove("KVSTORE_JAVA_OPTS");
        builder.environment().put("JAVA_HOME", jdk.toString());
        builder.environment().putAll(environment);
        Process process = builder.start();
        started.add(process);
        process.getOutputStream().close();
        return process;
    }

    private Said run(Map<String, String> environment, String... args) throws Exception {
        Process process = start(environment, args);
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
        return new Said(process.exitValue(), said.lines().toList());
    }

    @Test
    void arguments_reach_java_unchanged_from_any_directory_and_a_path_with_spaces() throws Exception {
        fakeJava("17");
        jars();
        Said said = run(Map.of("KVSTORE_JAVA_OPTS", "-Xmx99m -Dx=y"), "serve", "--data-dir", "my data", "--port", "0");
        assertThat(said.exitCode()).isZero();
        assertThat(said.lines())
                .contains("java: -XX:+UseG1GC", "java: -XX:+ExitOnOutOfMemoryError")
                .endsWith(
                        "java: -Xmx99m",
                        "java: -Dx=y",
                        "java: -jar",
                        "java: " + root.toRealPath() + "/kvstore-server/target/kvstore-server.jar",
                        "java: --data-dir",
                        "java: my data",
                        "java: --port",
                        "java: 0");
    }

    @Test
    void only_a_jdk_that_knows_native_access_is_told_to_allow_it() throws Exception {
        jars();
        for (String version : List.of("17", "21", "25")) {
            fakeJava(version);
            assertThat(run(Map.of(), "lookup", "x").lines().contains("java: --enable-native-access=ALL-UNNAMED"))
                    .isEqualTo(version.equals("25"));
        }
    }

    @Test
    void what_is_missing_is_built_once_and_said() throws Exception {
        fakeJava("17");
        executable(fakes.resolve("mvn"), """
                echo "mvn in $(pwd): $*" >&2
                echo '[INFO] Scanning for projects...'
                echo '[INFO] Building kvstore-api 0.1.0-SNAPSHOT                                [2/11]'
                echo '[INFO] BUILD SUCCESS'
                mkdir -p kvstore-server/target kvstore-bench/target
                touch kvstore-server/target/kvstore-server.jar kvstore-bench/target/kvstore-cli.jar
                """);
        String where = root.toRealPath().toString();
        Map<String, String> path = Map.of("PATH", fakes + ":" + System.getenv("PATH"));
        List<String> said = run(path, "demo").lines();
        assertThat(said.get(0)).startsWith("kvstore: building, which takes about a minute");
        assertThat(said)
                .anyMatch(line -> line.startsWith("mvn in " + where + ": ") && line.endsWith(" package"))
                .contains("kvstore: building kvstore-api [2/11]")
                .noneMatch(line -> line.startsWith("[INFO]"))
                .contains("kvstore: built")
                .endsWith("java: demo");
        assertThat(run(path, "demo").lines()).noneMatch(line -> line.startsWith("mvn"));
        assertThat(run(path, "build").lines()).anyMatch(line -> line.startsWith("mvn"));
    }

    @Test
    void a_build_that_fails_says_why_and_runs_nothing() throws Exception {
        fakeJava("17");
        executable(fakes.resolve("mvn"), """
                echo '[INFO] Building kvstore-api 0.1.0-SNAPSHOT                                [2/11]'
                echo '[ERROR] Missing.java:[1,1] cannot find symbol'
                echo '  symbol: class Missing'
                echo '[INFO] BUILD FAILURE'
                exit 1
                """);
        Said said = run(Map.of("PATH", fakes + ":" + System.getenv("PATH")), "serve");
        assertThat(said.exitCode()).isEqualTo(3);
        assertThat(said.lines().subList(1, said.lines().size()))
                .containsExactly(
                        "kvstore: building kvstore-api [2/11]",
                        "[ERROR] Missing.java:[1,1] cannot find symbol",
                        "  symbol: class Missing",
                        "kvstore: the build failed");
    }

    /** The failure: somebody types one name and reads another. */
    @Test
    void a_server_is_told_what_was_typed() throws Exception {
        fakeJava("17");
        jars();
        assertThat(run(Map.of(), "serve").lines()).contains("java: -Dkvstore.program=kvstore serve");
        assertThat(run(Map.of(), "resources", "list").lines()).contains("java: -Dkvstore.program=kvstore");
    }

    @Test
    void a_java_that_is_missing_or_too_old_is_said_in_one_line() throws Exception {
        Said missing = run(Map.of("JAVA_HOME", dir.resolve("nowhere").toString()), "serve");
        assertThat(missing.exitCode()).isEqualTo(3);
        assertThat(missing.lines()).singleElement().asString().contains("nowhere");
        fakeJava("11");
        Said old = run(Map.of(), "serve");
        assertThat(old.exitCode()).isEqualTo(3);
        assertThat(old.lines()).singleElement().asString().contains("'11' (expected: 17 or newer)");
    }

    @Test
    void help_needs_no_java_and_an_unknown_command_is_bad_usage() throws Exception {
        Said help = run(Map.of(), "--help");
        assertThat(help.exitCode()).isZero();
        for (String command : List.of("serve", "demo", "replay", "bench", "lookup", "read", "write", "build")) {
            assertThat(help.lines()).anyMatch(line -> line.startsWith("  " + command + " "));
        }
        assertThat(run(Map.of()).exitCode()).isEqualTo(2);
        Said build = run(Map.of(), "build", "--help");
        assertThat(build.exitCode()).isZero();
        assertThat(build.lines()).isEqualTo(help.lines());
        assertThat(run(Map.of(), "build", "twice").exitCode()).isEqualTo(2);
        Said unknown = run(Map.of(), "dance");
        assertThat(unknown.exitCode()).isEqualTo(2);
        assertThat(unknown.lines().get(0)).isEqualTo("kvstore: unknown command 'dance'");
    }

    /** A mvn that makes the jars once {@link #letBuild} lets it; each time is a line in the file "builds". */
    private Map<String, String> slowMaven() throws Exception {
        assertThat(new ProcessBuilder("mkfifo", dir.resolve("go").toString())
                        .start()
                        .waitFor())
                .isZero();
        executable(fakes.resolve("mvn"), """
                echo build >> DIR/builds
                read -r line < DIR/go
                mkdir -p kvstore-server/target kvstore-bench/target
                touch kvstore-server/target/kvstore-server.jar kvstore-bench/target/kvstore-cli.jar
                """.replace("DIR", "'" + dir + "'"));
        return Map.of("PATH", fakes + ":" + System.getenv("PATH"));
    }

    private void letBuild() throws IOException {
        Files.writeString(dir.resolve("go"), "go\n");
    }

    /** The failure: a server and a demo started side by side in a fresh clone, each building over the other. */
    @Test
    void of_two_commands_that_find_nothing_built_one_builds_and_the_other_waits() throws Exception {
        assumeThat(Path.of("/usr/bin/flock")).exists();
        fakeJava("17");
        Map<String, String> path = slowMaven();

        Process first = start(path, "demo");
        try (BufferedReader firstSays = first.inputReader();
                BufferedReader secondSays = start(path, "lookup").inputReader()) {
            assertThat(List.of(firstSays.readLine(), secondSays.readLine()))
                    .filteredOn(line -> line.equals("kvstore: waiting for another build"))
                    .hasSize(1);
            letBuild();
            assertThat(firstSays.lines()).anyMatch(line -> line.startsWith("java: "));
            assertThat(secondSays.lines()).anyMatch(line -> line.startsWith("java: "));
        }
        assertThat(dir.resolve("builds")).hasContent("build");
    }

    /** The failure: a build that somebody asked for took no lock, and built over that of a server's start. */
    @Test
    void a_build_that_is_asked_for_waits_for_one_under_way_and_builds_again() throws Exception {
        assumeThat(Path.of("/usr/bin/flock")).exists();
        fakeJava("17");
        Map<String, String> path = slowMaven();

        try (BufferedReader serve = start(path, "serve").inputReader()) {
            assertThat(serve.readLine()).startsWith("kvstore: building");
            try (BufferedReader build = start(path, "build").inputReader()) {
                assertThat(build.readLine()).isEqualTo("kvstore: waiting for another build");
                letBuild();
                assertThat(serve.lines()).anyMatch(line -> line.startsWith("java: "));
                assertThat(build.readLine()).startsWith("kvstore: building");
                letBuild();
                assertThat(build.lines()).endsWith("kvstore: built");
            }
        }
        assertThat(dir.resolve("builds")).hasContent("build\nbuild");
    }
}
