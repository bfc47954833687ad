package io.kvstore.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PasswordFileTest {

    @TempDir
    private Path dir;

    private static PasswordFile of(Path file, String first) throws IOException {
        return PasswordFile.of(new DatabaseSettings("jdbc:postgresql://h/d", "u", first, Optional.of(file)), file);
    }

    /** The failure: who opened a connection waited for ever for somebody to write, and so did all others. */
    @Test
    void a_pipe_is_not_read_again() throws Exception {
        Path pipe = dir.resolve("pipe");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor())
                .isZero();
        PasswordFile password = of(pipe, "from the pipe");

        assertThat(assertTimeoutPreemptively(Duration.ofSeconds(30), password::getCredentials)
                        .getPassword())
                .isEqualTo("from the pipe");
    }

    /** The failure: a connection that was made while the file was written anew was refused. */
    @Test
    void while_it_is_empty_the_last_password_counts() throws IOException {
        Path file = Files.writeString(dir.resolve("password"), "one\n");
        PasswordFile password = of(file, "");

        Files.writeString(file, "\n");
        assertThat(password.getCredentials().getPassword()).isEqualTo("one");
        Files.writeString(file, "two\n");
        assertThat(password.getCredentials().getPassword()).isEqualTo("two");
    }
}
