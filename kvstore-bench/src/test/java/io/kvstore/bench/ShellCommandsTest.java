package io.kvstore.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.kvstore.api.AccessPolicy;
import io.kvstore.api.CallerToken;
import io.kvstore.api.KVStoreException;
import io.kvstore.api.KVStores;
import io.kvstore.api.Reason;
import io.kvstore.core.CoreKVStores;
import io.kvstore.core.MemoryBlobStore;
import io.kvstore.grpc.GrpcServer;
import io.kvstore.testkit.MemoryKVStores;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ShellCommandsTest {

    private static final MemoryKVStores STORES = new MemoryKVStores();
    private static GrpcServer server;

    @TempDir
    private Path dir;

    private final ByteArrayOutputStream stdout = new ByteArrayOutputStream();
    private final ByteArrayOutputStream stderr = new ByteArrayOutputStream();

    @BeforeAll
    static void start() throws IOException {
        server = GrpcServer.builder(STORES).host("127.0.0.1").port(0).start();
    }

    @AfterAll
    static void stop() {
        server.shutdown(Duration.ZERO);
        STORES.close();
    }

    private int run(String... args) {
        stdout.reset();
        stderr.reset();
        return Kvstore.run(
                new PrintStream(stdout, true, StandardCharsets.UTF_8),
                new PrintStream(stderr, true, StandardCharsets.UTF_8),
                args);
    }

    private List<String> out() {
        return stdout.toString(StandardCharsets.UTF_8).lines().toList();
    }

    private String err() {
        return stderr.toString(StandardCharsets.UTF_8);
    }

    private static String target() {
        return "127.0.0.1:" + server.port();
    }

    private String text(String name, int words) throws IOException {
        return Files.writeString(dir.resolve(name), (name + " word ").repeat(words))
                .toString();
    }

    @Test
    void a_text_is_written_found_and_read_back() throws IOException {
        String text = text("fox", 200);
        Path payload = Files.write(dir.resolve("payload"), new byte[] {1, 2, 3});
        assertThat(run("lookup", "--target", target(), text)).isEqualTo(Exit.MISS);
        assertThat(run("write", "--target", target(), "--payload", payload.toString(), text))
                .isEqualTo(Exit.OK);
        int blocks = out().size() - 1;
        assertThat(blocks).isGreaterThan(1);
        assertThat(out().get(0).strip().split("\\s+", -1)).containsExactly("block", "hash", "location", "state");
        assertThat(out().subList(1, blocks + 1)).allMatch(line -> line.endsWith("  stored"));
        assertThat(run("write", "--target", target(), "--payload", payload.toString(), text))
                .isEqualTo(Exit.OK);
        assertThat(out().subList(1, out().size())).hasSize(blocks).allMatch(line -> line.endsWith("  was there"));

        assertThat(run("lookup", "--target", target(), text)).isEqualTo(Exit.OK);
        assertThat(out().get(0)).endsWith(blocks + " blocks, " + blocks + " stored");
        String location = out().get(blocks + 1).strip().split("\\s+", -1)[2];
        Path copy = dir.resolve("copy");
        assertThat(run("read", "--target", target(), location, "--output", copy.toString()))
                .isEqualTo(Exit.OK);
        assertThat(copy).hasBinaryContent(new byte[] {1, 2, 3});
    }

    @Test
    void another_partition_finds_nothing() throws IOException {
        String text = text("dog", 200);
        assertThat(run("write", "--target", target(), "--partition", "a", text)).isEqualTo(Exit.OK);
        assertThat(run("lookup", "--target", target(), "--partition", "a", text))
                .isEqualTo(Exit.OK);
        assertThat(run("lookup", "--target", target(), "--partition", "b", text))
                .isEqualTo(Exit.MISS);
    }

    /** A server that asks for everything; a client of it is its own authority, too. */
    private record Secured(GrpcServer server, KVStores stores, Path certificate, Path key, Path token)
            implements AutoCloseable {

        static Secured in(Path dir) throws Exception {
            X509Bundle own = new CertificateBuilder()
                    .ecp256()
                    .subject("CN=localhost")
                    .addSanDnsName("localhost")
                    .setIsCertificateAuthority(true)
                    .buildSelfSigned();
            Path certificate = Files.writeString(dir.resolve("own.crt.pem"), own.getCertificatePEM());
            Path key = Files.writeString(dir.resolve("own.key.pem"), own.getPrivateKeyPEM());
            Path token = Files.writeString(dir.resolve("token"), "t0ken\n");
            AccessPolicy onlyThatToken = (resource, shown) -> shown.equals(CallerToken.of("t0ken"))
                    ? CompletableFuture.completedFuture(AccessPolicy.Grant.UNLIMITED)
                    : CompletableFuture.failedFuture(new KVStoreException(Reason.UNAUTHENTICATED, "a token is needed"));
            KVStores stores = CoreKVStores.builder(MemoryBlobStore.builder().build())
                    .accessPolicy(onlyThatToken)
                    .build();
            GrpcServer server = GrpcServer.builder(stores)
                    .host("127.0.0.1")
                    .tls(certificate, key)
                    .clientAuthorities(certificate)
                    .start();
            return new Secured(server, stores, certificate, key, token);
        }

        String authority() {
            return "--target localhost:" + server.port() + " --tls-ca " + certificate;
        }

        String identity() {
            return "--tls-cert " + certificate + " --tls-key " + key;
        }

        String caller() {
            return "--token-file " + token;
        }

        @Override
        public void close() {
            server.shutdown(Duration.ZERO);
            stores.close();
        }
    }

    /** As a shell would: no argument of these tests has a blank. */
    private int runLine(String... parts) {
        return run(String.join(" ", parts).split(" "));
    }

    @Test
    void a_server_that_asks_for_tls_a_certificate_and_a_token_gets_all_three() throws Exception {
        String text = text("fox", 200);
        try (Secured secured = Secured.in(dir)) {
            assertThat(runLine("lookup", secured.authority(), secured.identity(), secured.caller(), text))
                    .isEqualTo(Exit.MISS);
            assertThat(runLine("lookup", secured.authority(), secured.identity(), text))
                    .isEqualTo(Exit.FAILURE);
            assertThat(err()).contains("UNAUTHENTICATED");
            assertThat(runLine("lookup", secured.authority(), secured.caller(), text))
                    .as("without a certificate")
                    .isEqualTo(Exit.FAILURE);
            assertThat(runLine("lookup", secured.authority(), "--tls-cert " + secured.certificate(), text))
                    .isEqualTo(Exit.USAGE);
            assertThat(err()).contains("--tls-cert and --tls-key need each other");
            assertThat(runLine("lookup", "--tls-ca " + secured.token(), text)).isEqualTo(Exit.FAILURE);
            assertThat(err()).contains("cannot use the authorities in " + secured.token());
        }
    }

    @Test
    void such_a_server_is_measured_and_replayed_to_as_any_other() throws Exception {
        Path trace = Files.writeString(dir.resolve("trace"), "{\"input_length\": 512, \"hash_ids\": [1]}\n");
        try (Secured secured = Secured.in(dir)) {
            assertThat(runLine("replay", secured.authority(), secured.identity(), secured.caller(), "--trace " + trace))
                    .isEqualTo(Exit.OK);
            assertThat(runLine(
                            "bench",
                            secured.authority(),
                            secured.identity(),
                            secured.caller(),
                            "--only=^Read/64KB/4$ --rounds=1 --seconds=0.05 --warm-seconds=0.01",
                            "--working-set-mib=1 --no-redis"))
                    .isEqualTo(Exit.OK);
            assertThat(out()).anyMatch(line -> line.contains("Read/64KB/4"));
        }
    }

    @Test
    void a_token_that_no_header_can_carry_is_bad_usage() throws IOException {
        Path token = Files.writeString(dir.resolve("token"), "two words");
        assertThat(run("lookup", "--target", target(), "--token-file", token.toString(), text("fox", 1)))
                .isEqualTo(Exit.USAGE);
        assertThat(err()).contains("--token-file").doesNotContain("two words");
    }

    @Test
    void a_location_that_holds_nothing_is_a_miss_and_what_none_can_be_bad_usage() throws IOException {
        String text = text("cat", 200);
        assertThat(run("write", "--target", target(), "--payload-bytes", "1", text))
                .isEqualTo(Exit.OK);
        String location = out().get(1).strip().split("\\s+", -1)[2];
        assertThat(run("read", "--target", target(), "--container", "elsewhere", location))
                .isEqualTo(Exit.MISS);
        assertThat(err()).contains("nothing is stored there");
        assertThat(run("read", "--target", target(), "../../etc/passwd")).isEqualTo(Exit.USAGE);
        assertThat(err()).hasLineCount(1).startsWith("kvstore read: INVALID_ARGUMENT");
        assertThat(run("lookup", "--target", target(), "--resource", "a/b", text))
                .isEqualTo(Exit.USAGE);
        assertThat(run("write", "--target", target(), "--container", "", text)).isEqualTo(Exit.USAGE);
    }

    /** The failure: bytes become other tokens than anybody asked for, and are stored. */
    @Test
    void what_is_no_text_is_not_taken_for_one() throws IOException {
        Path bytes = Files.write(dir.resolve("bytes"), new byte[] {'o', 'k', ' ', (byte) 0xff, 'x'});
        Path cut = Files.write(dir.resolve("cut"), new byte[] {'o', (byte) 0xc3});
        for (String command : List.of("write", "lookup")) {
            assertThat(run(command, "--target", target(), bytes.toString())).isEqualTo(Exit.USAGE);
            assertThat(err()).hasLineCount(1).contains("'" + bytes + "' is no text: byte 3 is not UTF-8");
            assertThat(run(command, "--target", target(), cut.toString())).isEqualTo(Exit.USAGE);
            assertThat(err()).hasLineCount(1).contains("byte 1 is not UTF-8");
        }
    }

    /** The failure: "io exception", "http2 exception" or Netty's pipeline, which tell nobody what to change. */
    @Test
    void a_server_of_another_kind_is_named_with_the_flag_that_is_wrong() throws Exception {
        String text = text("fox", 200);
        HttpServer web = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        web.start();
        try (Secured secured = Secured.in(dir)) {
            String overTls = "127.0.0.1:" + secured.server().port();
            assertThat(runLine("lookup --tls --target", target(), text)).isEqualTo(Exit.FAILURE);
            assertThat(err())
                    .isEqualToIgnoringNewLines("kvstore lookup: " + target()
                            + " talks in plain text, without TLS: leave" + " --tls, --tls-ca and --tls-cert out");
            assertThat(runLine("lookup --target", overTls, text)).isEqualTo(Exit.FAILURE);
            assertThat(err())
                    .isEqualToIgnoringNewLines("kvstore lookup: " + overTls + " talks over TLS alone: add --tls, or"
                            + " --tls-ca FILE for an authority of your own");
            for (String tls : List.of("", "--tls ")) {
                String page = "127.0.0.1:" + web.getAddress().getPort();
                assertThat(runLine("lookup " + tls + "--target", page, text)).isEqualTo(Exit.FAILURE);
                assertThat(err())
                        .hasLineCount(1)
                        .startsWith("kvstore lookup: " + page + " is a web server, such as a kvstore's --admin-port");
            }
            assertThat(runLine("lookup --tls --target", overTls, text)).isEqualTo(Exit.FAILURE);
            assertThat(err())
                    .hasLineCount(1)
                    .contains("is not trusted", "--tls-ca")
                    .doesNotContain("Pipeline");
        } finally {
            web.stop(0);
        }
    }

    @Test
    void a_text_shorter_than_a_block_is_no_text_to_write() throws IOException {
        assertThat(run("write", "--target", target(), text("ox", 3))).isEqualTo(Exit.USAGE);
        assertThat(err()).hasLineCount(1).contains("at least a block of 128");
    }

    @Test
    void what_cannot_be_used_is_answered_in_one_line_and_the_usage() {
        assertThat(run()).isEqualTo(Exit.USAGE);
        assertThat(run("dance")).isEqualTo(Exit.USAGE);
        assertThat(run("replay")).isEqualTo(Exit.USAGE);
        assertThat(err()).contains("--trace=FILE");
        assertThat(run("write", "--payload-bytes", "many", "x")).isEqualTo(Exit.USAGE);
        assertThat(err()).contains("expected: a size such as 64, which is bytes, 512k or 40m");
        assertThat(err())
                .contains("Usage: kvstore write [", "./kvstore write --help says more.")
                .doesNotContain("made up");
        assertThat(run("lookup", "--target", "nonsense", "x")).isEqualTo(Exit.USAGE);
        assertThat(err()).contains("'nonsense' (expected: HOST:PORT)");
        assertThat(run("demo", "--turns", "0")).isEqualTo(Exit.USAGE);
        assertThat(run("replay", "--trace", "x", "--requests", "0")).isEqualTo(Exit.USAGE);
        assertThat(run("replay", "--trace", "x", "--backend", "memory", "--data-dir", "y"))
                .isEqualTo(Exit.USAGE);
        assertThat(run("read", "--partition", "a", "x")).isEqualTo(Exit.USAGE);
        assertThat(run("write", "--payload", "-")).isEqualTo(Exit.USAGE);
        assertThat(run("write", "--payload", "x", "--payload-bytes", "64k", "y"))
                .isEqualTo(Exit.USAGE);
        assertThat(err()).startsWith("kvstore write: --payload excludes --payload-bytes");
    }

    @Test
    void payloads_that_are_made_up_have_64_KiB_unless_a_size_is_said() throws IOException {
        String text = text("owl", 200);
        assertThat(run("write", "--target", target(), text)).isEqualTo(Exit.OK);
        assertThat(run("write", "--target", target(), "--payload-bytes=3", "--partition=three", text))
                .isEqualTo(Exit.OK);
        assertThat(run("lookup", "--target", target(), text)).isEqualTo(Exit.OK);
        assertThat(out()).anyMatch(line -> line.contains("  65536 bytes, "));
        assertThat(run("lookup", "--target", target(), "--partition=three", text))
                .isEqualTo(Exit.OK);
        assertThat(out()).anyMatch(line -> line.contains("  3 bytes, "));
    }

    @Test
    void a_file_or_a_server_that_is_not_there_is_a_failure_in_one_line() throws IOException {
        assertThat(run("lookup", dir.resolve("missing").toString())).isEqualTo(Exit.FAILURE);
        assertThat(err()).hasLineCount(1).contains("missing': no such file or directory");
        assertThat(run("lookup", "--target", "127.0.0.1:1", text("cow", 200))).isEqualTo(Exit.FAILURE);
        assertThat(err())
                .hasLineCount(1)
                .isEqualToIgnoringNewLines(
                        "kvstore lookup: cannot reach 127.0.0.1:1: Connection refused (is a server running? ./kvstore serve)");
        assertThat(run("bench", "--target", "127.0.0.1:1", "--quick", "--no-redis"))
                .isEqualTo(Exit.FAILURE);
        assertThat(err())
                .isEqualToIgnoringNewLines(
                        "kvstore bench: cannot reach 127.0.0.1:1: Connection refused (is a server running? ./kvstore serve)");
        assertThat(run("lookup", "--target", "nobody.invalid:1", text("cow", 200)))
                .isEqualTo(Exit.FAILURE);
        assertThat(err()).hasLineCount(1).startsWith("kvstore lookup: cannot reach nobody.invalid:1: ");
    }

    @Test
    void a_replay_runs_embedded_and_against_a_server_with_the_same_counts() throws Exception {
        String trace = TraceReplayTest.first200Requests().toString();
        String counts = "exact counts: asked=661 hit=28 written=633 read=28; model: hit=28 distinct=633";
        for (List<String> where : List.of(List.of("--backend", "file"), List.of("--target", target()))) {
            assertThat(run("replay", "--trace", trace, "--requests", "8", where.get(0), where.get(1)))
                    .isEqualTo(Exit.OK);
            assertThat(out())
                    .contains(counts, "blocks read              28   every byte compared")
                    .anyMatch(line -> line.startsWith("Right: "));
        }
        assertThat(run("replay", "--trace", trace, "--requests", "8", "--no-read"))
                .isEqualTo(Exit.OK);
        assertThat(out()).contains("blocks read               0");
        assertThat(run("replay", "--trace", dir.resolve("no").toString())).isEqualTo(Exit.FAILURE);
        assertThat(err()).hasLineCount(1).contains("no': no such file or directory");
        Path empty = Files.writeString(dir.resolve("empty"), "\n");
        assertThat(run("replay", "--trace", empty.toString())).isEqualTo(Exit.FAILURE);
        assertThat(err()).hasLineCount(1).contains("no request in ");
    }

    @Test
    void every_command_has_help() {
        for (String command : List.of("demo", "replay", "lookup", "read", "write")) {
            assertThat(run(command, "--help")).isEqualTo(Exit.OK);
            assertThat(String.join("\n", out())).contains("Usage: kvstore " + command, "Exit codes: ");
            assertThat(out()).allMatch(line -> line.length() <= 110).noneMatch(line -> line.matches(".*[/(<\\[-]"));
        }
    }

    /** The failure: what was found went to a full disk, and the exit code said that all was well. */
    @Test
    void what_cannot_be_written_to_stdout_is_a_failure() throws IOException {
        String prompt = text("full", 500);
        run("write", "--target", target(), prompt);
        stderr.reset();
        OutputStream full = new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw new IOException("No space left on device");
            }
        };

        int exit = Kvstore.run(
                new PrintStream(full, true, StandardCharsets.UTF_8),
                new PrintStream(stderr, true, StandardCharsets.UTF_8),
                "lookup",
                "--target",
                target(),
                prompt);

        assertThat(exit).isEqualTo(Exit.FAILURE);
        assertThat(err()).contains("stdout");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "localhost",
                "localhost:99999",
                "localhost:0",
                "localhost:65536",
                "http://localhost:50051",
                "dns:///localhost:50051",
                "me@localhost:50051",
                "localhost/a:50051",
                "a host:50051",
                "::1:50051",
                "[::1:50051",
                "1.2.3.4.5:50051",
                "my_host:50051"
            })
    void what_names_no_host_and_port_is_bad_usage(String target) {
        assertThat(run("lookup", "--target", target, "some.txt")).isEqualTo(Exit.USAGE);
        assertThat(err()).contains("'" + target + "' (expected: HOST:PORT)");
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1:1", "LOCALHOST:1", "[::1]:1", "a-1.b.example.:65535"})
    void a_host_may_have_any_kind_of_name(String target) {
        assertThat(new TargetConverter().convert(target)).isEqualTo(target);
    }
}
