package io.kvstore.server;

import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.Proxy;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * A page of another process on this machine.
 *
 * @param text of a good answer, else empty
 */
record LoopbackPage(int status, String text) {

    private static final int PATIENCE_MILLIS = 2_000;
    private static final int MAX_BYTES = 4 << 20;

    /** Asks for a page; empty when there is no answer. Blocks for seconds at most. */
    static Optional<LoopbackPage> get(int port, String path) {
        try {
            HttpURLConnection connection = (HttpURLConnection)
                    URI.create("http://127.0.0.1:" + port + path).toURL().openConnection(Proxy.NO_PROXY);
            connection.setConnectTimeout(PATIENCE_MILLIS);
            connection.setReadTimeout(PATIENCE_MILLIS);
            int status = connection.getResponseCode();
            if (status != HttpURLConnection.HTTP_OK) {
                connection.disconnect();
                return Optional.of(new LoopbackPage(status, ""));
            }
            try (InputStream in = connection.getInputStream()) {
                return Optional.of(
                        new LoopbackPage(status, new String(in.readNBytes(MAX_BYTES), StandardCharsets.UTF_8)));
            }
        } catch (IOException noAnswer) {
            return Optional.empty();
        }
    }
}
