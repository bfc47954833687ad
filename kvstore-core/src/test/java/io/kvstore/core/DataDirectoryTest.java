package io.kvstore.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataDirectoryTest {

    @TempDir
    Path root;

    @Test
    void a_second_store_on_a_directory_is_refused_in_one_line() throws IOException {
        Path directory = root.resolve("data");
        try (FileBlobStore store = FileBlobStore.builder(directory).open()) {
            assertThat(store.stores()).isEmpty();
            assertThatThrownBy(() -> FileBlobStore.builder(directory).open())
                    .isInstanceOf(IOException.class)
                    .hasMessage("data directory " + directory + " is in use by another process");
        }
        FileBlobStore.builder(directory).open().close();
    }

    /** The failure: POSIX drops a process's lock when it closes any descriptor of the file, a refused open's too. */
    @Test
    void another_process_on_a_directory_is_refused_also_after_a_second_store_was() throws Exception {
        Path directory = root.resolve("made/for/this/data");
        try (FileBlobStore store = FileBlobStore.builder(directory).open()) {
            assertThat(store.stores()).isEmpty();
            assertThatThrownBy(() -> FileBlobStore.builder(directory).open()).isInstanceOf(IOException.class);
            Process other = ChildJvm.start(KillStormWriter.class, directory.toString(), "1")
                    .redirectErrorStream(true)
                    .start();
            String said;
            try (BufferedReader lines = other.inputReader(StandardCharsets.UTF_8)) {
                said = lines.readLine(); // one that opened the directory would print without end
            } finally {
                other.toHandle().destroyForcibly();
            }
            assertThat(said).isEqualTo("data directory " + directory + " is in use by another process");
        }
    }

    @Test
    void a_file_in_place_of_the_directory_is_refused_in_one_line() throws IOException {
        Path file = Files.writeString(root.resolve("file"), "x");
        assertThatThrownBy(() -> FileBlobStore.builder(file).open())
                .isInstanceOf(IOException.class)
                .hasMessage("data directory " + file + " is not a directory");
        assertThatThrownBy(() -> FileBlobStore.builder(file.resolve("below")).open())
                .isInstanceOf(IOException.class)
                .hasMessage("data directory " + file.resolve("below") + " cannot be created: " + file
                        + " is not a directory");
    }

    @Test
    void a_lock_that_cannot_be_written_is_refused_in_one_line() throws IOException {
        // A directory in its place: what holds for root as well, who may write everywhere.
        Path directory = root.resolve("data");
        Files.createDirectories(directory.resolve("lock"));
        assertThatThrownBy(() -> FileBlobStore.builder(directory).open())
                .isInstanceOf(IOException.class)
                .hasMessage("data directory " + directory + " is not writable: Is a directory");
    }
}
