package io.kvstore.testkit.azure;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvstore.testkit.Prompts;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What Azure does, as its REST reference says, done by the fake. */
class FakeBlobServiceTest {

    private static final byte[] NONE = {};
    private static final Pattern NAME = Pattern.compile("<Name>([^<]*)</Name>");
    private static final Pattern MARKER = Pattern.compile("<NextMarker>([^<]*)</NextMarker>");

    private FakeBlobService azure;
    private BlobClient client;

    @BeforeEach
    void start() throws Exception {
        azure = FakeBlobService.builder()
                .clock(() -> Instant.parse("2026-11-24T22:00:00Z"))
                .start();
        client = new BlobClient(azure);
        assertThat(client.send("PUT", "/acme/kv?restype=container", NONE).statusCode())
                .isEqualTo(201);
    }

    @AfterEach
    void close() {
        azure.close();
    }

    /** Signed by Azure's own client it is held to in the tests of the backend. */
    @Test
    void an_account_that_was_given_a_key_lets_nobody_in_without_its_signature() throws Exception {
        try (FakeBlobService keyed =
                FakeBlobService.builder().sharedKey("acme", "c2VjcmV0").start()) {
            BlobClient stranger = new BlobClient(keyed);

            for (String shown : List.of("SharedKey acme:c2VjcmV0", "Bearer acme")) {
                assertThat(stranger.put("/acme/kv/1", NONE, "Authorization", shown)
                                .statusCode())
                        .isEqualTo(403);
            }
            assertThat(stranger.send("PUT", "/acme/kv?restype=container", NONE).statusCode())
                    .isEqualTo(403);
            assertThat(stranger.send("PUT", "/other/kv?restype=container", NONE).statusCode())
                    .isEqualTo(201);
        }
    }

    @Test
    void a_blob_comes_back_with_its_bytes_and_what_travels_with_it() {
        byte[] bytes = Prompts.seeded(1).payloadBytes(1, 3_000_000);

        HttpResponse<byte[]> put = client.put("/acme/kv/3f%2Fblob", bytes, "x-ms-meta-tag", "abc");
        HttpResponse<byte[]> get = client.get("/acme/kv/3f/blob");
        HttpResponse<byte[]> head = client.head("/acme/kv/3f/blob");

        assertThat(put.statusCode()).isEqualTo(201);
        assertThat(get.statusCode()).isEqualTo(200);
        assertThat(get.body()).isEqualTo(bytes);
        assertThat(head.statusCode()).isEqualTo(200);
        for (HttpResponse<byte[]> answer : List.of(get, head)) {
            assertThat(answer.headers().firstValue("x-ms-meta-tag")).contains("abc");
            assertThat(answer.headers().firstValue("content-length")).contains("3000000");
            assertThat(answer.headers().firstValue("etag"))
                    .isEqualTo(put.headers().firstValue("etag"));
            assertThat(answer.headers().firstValue("last-modified")).contains("Tue, 24 Nov 2026 22:00:00 GMT");
        }
    }

    @Test
    void the_oldest_blobs_go_when_it_is_full_where_that_is_wanted() throws Exception {
        try (FakeBlobService small = FakeBlobService.builder()
                .maxBytes(250)
                .dropsOldestWhenFull(true)
                .start()) {
            BlobClient of = new BlobClient(small);
            of.send("PUT", "/acme/kv?restype=container", NONE);
            for (String name : List.of("a", "b", "c", "d")) {
                assertThat(of.put("/acme/kv/" + name, new byte[100]).statusCode())
                        .isEqualTo(201);
            }

            assertThat(small.blobNames("acme", "kv")).containsExactly("c", "d");
        }
    }

    @Test
    void an_empty_blob_is_one() {
        client.put("/acme/kv/empty", NONE);

        assertThat(client.get("/acme/kv/empty").statusCode()).isEqualTo(200);
        assertThat(client.get("/acme/kv/empty").body()).isEmpty();
    }

    @Test
    void what_is_not_there_is_404_and_says_what() {
        assertThat(error(client.get("/acme/kv/none"))).isEqualTo("404 BlobNotFound");
        assertThat(error(client.head("/acme/kv/none"))).isEqualTo("404 BlobNotFound");
        assertThat(error(client.delete("/acme/kv/none"))).isEqualTo("404 BlobNotFound");
        assertThat(error(client.get("/acme/other/none"))).isEqualTo("404 ContainerNotFound");
        assertThat(error(client.put("/acme/other/none", NONE))).isEqualTo("404 ContainerNotFound");
        assertThat(error(client.get("/acme/other?restype=container&comp=list"))).isEqualTo("404 ContainerNotFound");
        assertThat(client.get("/acme/kv?restype=container").statusCode()).isEqualTo(200);
    }

    @Test
    void accounts_are_apart() {
        client.send("PUT", "/beta/kv?restype=container", NONE);
        client.put("/acme/kv/blob", NONE);

        assertThat(error(client.get("/beta/kv/blob"))).isEqualTo("404 BlobNotFound");
        assertThat(azure.blobNames("acme", "kv")).containsExactly("blob");
        assertThat(azure.blobNames("beta", "kv")).isEmpty();
    }

    @Test
    void an_account_may_be_the_first_label_of_the_host() throws Exception {
        client.put("/acme/kv/blob", "by host".getBytes(StandardCharsets.US_ASCII));

        try (Socket socket =
                client.raw("GET /kv/blob HTTP/1.1\r\nHost: acme.blob.core.windows.net\r\nConnection: close\r\n\r\n")) {
            assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII))
                    .startsWith("HTTP/1.1 200")
                    .endsWith("by host");
        }
    }

    @Test
    void create_only_writes_keep_the_first_and_say_409() {
        assertThat(client.put("/acme/kv/blob", new byte[] {1}, "If-None-Match", "*")
                        .statusCode())
                .isEqualTo(201);

        HttpResponse<byte[]> second = client.put("/acme/kv/blob", new byte[] {2}, "If-None-Match", "*");

        assertThat(error(second)).isEqualTo("409 BlobAlreadyExists");
        assertThat(client.get("/acme/kv/blob").body()).containsExactly(1);
    }

    @Test
    void of_many_create_only_writes_at_once_one_wins() {
        List<CompletableFuture<HttpResponse<byte[]>>> puts = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            puts.add(client.start("PUT", "/acme/kv/blob", new byte[] {(byte) i}, "If-None-Match", "*"));
        }

        assertThat(puts.stream().map(put -> put.join().statusCode()))
                .containsOnlyOnce(201)
                .contains(409);
    }

    @Test
    void conditional_writes_and_reads_go_by_the_etag() {
        String first = etag(client.put("/acme/kv/blob", new byte[] {1}));
        String second = etag(client.put("/acme/kv/blob", new byte[] {2}, "If-Match", first));

        assertThat(error(client.put("/acme/kv/blob", new byte[] {3}, "If-Match", first)))
                .isEqualTo("412 ConditionNotMet");
        assertThat(error(client.get("/acme/kv/blob", "If-Match", first))).isEqualTo("412 ConditionNotMet");
        assertThat(error(client.delete("/acme/kv/blob", "If-Match", first))).isEqualTo("412 ConditionNotMet");
        assertThat(client.get("/acme/kv/blob", "If-None-Match", second).statusCode())
                .isEqualTo(304);
        assertThat(client.get("/acme/kv/blob", "If-Match", second).body()).containsExactly(2);
        assertThat(client.delete("/acme/kv/blob", "If-Match", second).statusCode())
                .isEqualTo(202);
        assertThat(azure.blobNames("acme", "kv")).isEmpty();
    }

    @Test
    void a_range_is_that_part() {
        client.put("/acme/kv/blob", new byte[] {0, 1, 2, 3, 4, 5});

        HttpResponse<byte[]> middle = client.get("/acme/kv/blob", "x-ms-range", "bytes=2-3");
        HttpResponse<byte[]> rest = client.get("/acme/kv/blob", "Range", "bytes=4-");

        assertThat(middle.statusCode()).isEqualTo(206);
        assertThat(middle.body()).containsExactly(2, 3);
        assertThat(middle.headers().firstValue("content-range")).contains("bytes 2-3/6");
        assertThat(rest.body()).containsExactly(4, 5);
        assertThat(error(client.get("/acme/kv/blob", "Range", "bytes=6-"))).isEqualTo("416 InvalidRange");
    }

    @Test
    void a_listing_has_every_name_once_page_by_page() {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < 25; i++) {
            names.add(String.format("3f/%02d", i));
            client.put("/acme/kv/" + names.get(i), new byte[i]);
        }
        client.put("/acme/kv/40/other", NONE);

        List<String> seen = new ArrayList<>();
        String marker = "";
        int pages = 0;
        do {
            String xml = new String(
                    client.get("/acme/kv?restype=container&comp=list&prefix=3f%2F&maxresults=10&marker=" + marker)
                            .body(),
                    StandardCharsets.UTF_8);
            NAME.matcher(xml).results().forEach(found -> seen.add(found.group(1)));
            Matcher next = MARKER.matcher(xml);
            marker = next.find() ? next.group(1) : "";
            pages++;
        } while (!marker.isEmpty());

        assertThat(seen).isEqualTo(names);
        assertThat(pages).isEqualTo(3);
        String all =
                new String(client.get("/acme/kv?restype=container&comp=list").body(), StandardCharsets.UTF_8);
        assertThat(all).contains("<Name>40/other</Name>", "<NextMarker></NextMarker>", "<Content-Length>24</");
    }

    @Test
    void a_container_is_created_once_and_deleted_with_its_blobs() {
        client.put("/acme/kv/blob", NONE);

        assertThat(error(client.send("PUT", "/acme/kv?restype=container", NONE)))
                .isEqualTo("409 ContainerAlreadyExists");
        assertThat(client.delete("/acme/kv?restype=container").statusCode()).isEqualTo(202);
        assertThat(error(client.get("/acme/kv/blob"))).isEqualTo("404 ContainerNotFound");
    }

    @Test
    void beyond_its_size_it_says_that_it_is_full() throws Exception {
        try (FakeBlobService small = FakeBlobService.builder().maxBytes(10).start()) {
            BlobClient other = new BlobClient(small);
            other.send("PUT", "/acme/kv?restype=container", NONE);
            assertThat(other.put("/acme/kv/1", new byte[6]).statusCode()).isEqualTo(201);
            assertThat(other.put("/acme/kv/2", new byte[6]).statusCode()).isEqualTo(507);
            other.delete("/acme/kv/1");
            assertThat(other.put("/acme/kv/2", new byte[6]).statusCode()).isEqualTo(201);
        }
    }

    @Test
    void requests_are_counted_by_account_and_kind() {
        client.get("/acme/kv/a");
        client.get("/beta/kv/a");
        client.head("/beta/kv/a");

        assertThat(azure.requestCount(RequestKind.GET_BLOB)).isEqualTo(2);
        assertThat(azure.requestCount("beta", RequestKind.HEAD_BLOB)).isEqualTo(1);
        azure.resetCounts();
        assertThat(azure.requestCount(RequestKind.GET_BLOB)).isZero();
    }

    @Test
    void bytes_are_counted_by_the_address_they_come_from() throws Exception {
        for (String source : List.of("127.0.0.2", "127.0.0.3", "127.0.0.3")) {
            try (Socket socket =
                    new Socket("127.0.0.1", azure.address().getPort(), java.net.InetAddress.getByName(source), 0)) {
                socket.getOutputStream()
                        .write("GET /acme/kv/none HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
                                .getBytes(StandardCharsets.US_ASCII));
                socket.getInputStream().readAllBytes();
            }
        }

        long one = azure.bytesBySource().getOrDefault("127.0.0.2", 0L);
        assertThat(one).isGreaterThan(100);
        assertThat(azure.bytesBySource().get("127.0.0.3")).isBetween(2 * one - 4, 2 * one + 4);
    }

    @Test
    void its_clock_is_wrong_when_asked_for() {
        azure.skewClock(Duration.ofHours(-2));

        assertThat(client.get("/acme/kv/none").headers().firstValue("date")).contains("Tue, 24 Nov 2026 20:00:00 GMT");
    }

    @Test
    void what_it_does_not_know_is_501() {
        assertThat(client.put("/acme/kv/blob?comp=block", NONE).statusCode()).isEqualTo(501);
        assertThat(client.get("/acme?comp=list").statusCode()).isEqualTo(501);
    }

    private static String error(HttpResponse<byte[]> answer) {
        return answer.statusCode() + " "
                + answer.headers().firstValue("x-ms-error-code").orElse("");
    }

    private static String etag(HttpResponse<byte[]> answer) {
        return answer.headers().firstValue("etag").orElseThrow();
    }
}
