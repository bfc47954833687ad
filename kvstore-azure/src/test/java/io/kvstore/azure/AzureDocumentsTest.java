package io.kvstore.azure;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvstore.api.KVStoreException;
import io.kvstore.api.Reason;
import io.kvstore.api.StorageAccount;
import io.kvstore.testkit.azure.FakeBlobService;
import io.kvstore.testkit.azure.RequestKind;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Documents of a configuration store on the fake service. */
class AzureDocumentsTest {

    private FakeBlobService service;
    private AzureClient client;
    private AzureDocuments documents;

    @SuppressWarnings("NullAway.Init") // JUnit calls open before each test
    AzureDocumentsTest() {}

    @BeforeEach
    void open() throws Exception {
        service = FakeBlobService.builder().start();
        client = AzureClient.builder()
                .credentials(AzureCredentials.of(AzureCredential.none()))
                .build();
        documents = in("conf");
        send("conf?restype=container", new byte[0]);
    }

    private AzureDocuments in(String container) {
        return new AzureDocuments(client, new StorageAccount("store", service.endpoint("store"), ""), container);
    }

    @AfterEach
    void close() throws Exception {
        client.close();
        service.close();
    }

    private void send(String path, byte[] body) throws Exception {
        HttpRequest put = HttpRequest.newBuilder(URI.create(service.endpoint("store") + "/" + path))
                .header("x-ms-blob-type", "BlockBlob")
                .header("x-ms-version", "2025-01-05")
                .PUT(BodyPublishers.ofByteArray(body))
                .build();
        assertThat(HttpClient.newHttpClient()
                        .send(put, HttpResponse.BodyHandlers.discarding())
                        .statusCode())
                .isEqualTo(201);
    }

    @Test
    void a_document_is_read_whole() throws Exception {
        byte[] text = "x".repeat(300_000).getBytes(java.nio.charset.StandardCharsets.UTF_8);
        send("conf/acme.json", text);

        assertThat(StoreOverFake.answer(documents.fetch("acme.json")).orElseThrow())
                .isEqualTo(text);
    }

    @Test
    void a_document_that_is_not_there_is_empty() throws Exception {
        assertThat(StoreOverFake.answer(documents.fetch("acme.json"))).isEmpty();
    }

    @Test
    void a_container_that_is_not_there_says_nothing_about_a_document() throws Exception {
        KVStoreException failure = StoreOverFake.failure(in("none").fetch("acme.json"));

        assertThat(failure.reason()).isEqualTo(Reason.UNAVAILABLE);
    }

    @Test
    void a_document_beyond_the_limit_is_not_read() throws Exception {
        send("conf/acme.json", new byte[AzureDocuments.MAX_BYTES + 1]);

        assertThat(StoreOverFake.failure(documents.fetch("acme.json")))
                .hasMessageContaining("more than 1048576 bytes")
                .returns(Reason.UNAVAILABLE, KVStoreException::reason);
    }

    @Test
    void the_documents_are_listed_as_far_as_they_are_wanted() throws Exception {
        for (String name : List.of("acme", "globex", "initech")) {
            send("conf/" + name + ".json", new byte[1]);
        }

        assertThat(StoreOverFake.answer(documents.names(10)))
                .containsExactlyInAnyOrder("acme.json", "globex.json", "initech.json");
        assertThat(StoreOverFake.answer(documents.names(2))).hasSize(2);
        assertThat(StoreOverFake.failure(in("none").names(10)).reason()).isEqualTo(Reason.UNAVAILABLE);
    }

    @Test
    void what_the_storage_wrote_is_in_no_failure() throws Exception {
        service.every(RequestKind.GET_BLOB)
                .isAnsweredByAProxy(403, "application/xml", "<Error>The MAC signature 'c2VjcmV0'</Error>");

        assertThat(Texts.ofStack(StoreOverFake.failure(documents.fetch("acme.json"))))
                .contains("status 403")
                .doesNotContain("c2VjcmV0");
    }

    @Test
    void a_store_that_refuses_us_is_unavailable() throws Exception {
        service.every(RequestKind.GET_BLOB).fails(403, "AuthorizationFailure");

        assertThat(StoreOverFake.failure(documents.fetch("acme.json")).reason()).isEqualTo(Reason.UNAVAILABLE);
    }
}
