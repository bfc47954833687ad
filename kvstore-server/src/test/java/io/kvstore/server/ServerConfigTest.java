package io.kvstore.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ServerConfigTest {

    private static final CommandLineReader COMMAND_LINE = new CommandLineReader("test");

    private static ServerConfig config(Map<String, String> environment, Map<String, String> file, String... args) {
        return ServerConfig.from(Settings.merge(
                CommandLineReader.flags(COMMAND_LINE.parse(args)), environment, file, "kvstore.properties"));
    }

    private static ServerConfig config(String... args) {
        return config(Map.of(), Map.of(), args);
    }

    @Test
    void without_any_setting_the_documented_defaults_hold() {
        ServerConfig config = config();
        assertThat(config.host()).isEqualTo("0.0.0.0");
        assertThat(config.port()).isEqualTo(50_051);
        assertThat(config.threads()).isZero();
        assertThat(config.processes()).isEqualTo(1);
        assertThat(config.logLevel()).isEqualTo(ServerConfig.LogLevel.INFO);
        assertThat(config.metrics()).isTrue();
        assertThat(config.backend()).isEqualTo(ServerConfig.BackendKind.FILE);
        assertThat(config.dataDir()).isEqualTo(Path.of("kvstore-data"));
        assertThat(config.syncEveryWrite()).isTrue();
        assertThat(config.memoryCacheBytes()).isZero();
        assertThat(config.diskCacheDir()).isEmpty();
        assertThat(config.positiveCacheMaxAge()).isEqualTo(Duration.ofMinutes(10));
        assertThat(config.filterMaxAge()).isEqualTo(Duration.ofMinutes(10));
        assertThat(config.resources()).isEmpty();
        assertThat(config.drainTimeout()).isEqualTo(Duration.ofSeconds(20));
        assertThat(config.adminPort()).isEqualTo(OptionalInt.empty());
        assertThat(config.azure().notice(config.backend())).isEmpty();
    }

    @Test
    void tls_takes_a_certificate_and_its_key() {
        assertThat(config().tls()).isEmpty();
        assertThat(config("--tls-cert", "c.pem", "--tls-key", "k.pem", "--tls-client-ca", "a.pem")
                        .tls())
                .hasValue(new TlsSettings(Path.of("c.pem"), Path.of("k.pem"), Optional.of(Path.of("a.pem"))));
    }

    @ParameterizedTest
    @ValueSource(strings = {"--tls-cert", "--tls-key", "--tls-client-ca"})
    void a_part_of_what_tls_takes_is_refused_instead_of_plain_text_served(String flag) {
        assertThatThrownBy(() -> config(flag, "file.pem"))
                .isInstanceOf(BadSetting.class)
                .hasMessageContaining(flag)
                .hasMessageContaining("--tls-cert and --tls-key");
    }

    @Test
    void tokens_that_the_network_could_read_are_noticed() {
        assertThat(config("--accounts", "database").exposesTokens()).isTrue();
        assertThat(config("--accounts", "database", "--host", "127.0.0.1").exposesTokens())
                .isFalse();
        assertThat(config("--accounts", "database", "--tls-cert", "c", "--tls-key", "k")
                        .exposesTokens())
                .isFalse();
        assertThat(config().exposesTokens()).isFalse();
    }

    @Test
    void every_flag_is_taken_over() {
        ServerConfig config = config(
                ("--port 7 --host ::1 --threads 3 --numa 4 --log-level verbose --disable-metrics --backend memory --data-dir d"
                                + " --durability os --data-max-bytes 4g --memory-cache 512m --disk-cache c"
                                + " --disk-cache-size 1t --resources a,b.c --max-in-flight 256m --drain-timeout 500ms"
                                + " --admin-port 0 --positive-cache 0s --filter-max-age 30s")
                        .split(" "));
        assertThat(config.port()).isEqualTo(7);
        assertThat(config.host()).isEqualTo("::1");
        assertThat(config.threads()).isEqualTo(3);
        assertThat(config.processes()).isEqualTo(4);
        assertThat(config("--numa", "auto").processes()).isEqualTo(ServerConfig.PROCESS_PER_NODE);
        assertThat(config("--numa", "off").processes()).isEqualTo(1);
        assertThat(config.logLevel()).isEqualTo(ServerConfig.LogLevel.VERBOSE);
        assertThat(config.metrics()).isFalse();
        assertThat(config.backend()).isEqualTo(ServerConfig.BackendKind.MEMORY);
        assertThat(config.dataDir()).isEqualTo(Path.of("d"));
        assertThat(config.syncEveryWrite()).isFalse();
        assertThat(config.dataMaxBytes()).isEqualTo(OptionalLong.of(4L << 30));
        assertThat(config.memoryCacheBytes()).isEqualTo(512L << 20);
        assertThat(config.diskCacheDir()).contains(Path.of("c"));
        assertThat(config.diskCacheBytes()).isEqualTo(1L << 40);
        assertThat(config.resources()).containsExactlyInAnyOrder("a", "b.c");
        assertThat(config.maxInFlightBytes()).isEqualTo(OptionalLong.of(256L << 20));
        assertThat(config.drainTimeout()).isEqualTo(Duration.ofMillis(500));
        assertThat(config.adminPort()).isEqualTo(OptionalInt.of(0));
        assertThat(config.positiveCacheMaxAge()).isZero();
        assertThat(config.filterMaxAge()).isEqualTo(Duration.ofSeconds(30));
    }

    @Test
    void a_flag_beats_the_environment_and_the_environment_beats_the_file() {
        Map<String, String> environment = Map.of("KV_PORT", "2", "KV_BIND_IP", "127.0.0.2");
        Map<String, String> file = Map.of("port", "3", "host", "127.0.0.3", "threads", "3");
        ServerConfig config = config(environment, file, "--port", "1");
        assertThat(config.port()).isEqualTo(1);
        assertThat(config.host()).isEqualTo("127.0.0.2");
        assertThat(config.threads()).isEqualTo(3);
    }

    @Test
    void an_empty_environment_variable_counts_as_not_set() {
        assertThat(config(Map.of("KV_PORT", ""), Map.of("port", "3")).port()).isEqualTo(3);
    }

    @ParameterizedTest
    @CsvSource({
        "--port, abc",
        "--port, -1",
        "--port, 65536",
        "--threads, 0",
        "--threads, many",
        "--numa, 0",
        "--numa, 65",
        "--numa, on",
        "--log-level, debug",
        "--backend, tape",
        "--durability, maybe",
        "--data-max-bytes, 4 gigabytes",
        "--data-max-bytes, 9999999999999999999",
        "--memory-cache, -1",
        "--disk-cache-size, 4g",
        "--resources, 'a,,b'",
        "--resources, ../up",
        "--max-in-flight, 1m",
        "--drain-timeout, soon",
        "--drain-timeout, 48h",
        "--admin-port, x",
        "--positive-cache, ever",
        "--filter-max-age, 0s",
        "--transport, curl",
        "--blob-dns-suffix, a b",
        "--host, ''"
    })
    void a_bad_value_is_refused_with_the_flag_the_value_and_what_was_expected(String flag, String value) {
        assertThatThrownBy(() -> config(flag, value))
                .isInstanceOf(BadSetting.class)
                .hasMessageStartingWith(flag + ": '" + value + "' (expected: ")
                .message()
                .doesNotContain("\n");
    }

    /** Each process would start an emulator over the same files. */
    @Test
    void the_emulator_belongs_to_one_process() {
        assertThat(config("--backend", "azurite").backend()).isEqualTo(ServerConfig.BackendKind.AZURITE);
        assertThatThrownBy(() -> config("--backend", "azurite", "--numa", "auto"))
                .hasMessageStartingWith("--numa: 'auto' (expected: off, as the emulator");
    }

    @Test
    void a_bad_value_from_elsewhere_is_refused_with_its_source() {
        assertThatThrownBy(() -> config(Map.of("KV_PORT", "x"), Map.of()))
                .hasMessage("KV_PORT: 'x' (expected: a number from 0 to 65535)");
        assertThatThrownBy(() -> config(Map.of(), Map.of("disable-metrics", "yes")))
                .hasMessage("kvstore.properties: disable-metrics: 'yes' (expected: true or false)");
    }

    @Test
    void an_unknown_key_of_the_file_is_refused() {
        assertThatThrownBy(() -> config(Map.of(), Map.of("prot", "1")))
                .isInstanceOf(BadSetting.class)
                .hasMessageStartingWith("kvstore.properties: unknown key 'prot'");
    }

    @Test
    void the_file_is_java_properties_and_one_that_cannot_be_read_is_refused(@TempDir Path dir) throws IOException {
        Path file = Files.writeString(dir.resolve("my.properties"), "# comment\nport = 77\ndisable-metrics=true\n");
        ServerConfig config = config(Map.of(), Settings.readFile(file, "--config"));
        assertThat(config.port()).isEqualTo(77);
        assertThat(config.metrics()).isFalse();
        assertThatThrownBy(() -> Settings.readFile(dir.resolve("missing.properties"), "--config"))
                .isInstanceOf(BadSetting.class)
                .hasMessageStartingWith("--config: cannot read '");
        Path malformed = Files.writeString(dir.resolve("bad.properties"), "port=\\u12");
        assertThatThrownBy(() -> Settings.readFile(malformed, "--config")).isInstanceOf(BadSetting.class);
    }

    @Test
    void a_file_that_is_no_text_or_has_no_end_is_refused(@TempDir Path dir) throws IOException {
        Path latin =
                Files.write(dir.resolve("latin.properties"), "host=caf\u00e9".getBytes(StandardCharsets.ISO_8859_1));
        assertThatThrownBy(() -> Settings.readFile(latin, "--config"))
                .isInstanceOf(BadSetting.class)
                .hasMessageEndingWith("(it is not UTF-8)");
        assertThatThrownBy(() -> Settings.readFile(Path.of("/dev/zero"), "--config"))
                .isInstanceOf(BadSetting.class)
                .hasMessageEndingWith("(it has more than 1m)");
    }

    @Test
    void a_byte_order_mark_is_not_part_of_the_first_key(@TempDir Path dir) throws IOException {
        Path file = Files.writeString(dir.resolve("marked.properties"), "\ufeffport=77\n");
        assertThat(config(Map.of(), Settings.readFile(file, "--config")).port()).isEqualTo(77);
    }

    /** Behind one port the connection would decide whether a chunk is found. */
    @ParameterizedTest
    @CsvSource({"file", "memory"})
    void one_port_for_several_processes_is_refused_where_each_has_its_own_chunks(String backend) {
        assertThatThrownBy(() -> config("--numa", "2", "--shared-port", "--backend", backend))
                .isInstanceOf(BadSetting.class)
                .hasMessageStartingWith("--shared-port: the " + backend + " backend is each process's own")
                .message()
                .doesNotContain("\n");
    }

    @Test
    void cache_and_data_in_one_directory_are_refused() {
        assertThatThrownBy(() -> config("--data-dir", "d", "--disk-cache", "./e/../d"))
                .isInstanceOf(BadSetting.class)
                .hasMessage("--disk-cache: './e/../d' (expected: another directory than that of the data)");
    }

    @ParameterizedTest
    @CsvSource({"--prot 1", "--port", "--port 1 --port 2", "stray", "--disable-metrics=false"})
    void a_command_line_that_cannot_be_read_is_refused_in_one_line(String args) {
        assertThatThrownBy(() -> config(args.split(" ")))
                .isInstanceOf(BadSetting.class)
                .message()
                .isNotBlank()
                .doesNotContain("\n");
    }

    @Test
    void settings_of_the_azure_service_are_checked_and_answered_so_that_existing_deployments_start() {
        ServerConfig config = config(
                Map.of(
                        "KV_CURRENT_LOCATION",
                        "westus",
                        "KV_CONFIGURATION_STORE",
                        "x",
                        "KV_DOMAIN_SUFFIX",
                        "blob.core.x"),
                Map.of("enable-sdk-logging", "false"),
                "--transport",
                "netty",
                "--disable-multi-nic");
        assertThat(config.azure().notice(config.backend()))
                .contains("without --backend azure these have no effect: KV_DOMAIN_SUFFIX, --transport,"
                        + " --disable-multi-nic, KV_CURRENT_LOCATION, KV_CONFIGURATION_STORE");
    }

    @Test
    void settings_of_the_azure_backend_are_taken_over() {
        ServerConfig config =
                config(("--backend azure --blob-dns-suffix .blob.x --connections-per-account 7 --create-containers"
                                + " --enable-sdk-logging --source-addresses 127.0.0.2,127.0.0.3")
                        .split(" "));
        assertThat(config.backend()).isEqualTo(ServerConfig.BackendKind.AZURE);
        assertThat(config.azure().notice(config.backend())).isEmpty();
        assertThat(config.azure().dnsSuffix()).isEqualTo(".blob.x");
        assertThat(config.azure().maxConnections()).isEqualTo(7);
        assertThat(config.azure().createContainers()).isTrue();
        assertThat(config.azure().sdkLogging()).isTrue();
        assertThat(config.azure().transport()).hasToString("netty");
        assertThat(config.azure().sourceAddresses()).hasSize(2);
        assertThat(config.azure().credentials()).hasToString("{=managed-identity}");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "suffix||no account can have these credentials: A-team, ab",
                "suffix|acme,other|no account can have these credentials: A-team, ab, third",
                "config-store|acme|no account can have these credentials: A-team, ab",
                "database||"
            })
    void credentials_that_no_account_can_have_are_noticed(
            String accounts, @Nullable String resources, @Nullable String notice, @TempDir Path dir)
            throws IOException {
        Path file = Files.writeString(
                dir.resolve("credentials"),
                "kind = none\nacme.kind = none\nthird.kind = none\nab.kind = none\nA-team.kind = none\n");
        List<String> args = new ArrayList<>(
                List.of("--backend", "azure", "--accounts", accounts, "--azure-credentials", file.toString()));
        if (resources != null) {
            args.addAll(List.of("--resources", resources));
        }

        ServerConfig config = config(
                Map.of("KV_CONFIGURATION_STORE", "confstore", "KV_CONFIGURATION_CONTAINER", "accounts"),
                Map.of(),
                args.toArray(String[]::new));

        assertThat(config.notices()).isEqualTo(notice == null ? List.of() : List.of(notice));
    }

    @Test
    void credentials_come_from_a_file_or_the_environment_and_their_secrets_from_neither_message(@TempDir Path dir)
            throws IOException {
        Path file = Files.writeString(dir.resolve("azure.properties"), "acme.kind=shared-key\nacme.key=c2VjcmV0\n");
        assertThat(config(
                                Map.of("AZURE_STORAGE_KEY", "c2VjcmV0"),
                                Map.of(),
                                "--backend",
                                "azure",
                                "--azure-credentials",
                                file.toString())
                        .azure()
                        .credentials())
                .hasToString("{=shared-key, acme=shared-key}");

        Files.writeString(file, "acme.kind=shared-key\nacme.key=s3cret!\n");
        assertThatThrownBy(() -> config(
                        "--backend",
                        "azure",
                        "--azure-credentials",
                        dir.resolve("none").toString()))
                .isInstanceOf(BadSetting.class)
                .hasMessageStartingWith("--azure-credentials: cannot read '");
        assertThatThrownBy(() -> config("--backend", "azure", "--azure-credentials", file.toString()))
                .isInstanceOf(BadSetting.class)
                .hasMessage("--azure-credentials: key of the account: expected base64");
        assertThatThrownBy(() -> config(Map.of("AZURE_STORAGE_KEY", "s3cret!"), Map.of(), "--backend", "azure"))
                .hasMessage("credentials in the environment: key of the account: expected base64");
        // Of many programs, and of no concern to a server that keeps its chunks on this machine.
        assertThat(config(Map.of("AZURE_STORAGE_KEY", "s3cret!"), Map.of()).backend())
                .isEqualTo(ServerConfig.BackendKind.FILE);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--transport curl|--transport: 'curl' (expected: one of netty, jdk, okhttp)",
                "--source-addresses 127.0.0.2,localhost|--source-addresses: '127.0.0.2,localhost' (expected: IP addresses of"
                        + " this machine with commas between)",
                "--source-addresses 127.0.0.2,::1|--source-addresses: '127.0.0.2,::1' (expected: IPv4 addresses or IPv6 addresses:"
                        + " names are looked up for one family)",
                "--transport jdk --source-addresses 127.0.0.2|--source-addresses: '127.0.0.2' (expected: --transport netty"
                        + " with it: jdk cannot choose source addresses)",
                "--blob-emulator 127.0.0.1|--blob-emulator: '127.0.0.1' (expected: an address with a port, such as"
                        + " http://127.0.0.1:10000)",
                "--blob-emulator http://localhost|--blob-emulator: 'http://localhost' (expected: an address with a port, such"
                        + " as http://127.0.0.1:10000)",
                "--blob-emulator http://a:9/acme|--blob-emulator: 'http://a:9/acme' (expected: an address with a port, such"
                        + " as http://127.0.0.1:10000)",
                "--blob-dns-suffix a/b|--blob-dns-suffix: 'a/b' (expected: a DNS suffix such as .blob.core.windows.net)",
            })
    void what_the_azure_backend_cannot_use_is_refused(String args, String message) {
        assertThatThrownBy(() -> config(args.split(" ")))
                .isInstanceOf(BadSetting.class)
                .hasMessage(message);
    }

    @Test
    void the_usage_names_every_flag_and_variable() {
        String usage = COMMAND_LINE.usage();
        for (Flag flag : Flag.values()) {
            assertThat(usage).contains(flag.option());
            flag.variable().ifPresent(variable -> assertThat(usage).contains(variable));
        }
        assertThat(usage).contains("--config", "--help", "--version");
    }

    private static ServerConfig configured(Map<Flag, String> flags, Map<String, String> environment) {
        return ServerConfig.from(Settings.merge(flags, environment, Map.of(), ""));
    }

    @Test
    void a_configuration_store_counts_in_azure_where_one_is_named() {
        Map<String, String> store =
                Map.of("KV_CONFIGURATION_STORE", "confstore", "KV_CONFIGURATION_CONTAINER", "accounts");

        assertThat(configured(Map.of(Flag.BACKEND, "azure"), store).accounts().kind())
                .isEqualTo(AccountSettings.Kind.CONFIG_STORE);
        assertThat(configured(Map.of(Flag.BACKEND, "azure"), store)
                        .accounts()
                        .configuration()
                        .orElseThrow()
                        .endpoint())
                .hasToString("https://confstore.blob.core.windows.net");
        assertThat(configured(Map.of(Flag.BACKEND, "azure", Flag.ACCOUNTS, "suffix"), store)
                        .accounts()
                        .kind())
                .isEqualTo(AccountSettings.Kind.SUFFIX);
        assertThat(configured(Map.of(), store).accounts().kind()).isEqualTo(AccountSettings.Kind.SUFFIX);
    }

    @Test
    void accounts_that_cannot_be_asked_for_are_refused() {
        assertThatThrownBy(() -> configured(Map.of(Flag.ACCOUNTS, "config-store"), Map.of()))
                .isInstanceOf(BadSetting.class)
                .hasMessageContaining("--accounts: 'config-store' (expected: --backend azure");
        assertThatThrownBy(() -> configured(Map.of(Flag.ACCOUNTS, "table"), Map.of()))
                .hasMessageContaining("one of suffix, config-store, database");
        assertThatThrownBy(() -> configured(Map.of(Flag.DATABASE_USER, "kv"), Map.of()))
                .hasMessageContaining("--database-user: 'kv' (expected: --accounts database with it)");
        assertThatThrownBy(
                        () -> configured(Map.of(Flag.BACKEND, "azure"), Map.of("KV_CONFIGURATION_STORE", "confstore")))
                .hasMessageContaining("KV_CONFIGURATION_CONTAINER with it");
        assertThatThrownBy(() -> configured(
                        Map.of(Flag.ACCOUNTS, "database"),
                        Map.of("KV_DATABASE_URL", "jdbc:postgresql://h/d?password=SECRET")))
                .hasMessageStartingWith("KV_DATABASE_URL: ")
                .hasMessageNotContaining("SECRET");
    }

    @Test
    void the_default_database_is_a_file_here() {
        ServerConfig config = configured(Map.of(Flag.ACCOUNTS, "database"), Map.of());

        assertThat(config.accounts().database().orElseThrow().url()).endsWith("/kvstore-resources;AUTO_SERVER=TRUE");
    }
}
