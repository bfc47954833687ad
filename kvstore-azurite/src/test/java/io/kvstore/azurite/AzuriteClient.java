package io.kvstore.azurite;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.time.Duration;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** Just enough of the REST interface to see that somebody answers, and what. */
final class AzuriteClient {

    private final Azurite azurite;
    private final HttpClient http;

    AzuriteClient(Azurite azurite) throws IOException, GeneralSecurityException {
        this.azurite = azurite;
        HttpClient.Builder builder = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1);
        if (azurite.certificate().isPresent()) {
            KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
            trusted.load(null, null);
            trusted.setCertificateEntry("azurite", azurite.certificate().get());
            TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(trusted);
            SSLContext tls = SSLContext.getInstance("TLS");
            tls.init(null, trust.getTrustManagers(), null);
            builder.sslContext(tls);
        }
        this.http = builder.build();
    }

    HttpResponse<String> put(String account, String path, String body) throws IOException, InterruptedException {
        return send(request(account, path)
                .header("x-ms-blob-type", "BlockBlob")
                .PUT(HttpRequest.BodyPublishers.ofString(body)));
    }

    HttpResponse<String> get(String account, String path) throws IOException, InterruptedException {
        return send(request(account, path));
    }

    HttpResponse<String> getAnonymously(String account, String path) throws IOException, InterruptedException {
        return send(HttpRequest.newBuilder(URI.create(azurite.endpoint(account) + path)));
    }

    private HttpRequest.Builder request(String account, String path) {
        return HttpRequest.newBuilder(URI.create(azurite.endpoint(account) + path))
                .header("Authorization", "Bearer " + azurite.token())
                .header("x-ms-version", "2023-11-03");
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return http.send(request.timeout(Duration.ofSeconds(60)).build(), HttpResponse.BodyHandlers.ofString());
    }
}
