package io.kvstore.testkit.azure;

import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;

/** An HTTP client that knows nothing of Azure, so that the fake is not tested by what it is a fake for. */
final class BlobClient {

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final FakeBlobService service;

    BlobClient(FakeBlobService service) {
        this.service = service;
    }

    CompletableFuture<HttpResponse<byte[]>> start(String method, String path, byte[] body, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri(path))
                .timeout(Duration.ofSeconds(60))
                .method(
                        method,
                        body.length == 0
                                ? HttpRequest.BodyPublishers.noBody()
                                : HttpRequest.BodyPublishers.ofByteArray(body));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return http.sendAsync(request.build(), HttpResponse.BodyHandlers.ofByteArray());
    }

    HttpResponse<byte[]> send(String method, String path, byte[] body, String... headers) {
        return start(method, path, body, headers)
                .orTimeout(60, java.util.concurrent.TimeUnit.SECONDS)
                .join();
    }

    HttpResponse<byte[]> put(String path, byte[] body, String... headers) {
        String[] all = Arrays.copyOf(headers, headers.length + 2);
        all[headers.length] = "x-ms-blob-type";
        all[headers.length + 1] = "BlockBlob";
        return send("PUT", path, body, all);
    }

    HttpResponse<byte[]> get(String path, String... headers) {
        return send("GET", path, new byte[0], headers);
    }

    HttpResponse<byte[]> head(String path, String... headers) {
        return send("HEAD", path, new byte[0], headers);
    }

    HttpResponse<byte[]> delete(String path, String... headers) {
        return send("DELETE", path, new byte[0], headers);
    }

    private URI uri(String path) {
        return URI.create("http://127.0.0.1:" + service.address().getPort() + path);
    }

    /** A connection without a client's second try, on which that request was sent. */
    Socket raw(String request) throws IOException {
        Socket socket =
                new Socket(service.address().getAddress(), service.address().getPort());
        socket.setSoTimeout(60_000);
        socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
        return socket;
    }
}
