package io.kvstore.azurite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With an npm of the test's own: what is installed, how often, and what a failure leaves. */
class InstallationTest {

    private static final String WHOLE =
            "mkdir node_modules && touch node_modules/whole && echo run >> \"$(dirname \"$0\")/runs\"";

    @TempDir
    private Path scratch;

    @Test
    void it_is_installed_once() throws Exception {
        Path first = installation(npm(WHOLE)).directory();

        Path second = installation(npm("exit 1")).directory();

        assertThat(second).isEqualTo(first);
        assertThat(second.resolve("node_modules/whole")).exists();
        assertThat(second.resolve("azurite.js")).exists();
    }

    @Test
    void processes_that_need_it_at_once_install_it_once() throws Exception {
        String npm = npm(WHOLE).toString();
        List<Process> all = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            all.add(ChildJvm.start(Installer.class, cache().toString(), npm));
        }
        List<String> said = new ArrayList<>();
        for (Process one : all) {
            said.add(new String(one.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
            assertThat(one.waitFor()).isZero();
        }

        assertThat(said).containsOnly(installation(npm("exit 1")).directory() + "\n");
        assertThat(Files.readAllLines(scratch.resolve("runs"))).hasSize(1);
    }

    @Test
    void an_installation_that_failed_half_way_is_none() throws Exception {
        Path failing =
                npm("mkdir node_modules && touch node_modules/half && echo 'npm error the cable was cut' && exit 1");

        assertThatThrownBy(() -> installation(failing).directory())
                .isInstanceOf(AzuriteMissingException.class)
                .hasMessage("npm could not install Azurite: npm error the cable was cut");

        Path whole = installation(npm(WHOLE)).directory();
        assertThat(whole.resolve("node_modules/half")).doesNotExist();
        assertThat(whole.resolve("node_modules/whole")).exists();
    }

    @Test
    void what_a_killed_installation_left_is_neither_used_nor_kept() throws Exception {
        Path whole = installation(npm(WHOLE)).directory();
        Path leftover = Files.createDirectories(
                cache().resolve(whole.getFileName() + ".unfinished123").resolve("node_modules"));
        Installation.delete(whole);

        installation(npm(WHOLE)).directory();

        assertThat(leftover.getParent()).doesNotExist();
        try (Stream<Path> all = Files.list(cache())) {
            assertThat(all.map(path -> path.getFileName().toString()))
                    .containsExactlyInAnyOrder(whole.getFileName().toString(), whole.getFileName() + ".lock");
        }
    }

    @Test
    void without_npm_it_says_so_in_one_line_and_leaves_nothing_behind() throws Exception {
        assertThatThrownBy(() -> installation(Path.of("/no/such/npm")).directory())
                .isInstanceOf(AzuriteMissingException.class)
                .hasMessage("Azurite needs npm, and '/no/such/npm' can't be run: install Node.js 18 or newer with npm");
        try (Stream<Path> all = Files.list(cache())) {
            assertThat(all.map(path -> path.getFileName().toString())).allMatch(name -> name.endsWith(".lock"));
        }
    }

    /** Where packages come from is the machine's configuration; what they are is the hash. */
    @Test
    void the_lock_file_names_hashes_and_no_registry() throws Exception {
        try (InputStream in = Objects.requireNonNull(Installation.class.getResourceAsStream("package-lock.json"))) {
            String lock = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            assertThat(lock).contains("\"integrity\": \"sha512-").doesNotContain("\"resolved\":");
        }
    }

    private Installation installation(Path npm) {
        return new Installation(cache(), new Npm(npm.toString()));
    }

    private Path cache() {
        return scratch.resolve("cache");
    }

    private Path npm(String script) throws IOException {
        Path file = Files.createTempFile(
                scratch,
                "npm",
                ".sh",
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        return Files.writeString(file, "#!/bin/sh\n" + script + "\n");
    }
}
