package io.kvstore.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;
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

    /** The failure: a wrong password is what is said, of a file whose owner never gave it one. */
    @Test
    void a_file_that_was_made_without_a_password_is_told_in_one_line() throws Exception {
        Path file = dir.resolve("old");
        String url = "jdbc:h2:file:" + file;
        DriverManager.getConnection(url, "", "").close();

        assertThatThrownBy(() -> ResourceDatabase.open(new DatabaseSettings(url, "", "")))
                .isInstanceOf(SQLException.class)
                .hasMessage("cannot use " + url + ": " + file + ".mv.db is there and " + file
                        + ".password is not (a file without a password: give its address with ;IFEXISTS=TRUE behind"
                        + " it)");
        assertThat(dir.resolve("old.password")).doesNotExist();
        ResourceDatabase.open(new DatabaseSettings(url + ";IFEXISTS=TRUE", "", ""))
                .close();
    }

    /** The failure: a password that is changed, as secrets are, locks every new connection out until a restart. */
    @Test
    void a_password_that_changed_in_its_file_is_used_by_the_next_connection() throws Exception {
        String url = "jdbc:h2:file:" + dir.resolve("rotated") + ";DB_CLOSE_DELAY=0";
        Path password = Files.writeString(dir.resolve("password"), "old\n");
        try (Connection first = DriverManager.getConnection(url, "kv", "old");
                Statement admin = first.createStatement();
                ResourceDatabase database =
                        ResourceDatabase.open(new DatabaseSettings(url, "kv", "", Optional.of(password)))) {
            admin.execute("ALTER USER KV SET PASSWORD 'new'");
            Files.writeString(password, "new\n");
            assertThat(inNestedTransactions(database, 5)).isTrue();

            Files.delete(password); // the last one that could be read counts
            assertThat(inNestedTransactions(database, 5)).isTrue();
        }
    }

    /** Each needs a connection of its own. */
    private static boolean inNestedTransactions(ResourceDatabase database, int depth) throws SQLException {
        return depth == 0 || database.transaction(table -> inNestedTransactions(database, depth - 1));
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
