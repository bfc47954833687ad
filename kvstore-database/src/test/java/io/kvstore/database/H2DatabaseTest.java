package io.kvstore.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.stream.Stream;
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

    /** The key to the port of a shared file is in a file that others may read, and whoever gets in can have programs run. */
    @Test
    void the_port_of_a_shared_file_lets_in_nobody_without_its_password() throws Exception {
        String url = DatabaseSettings.file(dir.resolve("resources")).url();
        assertThatThrownBy(() -> DriverManager.getConnection(url, "", "")).isInstanceOf(SQLException.class);

        Path kept = dir.resolve("resources.password");
        assertThat(Files.getPosixFilePermissions(kept)).isEqualTo(PosixFilePermissions.fromString("rw-------"));
        assertThat(FilePassword.of(dir.resolve("resources"))).hasSize(64).isEqualTo(Files.readString(kept));
        try (Stream<Path> files = Files.list(dir)) {
            assertThat(files.filter(file -> file.toString().endsWith(".new"))).isEmpty();
        }
    }
}
