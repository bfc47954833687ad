package io.kvstore.database;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class H2DatabaseTest extends DatabaseContract {

    @TempDir
    private Path dir;

    @Override
    DatabaseSettings newDatabase() {
        return DatabaseSettings.file(dir.resolve("resources"));
    }

    @Test
    void what_is_shared_between_processes_listens_on_the_loopback_address_alone() {
        assertThat(System.getProperty("h2.bindAddress")).isEqualTo("127.0.0.1");
    }
}
