package io.kvstore.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReloadedFilesTest {

    @TempDir
    private Path dir;

    /** The failure: the timer waited for a writer, or read nothing and said so, once a minute. */
    @Test
    void a_pipe_is_not_looked_at_again() throws Exception {
        Path file = Files.writeString(dir.resolve("file.pem"), "");
        Path pipe = dir.resolve("pipe");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor())
                .isZero();
        ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1);
        try {
            ReloadedFiles.load(List.of(file, pipe), () -> {}, timer);
            assertThat(timer.getQueue()).isEmpty();
            ReloadedFiles.load(List.of(file), () -> {}, timer);
            assertThat(timer.getQueue()).hasSize(1);
        } finally {
            timer.shutdownNow();
        }
    }
}
