package io.kvstore.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files of settings that are pipes, as a shell's {@code <(command)} is. */
class PipeTest {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TempDir
    private Path dir;

    private Path pipe = Path.of("");

    @BeforeEach
    void makePipe() throws Exception {
        pipe = dir.resolve("pipe");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor())
                .isZero();
    }

    /** The failure: the look whether it can be read took what was in it, and the database was given "". */
    @Test
    void a_password_that_comes_through_a_pipe_is_read_once() {
        var unused = CompletableFuture.runAsync(() -> write("secret\n"));
        Settings settings = Settings.merge(
                Map.of(Flag.DATABASE_URL, "jdbc:postgresql://h/d", Flag.DATABASE_PASSWORD_FILE, pipe.toString()),
                Map.of(),
                Map.of(),
                "");

        assertThat(assertTimeoutPreemptively(PATIENCE, () -> AccountSettings.database(settings))
                        .password())
                .isEqualTo("secret");
    }

    private void write(String text) {
        try {
            Files.writeString(pipe, text);
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /** The failure: the look took a byte, and the key was none any more. */
    @Test
    void nothing_is_taken_from_a_pipe_with_a_key_before_the_wire_reads_it() throws Exception {
        Path certificate = Files.writeString(dir.resolve("certificate.pem"), "");
        TlsSettings tls = new TlsSettings(certificate, pipe, Optional.empty());

        assertTimeoutPreemptively(PATIENCE, tls::check); // nobody writes: it would be waited for
    }
}
