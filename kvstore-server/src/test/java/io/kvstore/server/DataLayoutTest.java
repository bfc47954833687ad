package io.kvstore.server;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataLayoutTest {

    @TempDir
    private Path dir;

    private void store(String path) throws IOException {
        Files.writeString(Files.createDirectories(dir.resolve(path)).resolve("lock"), "");
    }

    @Test
    void the_same_number_of_processes_finds_its_data() throws IOException {
        assertThatCode(() -> DataLayout.check(dir.resolve("new"), 2)).doesNotThrowAnyException();
        store("node-0");
        store("node-1");
        Files.createDirectories(dir.resolve("node-7"));
        assertThatCode(() -> DataLayout.check(dir, 2)).doesNotThrowAnyException();
        assertThatCode(() -> DataLayout.check(dir, 3)).doesNotThrowAnyException();
    }

    @Test
    void data_of_one_process_is_not_left_aside_by_several() throws IOException {
        store(".");
        assertThatCode(() -> DataLayout.check(dir, 1)).doesNotThrowAnyException();
        assertThatThrownBy(() -> DataLayout.check(dir, 2))
                .isInstanceOf(StartFailure.class)
                .hasMessageContaining("holds data of a server of one process, which would not be served");
    }

    @Test
    void data_of_more_processes_is_not_left_aside_by_fewer() throws IOException {
        store("node-0");
        store("node-1");
        store("node-2");
        assertThatThrownBy(() -> DataLayout.check(dir, 2)).hasMessageContaining(" holds node-2 of a server of more");
        assertThatThrownBy(() -> DataLayout.check(dir, 1)).hasMessageContaining(" holds node-0, node-1, node-2 of");
    }
}
