package io.kvstore.testkit.azure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Every fault, as a client without a second try sees it. */
class FakeBlobServiceFaultTest {

    private static final byte[] BYTES = new byte[200_000];
    private static final String GET = "GET /acme/kv/blob HTTP/1.1\r\nHost: a\r\n\r\n";

    static {
        Arrays.fill(BYTES, (byte) 7);
    }

    private FakeBlobService azure;
    private BlobClient client;

    @BeforeEach
    void start() throws Exception {
        azure = FakeBlobService.builder().start();
        client = new BlobClient(azure);
        for (String account : new String[] {"acme", "beta"}) {
            client.send("PUT", "/" + account + "/kv?restype=container", new byte[0]);
            client.put("/" + account + "/kv/blob", BYTES);
        }
    }

    @AfterEach
    void close() {
        azure.close();
    }

    @Test
    void a_refusal_hits_the_requests_it_names_and_no_other() {
        azure.every(RequestKind.GET_BLOB).in("acme").after(1).times(2).fails(503, "ServerBusy", 3);

        assertThat(client.get("/acme/kv/blob").statusCode()).isEqualTo(200);
        HttpResponse<byte[]> busy = client.get("/acme/kv/blob");
        assertThat(busy.statusCode()).isEqualTo(503);
        assertThat(busy.headers().firstValue("retry-after")).contains("3");
        assertThat(busy.headers().firstValue("x-ms-error-code")).contains("ServerBusy");
        assertThat(client.head("/acme/kv/blob").statusCode()).isEqualTo(200);
        assertThat(client.get("/beta/kv/blob").statusCode()).isEqualTo(200);
        assertThat(client.get("/acme/kv/blob").statusCode()).isEqualTo(503);
        assertThat(client.get("/acme/kv/blob").statusCode()).isEqualTo(200);
    }

    @Test
    void a_refused_write_is_not_done() {
        azure.next(RequestKind.PUT_BLOB).fails(403, "AuthorizationFailure");

        assertThat(client.put("/acme/kv/new", BYTES).statusCode()).isEqualTo(403);
        assertThat(azure.blobNames("acme", "kv")).containsExactly("blob");
    }

    @Test
    void the_youngest_rule_wins_and_healing_drops_all() {
        azure.everyRequest().fails(401, "NoAuthenticationInformation");
        azure.next(RequestKind.GET_BLOB).of("blob").findsNothing();

        assertThat(client.get("/acme/kv/blob").statusCode()).isEqualTo(404);
        assertThat(client.get("/acme/kv/blob").statusCode()).isEqualTo(401);
        azure.heal();
        assertThat(client.get("/acme/kv/blob").statusCode()).isEqualTo(200);
    }

    @Test
    void a_held_request_is_answered_when_released_and_others_are_meanwhile() throws Exception {
        azure.next(RequestKind.GET_BLOB).in("acme").isHeld();
        CompletableFuture<HttpResponse<byte[]>> held = client.start("GET", "/acme/kv/blob", new byte[0]);
        azure.awaitHeld(1);

        assertThat(client.get("/beta/kv/blob").statusCode()).isEqualTo(200);
        assertThat(client.get("/acme/kv/blob").statusCode()).isEqualTo(200);
        assertThat(held).isNotDone();
        azure.releaseHeld();
        assertThat(held.get(60, TimeUnit.SECONDS).body()).isEqualTo(BYTES);
        assertThat(azure.heldCount()).isZero();
    }

    @Test
    void a_frozen_answer_goes_on_when_released() throws Exception {
        azure.next(RequestKind.GET_BLOB).freezesAfter(100);
        try (Socket socket = client.raw(GET)) {
            InputStream in = socket.getInputStream();
            assertThat(headers(in)).contains("content-length: 200000");
            assertThat(in.readNBytes(100)).hasSize(100);
            azure.awaitHeld(1);
            assertThat(in.available()).isZero();
            azure.releaseHeld();
            assertThat(in.readNBytes(BYTES.length - 100)).hasSize(BYTES.length - 100);
        }
    }

    @Test
    void a_reset_comes_in_the_middle_of_a_body() throws Exception {
        azure.next(RequestKind.GET_BLOB).resetsAfter(100);
        try (Socket socket = client.raw(GET)) {
            assertThatThrownBy(() -> socket.getInputStream().readAllBytes())
                    .isInstanceOf(SocketException.class)
                    .hasMessageContaining("reset");
        }
    }

    @Test
    void a_truncated_body_promises_more_than_it_has() throws Exception {
        azure.next(RequestKind.GET_BLOB).endsAfter(100);
        try (Socket socket = client.raw(GET)) {
            InputStream in = socket.getInputStream();
            assertThat(headers(in)).contains("content-length: 200000");
            assertThat(in.readAllBytes()).hasSize(100);
        }
    }

    @Test
    void a_write_may_be_done_and_its_answer_lost() throws Exception {
        azure.next(RequestKind.PUT_BLOB).isDoneAndUnanswered();

        try (Socket socket = client.raw("PUT /acme/kv/new HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nkv")) {
            assertThatThrownBy(() -> headers(socket.getInputStream())).isInstanceOf(IOException.class);
        }
        assertThat(azure.blobNames("acme", "kv")).containsExactly("blob", "new");
        assertThat(client.put("/acme/kv/new", BYTES, "If-None-Match", "*").statusCode())
                .isEqualTo(409);
    }

    @Test
    void an_upload_that_is_reset_stores_nothing() throws Exception {
        for (int limit : new int[] {0, 1, 2}) {
            azure.next(RequestKind.PUT_BLOB).resetsUploadAfter(limit);
            try (Socket socket = client.raw("PUT /acme/kv/new HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nkv")) {
                assertThatThrownBy(() -> headers(socket.getInputStream())).isInstanceOf(IOException.class);
            }
        }
        assertThat(azure.blobNames("acme", "kv")).containsExactly("blob");
    }

    @Test
    void an_upload_that_is_frozen_goes_on_when_released() throws Exception {
        azure.next(RequestKind.PUT_BLOB).freezesUploadAfter(1_000);
        CompletableFuture<HttpResponse<byte[]>> put =
                client.start("PUT", "/acme/kv/new", new byte[20_000_000], "x-ms-blob-type", "BlockBlob");
        azure.awaitHeld(1);

        assertThat(client.put("/beta/kv/new", BYTES).statusCode()).isEqualTo(201);
        assertThat(azure.blobNames("acme", "kv")).containsExactly("blob");
        assertThat(put).isNotDone();
        azure.releaseHeld();
        assertThat(put.get(60, TimeUnit.SECONDS).statusCode()).isEqualTo(201);
    }

    @Test
    void a_small_upload_that_is_frozen_waits_too() throws Exception {
        azure.next(RequestKind.PUT_BLOB).freezesUploadAfter(1);
        CompletableFuture<HttpResponse<byte[]>> put = client.start("PUT", "/acme/kv/new", new byte[10]);
        azure.awaitHeld(1);

        assertThat(azure.blobNames("acme", "kv")).containsExactly("blob");
        azure.releaseHeld();
        assertThat(put.get(60, TimeUnit.SECONDS).statusCode()).isEqualTo(201);
    }

    @Test
    void a_body_may_have_another_length_or_another_bit() {
        azure.next(RequestKind.GET_BLOB).resizesBodyTo(10);
        assertThat(client.get("/acme/kv/blob").body()).hasSize(10);

        azure.next(RequestKind.GET_BLOB).resizesBodyTo(BYTES.length + 5);
        assertThat(client.get("/acme/kv/blob").body()).hasSize(BYTES.length + 5);

        azure.next(RequestKind.GET_BLOB).flipsABit();
        byte[] flipped = client.get("/acme/kv/blob").body();
        assertThat(Arrays.mismatch(flipped, BYTES)).isEqualTo(BYTES.length / 2);
        assertThat(client.get("/acme/kv/blob").body()).isEqualTo(BYTES);
    }

    @Test
    void what_travels_with_a_blob_may_be_wrong_or_missing() {
        client.put("/acme/kv/blob", BYTES, "x-ms-meta-crc", "1", "x-ms-meta-tag", "2");
        azure.next(RequestKind.HEAD_BLOB).answersMetadata(Map.of("tag", "3"));

        HttpResponse<byte[]> head = client.head("/acme/kv/blob");

        assertThat(head.headers().firstValue("x-ms-meta-tag")).contains("3");
        assertThat(head.headers().firstValue("x-ms-meta-crc")).isEmpty();
        azure.next(RequestKind.HEAD_BLOB).answersHeader("etag", "\"other\"");
        assertThat(client.head("/acme/kv/blob").headers().firstValue("etag")).contains("\"other\"");
    }

    @Test
    void all_connections_may_be_reset_at_once() throws Exception {
        azure.next(RequestKind.GET_BLOB).isHeld();
        try (Socket socket = client.raw(GET)) {
            azure.awaitHeld(1);
            azure.resetConnections();
            assertThatThrownBy(() -> socket.getInputStream().readAllBytes()).isInstanceOf(SocketException.class);
        }
        azure.releaseHeld();
        assertThat(client.get("/acme/kv/blob").statusCode()).isEqualTo(200);
    }

    /** Up to the empty line. */
    private static String headers(InputStream in) throws IOException {
        StringBuilder text = new StringBuilder();
        while (text.length() < 4 || !text.substring(text.length() - 4).equals("\r\n\r\n")) {
            int next = in.read();
            if (next < 0) {
                throw new EOFException("ended after: " + text);
            }
            text.append((char) next);
        }
        return new String(text.toString().getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.US_ASCII);
    }
}
