package io.kvstore.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DatabaseSettingsTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "acme",
                "jdbc:h2:file:",
                "jdbc:mysql://h/d",
                "http://h",
                "jdbc:postgresql://h/d?user=u&password=secret",
                "jdbc:postgresql://u:secret@h/d",
                "postgresql://u:secret@h/d",
                "host=h password=secret"
            })
    void another_database_or_a_password_in_the_address_is_refused(String url) {
        assertThatThrownBy(() -> new DatabaseSettings(url, "", ""))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageNotContaining("secret");
    }

    /** The failure: what was cut from the address was cut in the middle of the password, and the rest was shown. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "jdbc:postgresql://u:Sec&ret@h/d",
                "jdbc:postgresql://u:Sec?ret@h/d",
                "jdbc:postgresql://u:Sec;ret@h/d",
                "jdbc:postgresql://u:Sec ret@h/d",
                "jdbc:postgresql://u:Sec/ret@h/d",
                "jdbc:postgresql://u:Sec@ret@h/d",
                "jdbc:postgresql://u:Sec%40?ret@h/d?ssl=true",
                "jdbc:postgresql:u:Sec@ret@h/d",
                "jdbc:postgresql://h1,u:Sec/ret@h/d",
                "jdbc:h2:tcp://u:Sec/ret@h/d",
                "postgresql://u:Sec&ret@h/d",
                "postgresql://u:Sec/ret@h/d",
                "postgresql://u:Sec?ret@h/d"
            })
    void a_password_in_the_address_is_refused_and_not_shown_whatever_is_in_it(String url) {
        assertThatThrownBy(() -> new DatabaseSettings(url, "", ""))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageNotContainingAny("Sec", "ret");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "jdbc:postgresql://h/d?ApplicationName=kv%40here",
                "jdbc:h2:file:/data/kv@here/resources",
                "jdbc:h2:file:/data/resources;INIT=RUNSCRIPT FROM '~/a@b.sql'"
            })
    void what_is_no_password_may_have_its_sign(String url) {
        assertThat(new DatabaseSettings(url, "", "").url()).startsWith(url);
    }

    /** The failure: a database that is named by its address can be opened by one process alone, without a password. */
    @Test
    void a_file_is_the_same_however_it_is_named() {
        assertThat(new DatabaseSettings("jdbc:h2:file:/data/resources", "", ""))
                .isEqualTo(DatabaseSettings.file(Path.of("/data/resources")));
        assertThat(new DatabaseSettings("jdbc:h2:file:./resources", "", ""))
                .isEqualTo(DatabaseSettings.file(Path.of("./resources")));
        assertThat(new DatabaseSettings("jdbc:h2:file:~/resources", "", ""))
                .isEqualTo(DatabaseSettings.file(Path.of(System.getProperty("user.home"), "resources")));
    }

    @Test
    void an_address_with_parameters_is_taken_as_it_is() {
        String url = "jdbc:h2:file:~/resources;IFEXISTS=TRUE";

        assertThat(new DatabaseSettings(url, "", "").url()).isEqualTo(url);
    }

    @Test
    void no_secret_is_shown() {
        assertThat(new DatabaseSettings("jdbc:postgresql://h/d?sslkey=secret", "secret", "secret"))
                .hasToString("jdbc:postgresql://h/d");
        assertThat(DatabaseSettings.file(Path.of("/data/resources"))).hasToString("jdbc:h2:file:/data/resources");
    }

    @Test
    void a_database_that_is_not_there_is_told_in_one_line_without_a_secret() throws IOException {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }

        assertThatThrownBy(() -> ResourceDatabase.open(
                        new DatabaseSettings("jdbc:postgresql://127.0.0.1:" + port + "/kv", "user", "secret")))
                .isInstanceOf(SQLException.class)
                .hasMessageStartingWith("cannot use jdbc:postgresql://127.0.0.1:" + port + "/kv: ")
                .hasMessageNotContaining("secret")
                .hasMessageNotContaining("\n");
    }

    @Test
    void a_database_that_never_answers_ends_the_start() throws IOException {
        try (ServerSocket silent = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
            assertThatThrownBy(() -> ResourceDatabase.open(new DatabaseSettings(
                            "jdbc:postgresql://127.0.0.1:" + silent.getLocalPort() + "/kv", "user", "secret")))
                    .isInstanceOf(SQLException.class);
        }
    }
}
