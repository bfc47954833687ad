package io.kvstore.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The database of resources at a shell. */
class ResourcesCommandTest {

    @TempDir
    private Path dir;

    private String out = "";
    private String err = "";

    private int run(String... args) {
        return run(Map.of("KV_DATABASE_URL", "jdbc:h2:file:" + dir.resolve("db") + ";AUTO_SERVER=TRUE"), args);
    }

    private int run(Map<String, String> environment, String... args) {
        ByteArrayOutputStream stdout = new ByteArrayOutputStream();
        ByteArrayOutputStream stderr = new ByteArrayOutputStream();
        List<String> all = new ArrayList<>(List.of("resources"));
        all.addAll(List.of(args));
        int exit = KvstoreServer.run(
                all.toArray(String[]::new),
                environment,
                new PrintStream(stdout, true, StandardCharsets.UTF_8),
                new PrintStream(stderr, true, StandardCharsets.UTF_8));
        out = stdout.toString(StandardCharsets.UTF_8);
        err = stderr.toString(StandardCharsets.UTF_8);
        return exit;
    }

    private int addAcme(String... more) {
        List<String> args = new ArrayList<>(List.of(
                "add",
                "acme",
                "--region",
                "West Europe",
                "--account",
                "acmewe1",
                "--account",
                "eastus=https://acmeus.example",
                "--credential",
                "acme-key",
                "--max-calls",
                "40"));
        args.addAll(List.of(more));
        return run(args.toArray(String[]::new));
    }

    @Test
    void what_is_added_is_listed_shown_and_removed() {
        assertThat(addAcme()).isZero();
        assertThat(out).isEqualTo("added acme\n");

        assertThat(run("list")).isZero();
        assertThat(out.lines())
                .containsExactly(
                        "NAME  REGION      ACCOUNTS  CALLERS    MAX CALLS  STATE",
                        "acme  westeurope  2         everybody  40         enabled");

        assertThat(run("show", "acme")).isZero();
        assertThat(out.lines())
                .contains(
                        "callers    everybody",
                        "account    eastus  acmeus  https://acmeus.example  credential acme-key",
                        "account    westeurope  acmewe1  https://acmewe1.blob.core.windows.net  credential acme-key");

        assertThat(run("remove", "acme")).isZero();
        assertThat(run("list", "--json")).isZero();
        assertThat(out).isEqualToIgnoringWhitespace("[]");
    }

    /** The failure: the row has an account of Azure's by that name, and the server that has an emulator cannot reach it. */
    @Test
    void a_bare_name_is_an_account_of_the_emulator_that_the_server_has() throws IOException {
        assertThat(run("add", "one", "--region", "eu", "--account", "acme", "--blob-emulator", "http://127.0.0.1:9"))
                .isZero();
        Path config = Files.writeString(dir.resolve("server.properties"), "blob-emulator = http://127.0.0.1:8\n");
        assertThat(run("add", "two", "--region", "eu", "--account", "acme", "--config", config.toString()))
                .isZero();

        assertThat(run("show", "one")).isZero();
        assertThat(out.lines()).contains("account    eu  acme  http://127.0.0.1:9/acme");
        assertThat(run("show", "two")).isZero();
        assertThat(out.lines()).contains("account    eu  acme  http://127.0.0.1:8/acme");
    }

    @Test
    void the_token_of_a_new_caller_is_printed_once() {
        assertThat(addAcme("--caller", "router", "--caller", "loader")).isZero();
        List<String> tokens = out.lines().skip(1).toList();
        assertThat(tokens)
                .hasSize(2)
                .allMatch(line ->
                        line.matches("token of (router|loader), shown this once: (router|loader)\\.[A-Za-z0-9_-]{43}"));

        assertThat(run("show", "acme", "--json")).isZero();
        assertThat(out)
                .contains("\"callers\" : [ \"loader\", \"router\" ]", "\"openToAll\" : false")
                .doesNotContain("loader.", "router.");
        assertThat(run("add", "globex", "--caller", "router", "--json")).isZero();
        assertThat(out).contains("\"tokens\" : { }");
    }

    @Test
    void what_is_not_there_or_there_already_is_told_with_exit_code_1() {
        assertThat(run("add", "other")).isZero();
        assertThat(run("show", "acme")).isEqualTo(1);
        assertThat(err).isEqualTo("kvstore-server resources: there is no resource 'acme'\n");
        assertThat(run("remove", "no\u001b[31msuch")).isEqualTo(1);
        assertThat(err).doesNotContain("\u001b");
        assertThat(addAcme()).isZero();
        assertThat(addAcme()).isEqualTo(1);
        assertThat(err).isEqualTo("kvstore-server resources: there is a resource 'acme' already; update changes it\n");
        assertThat(out).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "add -x",
                "add",
                "add a/b",
                "add acme --account ACME --region r",
                "add acme --account acmewe1",
                "add acme --region r --account https://acme.example?sig=SECRET",
                "add acme --region r --account same1 --account same1",
                "add acme --region r/s",
                "add acme --credential a/b",
                "add acme --caller a.b",
                "add acme --max-calls -1",
                "add acme --max-calls x",
                "update acme --max-calls -1",
                "update acme --credential k",
                "update",
                "list more",
                "drop acme",
                "list --database-url jdbc:mysql://h/d",
                "list --database-url jdbc:postgresql://h/d?password=SECRET",
                "list --database-url jdbc:postgresql://h/d --database-password-file /nowhere/at/all",
                "list --config /nowhere/at/all"
            })
    void what_cannot_be_used_is_told_in_a_line_with_exit_code_2(String args) {
        assertThat(run(args.split(" "))).isEqualTo(2);
        assertThat(err.lines().findFirst().orElseThrow()).startsWith("kvstore-server resources: ");
        assertThat(err + out).doesNotContain("SECRET");
    }

    /** The failure: "there is no resource", of a database that was made for the question. */
    @Test
    void who_asks_or_changes_what_is_there_makes_no_database() throws IOException {
        Path wrong = dir.resolve("wrong");
        for (String command : List.of("list", "show acme", "update acme --max-calls 1", "remove acme")) {
            for (String parameters : List.of("", ";AUTO_SERVER=TRUE")) {
                String all = command + " --database-url jdbc:h2:file:" + wrong.resolve("db") + parameters;
                assertThat(run(all.split(" "))).as(all).isEqualTo(1);
                assertThat(err)
                        .hasLineCount(1)
                        .contains("there is no database of resources in " + wrong.resolve("db") + ".mv.db", "expected");
            }
        }
        assertThat(wrong).doesNotExist();
    }

    @Test
    void nor_tables_in_a_database_of_something_else() throws Exception {
        String url = "jdbc:h2:file:" + dir.resolve("other") + ";LOCK_TIMEOUT=1000";
        DriverManager.getConnection(url, "", "").close();

        assertThat(run("list", "--database-url", url)).isEqualTo(1);
        assertThat(err).hasLineCount(1).contains("it has no table of resources");
        try (Connection connection = DriverManager.getConnection(url, "", "");
                ResultSet tables = connection.getMetaData().getTables(null, "PUBLIC", "%", null)) {
            assertThat(tables.next()).isFalse();
        }
    }

    /** The failure: a refusal that does not say of what, in a script that says many things. */
    @ParameterizedTest
    @CsvSource({
        "add acme --max-calls -1, --max-calls: '-1' (expected: 0 or more)",
        "update acme --max-calls -7, --max-calls: '-7' (expected: 0 or more)",
        "add acme --caller a.b, --caller: 'a.b' (expected: 1-63 of",
        "update acme --caller a/b, --caller: 'a/b' (expected: 1-63 of",
        "add acme --region r/s, --region: 'r/s' (expected:",
        "add acme --region r --account ACME, --account: 'ACME' (expected: a storage account's name",
        "add acme --region r --account https://acme.example?sig=SECRET, --account: expected a storage account's name",
        "list --database-url jdbc:mysql://h/d, --database-url: 'jdbc:mysql://h/d' (expected: jdbc:postgresql:",
        "list --database-url mysql://root:SECRET@h/d?x=SECRET, --database-url: 'mysql://h/d' (expected: jdbc:",
        "list --database-url jdbc:postgresql://u:SECRET@h/d, --database-url: 'jdbc:postgresql://h/d' (expected: no user",
        "list --database-url password=SECRET, --database-url: an address that is not shown (expected: jdbc:",
        "list --database-url jdbc:postgresql://h/d?password=SECRET, --database-url: 'jdbc:postgresql://h/d' (expected: no",
        "list --database-url jdbc:h2:file:/x --database-password-file /no/file, --database-password-file: cannot read '/no/file': no such file",
    })
    void a_refusal_has_the_value_that_is_refused_and_no_secret(String args, String expected) {
        assertThat(addAcme()).isZero();
        assertThat(run(args.split(" "))).isEqualTo(2);
        assertThat(err).startsWith("kvstore-server resources: " + expected).doesNotContain("SECRET");
    }

    @Test
    void a_database_that_is_down_is_told_in_a_line_with_exit_code_1() throws IOException {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        Path password = Files.writeString(dir.resolve("password"), "SECRET\n");

        assertThat(run(
                        "list",
                        "--database-url",
                        "jdbc:postgresql://127.0.0.1:" + port + "/kv",
                        "--database-user",
                        "kv",
                        "--database-password-file",
                        password.toString()))
                .isEqualTo(1);

        assertThat(err).hasLineCount(1).contains("cannot use jdbc:postgresql://127.0.0.1:" + port + "/kv");
        assertThat(err).doesNotContain("SECRET");
    }

    @Test
    void what_is_named_is_changed_and_the_rest_stays() {
        assertThat(addAcme("--caller", "router")).isZero();

        assertThat(run("update", "acme", "--caller", "loader", "--remove-caller", "router", "--enabled", "false"))
                .isZero();
        assertThat(out.lines()).hasSize(2);
        assertThat(out).startsWith("updated acme\n").contains("token of loader, shown this once: loader.");
        assertThat(run("update", "acme", "--region", "eastus", "--max-calls", "0"))
                .isZero();
        assertThat(run("show", "acme")).isZero();
        assertThat(out.lines())
                .contains(
                        "state      disabled",
                        "region     eastus",
                        "max calls  no limit",
                        "callers    loader",
                        "account    eastus  acmeus  https://acmeus.example  credential acme-key",
                        "account    westeurope  acmewe1  https://acmewe1.blob.core.windows.net  credential acme-key");

        assertThat(run("update", "acme", "--account", "acmeus2")).isZero();
        assertThat(run("show", "acme")).isZero();
        assertThat(out)
                .contains("eastus  acmeus2  https://acmeus2.blob.core.windows.net")
                .doesNotContain("acmewe1");
        assertThat(run("update", "other", "--max-calls", "1")).isEqualTo(1);
        assertThat(err).isEqualTo("kvstore-server resources: there is no resource 'other'\n");
        assertThat(run("update", "acme", "--remove-caller", "router")).isEqualTo(2);
    }

    /** The failure: who takes the last caller of a resource away opens it to everybody. */
    @Test
    void a_resource_is_opened_to_everybody_only_by_saying_so() {
        assertThat(addAcme()).isZero();
        assertThat(run("update", "acme", "--caller", "router")).isZero();
        assertThat(run("update", "acme", "--open")).isEqualTo(2);
        assertThat(run("update", "acme", "--remove-caller", "router")).isZero();
        assertThat(run("show", "acme")).isZero();
        assertThat(out).contains("callers    nobody");

        assertThat(run("update", "acme", "--open")).isZero();
        assertThat(run("show", "acme", "--json")).isZero();
        assertThat(out).contains("\"openToAll\" : true");
    }

    @Test
    void every_command_has_help() {
        for (String command : List.of("list", "show", "add", "update", "remove")) {
            assertThat(run(command, "--help")).isZero();
            assertThat(out).contains("Usage: kvstore-server resources " + command, "Exit codes: 0 done");
        }
        assertThat(run("--help")).isZero();
        assertThat(out).contains("list", "show", "add", "remove");
        assertThat(run()).isEqualTo(2);
    }

    /** The failure: a token that is shown once went to a full disk, and the exit code said that all was well. */
    @Test
    void what_cannot_be_written_to_stdout_is_a_failure() {
        OutputStream full = new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw new IOException("No space left on device");
            }
        };
        ByteArrayOutputStream stderr = new ByteArrayOutputStream();

        int exit = KvstoreServer.run(
                new String[] {
                    "resources", "add", "acme", "--region", "westeurope", "--account", "acmewe1", "--caller", "ci"
                },
                Map.of("KV_DATABASE_URL", "jdbc:h2:file:" + dir.resolve("db") + ";AUTO_SERVER=TRUE"),
                new PrintStream(full, true, StandardCharsets.UTF_8),
                new PrintStream(stderr, true, StandardCharsets.UTF_8));

        assertThat(exit).isNotZero();
        assertThat(stderr.toString(StandardCharsets.UTF_8)).contains("stdout");
    }
}
