package io.kvstore.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvstore.api.KVStore;
import io.kvstore.api.KVStoreException;
import io.kvstore.api.Payload;
import io.kvstore.api.PromptChunk;
import io.kvstore.api.ReadResult;
import io.kvstore.api.Reason;
import io.kvstore.api.StoreId;
import io.kvstore.api.TokenBlocks;
import io.kvstore.testkit.ManualClock;
import io.kvstore.testkit.MemoryKVStores;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Random;
import java.util.concurrent.CompletionException;
import java.util.function.UnaryOperator;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Both ends over TLS: who is believed, who is not, and what a new certificate takes. */
class TlsTest {

    private static final StoreId STORE = new StoreId(WireFixture.RESOURCE, WireFixture.CONTAINER);

    @TempDir
    Path files;

    private final MemoryKVStores stores = new MemoryKVStores();
    /** The one of the server that was started last. */
    private ManualClock clock = new ManualClock();

    private final X509Bundle authority = authority("CN=ours");

    TlsTest() throws Exception {}

    @AfterEach
    void close() {
        stores.close();
    }

    private static X509Bundle authority(String name) throws Exception {
        return new CertificateBuilder()
                .ecp256()
                .subject(name)
                .setIsCertificateAuthority(true)
                .buildSelfSigned();
    }

    private static X509Bundle issuedBy(X509Bundle authority) throws Exception {
        return new CertificateBuilder()
                .ecp256()
                .subject("CN=localhost")
                .addSanDnsName("localhost")
                .buildIssuedBy(authority);
    }

    /** Files as an operator would lay them down. */
    private Tls.Identity write(X509Bundle bundle, String name) throws IOException {
        Path certificates = files.resolve(name + ".crt.pem");
        Path key = files.resolve(name + ".key.pem");
        Files.writeString(certificates, bundle.getCertificatePathPEM());
        Files.writeString(key, bundle.getPrivateKeyPEM());
        return new Tls.Identity(certificates, key);
    }

    private Path trusting(X509Bundle trusted) throws IOException {
        Path file =
                files.resolve(trusted.getCertificate().getSubjectX500Principal().getName() + ".pem");
        return Files.writeString(file, trusted.getCertificatePEM());
    }

    private GrpcServer serve(Tls.Identity identity, UnaryOperator<GrpcServerBuilder> settings) throws IOException {
        clock = new ManualClock();
        return settings.apply(GrpcServer.builder(stores)
                        .host("127.0.0.1")
                        .timer(clock.scheduler())
                        .tls(identity.certificates(), identity.key()))
                .start();
    }

    private GrpcKVStores client(GrpcServer server, UnaryOperator<GrpcKVStoresBuilder> settings) {
        return settings.apply(GrpcKVStores.builder("localhost:" + server.port()))
                .build();
    }

    private static byte[] writeAndRead(GrpcKVStores client, byte[] bytes) {
        KVStore store = client.store(STORE);
        TokenBlocks tokens = TokenBlocks.of(LongStream.range(0, 128).toArray());
        try (Payload payload = Payload.wrap(bytes);
                ReadResult read = store.read(store.write(new PromptChunk(1, 0, "", tokens, "", payload))
                                .join()
                                .location())
                        .join()) {
            return read.chunk().orElseThrow().payload().toByteArray();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void chunks_travel_over_tls_whole_with_the_libraries_internals_and_without(boolean internals) throws Exception {
        Path trusted = trusting(authority);
        GrpcServer server = serve(
                write(issuedBy(authority), "server"),
                settings -> settings.largeFrames(internals).zeroCopy(internals));
        byte[] bytes = new byte[3_000_000];
        new Random(7).nextBytes(bytes);
        try (GrpcKVStores client = client(
                server, settings -> settings.tls(trusted).largeFrames(internals).zeroCopy(internals))) {
            assertThat(writeAndRead(client, bytes)).isEqualTo(bytes);
            assertThat(server.transportName()).endsWith("+tls");
        } finally {
            server.shutdown(Duration.ZERO);
        }
    }

    @Test
    void nobody_gets_in_without_tls_and_no_server_is_believed_that_a_stranger_vouches_for() throws Exception {
        Path stranger = trusting(authority("CN=stranger"));
        GrpcServer server = serve(write(issuedBy(authority), "server"), settings -> settings);
        try (GrpcKVStores plain = client(server, settings -> settings);
                GrpcKVStores wary = client(server, settings -> settings.tls(stranger));
                GrpcKVStores asTheJvm = client(server, GrpcKVStoresBuilder::tls)) {
            for (GrpcKVStores client : new GrpcKVStores[] {plain, wary, asTheJvm}) {
                assertUnavailable(client);
            }
        } finally {
            server.shutdown(Duration.ZERO);
        }
    }

    @Test
    void a_server_that_asks_for_certificates_takes_those_of_its_authorities_alone() throws Exception {
        Path trusted = trusting(authority);
        X509Bundle callers = authority("CN=callers");
        Tls.Identity known = write(issuedBy(callers), "known");
        Tls.Identity unknown = write(issuedBy(authority), "unknown");
        Path authorities = trusting(callers);
        GrpcServer server =
                serve(write(issuedBy(authority), "server"), settings -> settings.clientAuthorities(authorities));
        try (GrpcKVStores welcome = client(
                        server, settings -> settings.tls(trusted).tlsIdentity(known.certificates(), known.key()));
                GrpcKVStores wrong = client(
                        server, settings -> settings.tls(trusted).tlsIdentity(unknown.certificates(), unknown.key()));
                GrpcKVStores silent = client(server, settings -> settings.tls(trusted))) {
            assertThat(writeAndRead(welcome, new byte[] {1, 2, 3})).containsExactly(1, 2, 3);
            assertUnavailable(wrong);
            assertUnavailable(silent);
        } finally {
            server.shutdown(Duration.ZERO);
        }
    }

    @Test
    void a_new_certificate_is_shown_a_minute_later_without_a_restart() throws Exception {
        X509Bundle next = authority("CN=next");
        Path trustsNext = trusting(next);
        Tls.Identity shown = write(issuedBy(authority), "server");
        GrpcServer server = serve(shown, settings -> settings);
        try {
            write(issuedBy(next), "server");
            FileTime later = FileTime.from(Instant.now().plusSeconds(10)); // whatever the file system's clock ticks in
            Files.setLastModifiedTime(shown.certificates(), later);
            Files.setLastModifiedTime(shown.key(), later);
            try (GrpcKVStores early = client(server, settings -> settings.tls(trustsNext))) {
                assertUnavailable(early);
            }
            clock.advance(Duration.ofMinutes(1));
            try (GrpcKVStores client = client(server, settings -> settings.tls(trustsNext))) {
                assertThat(writeAndRead(client, new byte[] {4})).containsExactly(4);
            }
        } finally {
            server.shutdown(Duration.ZERO);
        }
    }

    @Test
    void a_key_that_is_damaged_for_a_while_ends_neither_the_server_nor_its_looking() throws Exception {
        X509Bundle next = authority("CN=next");
        Path trusted = trusting(authority);
        Path trustsNext = trusting(next);
        Tls.Identity shown = write(issuedBy(authority), "server");
        GrpcServer server = serve(shown, settings -> settings);
        try {
            Files.writeString(shown.key(), "-----BEGIN PRIVATE KEY-----\n%%%\n-----END PRIVATE KEY-----\n");
            Files.setLastModifiedTime(shown.key(), FileTime.from(Instant.now().plusSeconds(10)));
            clock.advance(Duration.ofMinutes(1));
            try (GrpcKVStores client = client(server, settings -> settings.tls(trusted))) {
                assertThat(writeAndRead(client, new byte[] {5})).containsExactly(5);
            }
            write(issuedBy(next), "server");
            Files.setLastModifiedTime(shown.key(), FileTime.from(Instant.now().plusSeconds(20)));
            clock.advance(Duration.ofMinutes(1));
            try (GrpcKVStores client = client(server, settings -> settings.tls(trustsNext))) {
                assertThat(writeAndRead(client, new byte[] {5})).containsExactly(5);
            }
        } finally {
            server.shutdown(Duration.ZERO);
        }
    }

    @Test
    void a_certificate_with_the_key_of_another_ends_the_start() throws Exception {
        Tls.Identity one = write(issuedBy(authority), "one");
        Tls.Identity other = write(issuedBy(authority), "other");
        assertOneLine(
                () -> serve(new Tls.Identity(one.certificates(), other.key()), settings -> settings), other.key());
        // A client with them got in nowhere, and heard "io exception".
        assertThatThrownBy(() -> GrpcKVStores.builder("localhost:1")
                        .tlsIdentity(one.certificates(), other.key())
                        .build())
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("the key is not that of the first certificate");
    }

    @Test
    void a_key_of_another_form_is_told_which_is_expected() throws Exception {
        Tls.Identity identity = write(issuedBy(authority), "server");

        assertThatThrownBy(() ->
                        serve(new Tls.Identity(identity.certificates(), identity.certificates()), settings -> settings))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("PKCS#8");
    }

    @Test
    void files_that_cannot_be_used_end_the_start_with_one_line_that_names_them() throws Exception {
        Tls.Identity identity = write(issuedBy(authority), "server");
        Path missing = files.resolve("missing.pem");
        Path broken = Files.writeString(files.resolve("broken.pem"), "not a certificate");

        assertOneLine(() -> serve(new Tls.Identity(missing, identity.key()), settings -> settings), missing);
        assertOneLine(() -> serve(new Tls.Identity(identity.certificates(), broken), settings -> settings), broken);
        assertOneLine(() -> serve(new Tls.Identity(broken, identity.key()), settings -> settings), broken);
        assertOneLine(() -> serve(identity, settings -> settings.clientAuthorities(broken)), broken);
        assertThatThrownBy(
                        () -> GrpcKVStores.builder("localhost:1").tls(missing).build())
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining(missing.toString());
        assertThatThrownBy(() ->
                        GrpcServer.builder(stores).clientAuthorities(broken).start())
                .isInstanceOf(IllegalStateException.class);
    }

    private static void assertOneLine(org.assertj.core.api.ThrowableAssert.ThrowingCallable start, Path file) {
        assertThatThrownBy(start)
                .isInstanceOf(IOException.class)
                .hasMessageContaining(file.toString())
                .satisfies(e -> assertThat(e.getMessage()).doesNotContain("\n"));
    }

    private static void assertUnavailable(GrpcKVStores client) {
        assertThatThrownBy(() -> writeAndRead(client, new byte[1]))
                .isInstanceOf(CompletionException.class)
                .cause()
                .isInstanceOfSatisfying(
                        KVStoreException.class, e -> assertThat(e.reason()).isEqualTo(Reason.UNAVAILABLE));
    }
}
