package io.kvstore.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvstore.api.KVStores;
import io.kvstore.api.LookupQuery;
import io.kvstore.api.StoreId;
import io.kvstore.api.TokenBlocks;
import io.kvstore.grpc.GrpcKVStores;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** TLS as an operator switches it on. */
class TlsProcessTest {

    @TempDir
    private Path dir;

    @Test
    void a_server_with_a_certificate_says_so_and_is_talked_to_over_tls() throws Exception {
        X509Bundle own = new CertificateBuilder()
                .ecp256()
                .subject("CN=localhost")
                .addSanDnsName("localhost")
                .setIsCertificateAuthority(true)
                .buildSelfSigned();
        Path certificate = Files.writeString(dir.resolve("own.crt.pem"), own.getCertificatePEM());
        Path key = Files.writeString(dir.resolve("own.key.pem"), own.getPrivateKeyPEM());
        try (ChildServer server = ChildServer.serving(
                "--backend", "memory", "--tls-cert", certificate.toString(), "--tls-key", key.toString())) {
            assertThat(server.startLine()).contains("+tls");
            try (KVStores stores = GrpcKVStores.builder(
                            "localhost:" + server.ports().get(0))
                    .tls(certificate)
                    .build()) {
                assertThat(stores.store(new StoreId("acme", "chunks"))
                                .lookup(LookupQuery.of(TokenBlocks.of(new long[128])))
                                .get(30, TimeUnit.SECONDS)
                                .cachedBlocks())
                        .isZero();
            }
        }
    }

    @Test
    void a_certificate_that_is_not_there_ends_the_start_with_one_line() throws Exception {
        try (ChildServer server = ChildServer.launch(
                "--backend", "memory", "--port", "0", "--tls-cert", "missing.pem", "--tls-key", "missing.key")) {
            assertThat(server.exitCode()).isEqualTo(1);
            assertThat(server.stderr()).singleElement().asString().contains("cannot use", "missing.pem");
        }
    }
}
