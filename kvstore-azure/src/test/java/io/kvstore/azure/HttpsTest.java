package io.kvstore.azure;

import static io.kvstore.azure.StoreOverFake.ACME;
import static io.kvstore.azure.StoreOverFake.answer;
import static io.kvstore.azure.StoreOverFake.failure;
import static io.kvstore.azure.StoreOverFake.soon;
import static org.assertj.core.api.Assertions.assertThat;

import io.kvstore.api.Payload;
import io.kvstore.api.Reason;
import io.kvstore.spi.Blob;
import io.kvstore.spi.BlobInfo;
import io.kvstore.spi.BlobKey;
import io.kvstore.spi.BlobStore;
import io.kvstore.spi.PutResult;
import io.kvstore.testkit.Prompts;
import io.kvstore.testkit.azure.AzuriteExtension;
import io.kvstore.testkit.azure.FakeBlobService;
import io.kvstore.testkit.azure.RequestKind;
import java.nio.ByteBuffer;
import java.security.cert.X509Certificate;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** TLS to the storage by every transport: who is believed, who is not, and what a second connection costs. */
class HttpsTest {

    private static final byte[] BYTES = Prompts.seeded(3).payloadBytes(1, 1_200_000);
    private static final BlobInfo INFO = info();
    private static final BlobKey KEY =
            BlobKey.read(ByteBuffer.wrap(Prompts.seeded(3).payloadBytes(2, BlobKey.BYTES)));

    @RegisterExtension
    static final AzuriteExtension AZURITE = AzuriteExtension.https();

    private static BlobInfo info() {
        CRC32C crc = new CRC32C();
        crc.update(BYTES);
        return new BlobInfo(7, BYTES.length, (int) crc.getValue(), new byte[] {1, 2, 3});
    }

    /** What runs in Azure: HTTPS, and tokens instead of signatures. By Netty the whole contract runs over it. */
    @ParameterizedTest
    @EnumSource(Transport.class)
    void what_is_put_is_there_until_it_is_deleted(Transport transport) throws Exception {
        try (BlobStore azure = EmulatedStores.overHttps(AZURITE, transport)) {
            assertThat(put(azure)).isEqualTo(new PutResult(true, INFO));
            assertThat(put(azure)).isEqualTo(new PutResult(false, INFO));

            assertThat(answer(azure.head(ACME, KEY, soon()))).contains(INFO);
            try (Blob blob = answer(azure.get(ACME, KEY, soon())).orElseThrow()) {
                assertThat(blob.payload().buffer()).isEqualTo(ByteBuffer.wrap(BYTES));
            }
            assertThat(answer(azure.delete(ACME, KEY, soon()))).isTrue();
            assertThat(answer(azure.get(ACME, KEY, soon()))).isEmpty();
        }
    }

    private static PutResult put(BlobStore azure) throws Exception {
        try (Payload payload = Payload.wrap(BYTES)) {
            return answer(azure.put(ACME, KEY, INFO, payload, soon()));
        }
    }

    private static StoreOverFake open(
            Transport transport, TlsServerIdentity server, String version, Optional<X509Certificate> trusted)
            throws Exception {
        return new StoreOverFake(
                FakeBlobService.builder().tls(server.speaking(version)).start(),
                client -> {
                    client.transport(transport);
                    return trusted.map(client::trust).orElse(client);
                },
                store -> store.createContainers(true));
    }

    /** The failure: whoever is between us and Azure is sent the tokens. */
    @ParameterizedTest
    @EnumSource(Transport.class)
    void a_certificate_that_nobody_vouches_for_is_refused(Transport transport) throws Exception {
        try (StoreOverFake azure = open(transport, TlsServerIdentity.ofThisMachine(), "TLSv1.3", Optional.empty())) {
            assertRefused(azure);
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void the_certificate_of_another_host_is_refused(Transport transport) throws Exception {
        TlsServerIdentity other = TlsServerIdentity.ofAnotherHost();
        try (StoreOverFake azure = open(transport, other, "TLSv1.3", Optional.of(other.certificate()))) {
            assertRefused(azure);
        }
    }

    private static void assertRefused(StoreOverFake azure) throws Exception {
        assertThat(failure(azure.store.head(ACME, azure.key(1), soon())).reason())
                .isEqualTo(Reason.UNAVAILABLE);
        assertThat(azure.service.requestCount("acme", RequestKind.HEAD_BLOB)).isZero();
    }

    static Stream<Arguments> transportsAndVersions() {
        return Stream.of(Transport.values())
                .flatMap(transport -> Stream.of("TLSv1.2", "TLSv1.3").map(version -> Arguments.of(transport, version)));
    }

    /** The failure: each new connection costs both ends a signature, and with TLS 1.2 another round trip. */
    @ParameterizedTest
    @MethodSource("transportsAndVersions")
    void a_second_connection_resumes_the_session_of_the_first(Transport transport, String version) throws Exception {
        TlsServerIdentity server = TlsServerIdentity.ofThisMachine();
        try (StoreOverFake azure = open(transport, server, version, Optional.of(server.certificate()))) {
            azure.put(ACME, 1, 1_000);
            assertThat(server.timesShown()).isEqualTo(1);

            azure.service.resetConnections();
            azure.assertStored(ACME, 1, 1_000);

            assertThat(server.timesShown()).isEqualTo(1);
        }
    }

    @Test
    void which_engine_does_tls_is_said() {
        try (AzureClient netty = AzureClient.builder().build();
                AzureClient jdk = AzureClient.builder().transport(Transport.JDK).build()) {
            assertThat(netty.hasNativeTls())
                    .as("on the platforms that we build for")
                    .isTrue();
            assertThat(netty).hasToString("HTTP by netty, TLS BoringSSL, 100 connections an account");
            assertThat(jdk).hasToString("HTTP by jdk, TLS the JDK's");
        }
    }
}
