package io.kvstore.bench;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

/** What listens at an address: asked after a call failed, to say why in words, and never trusted with anything. */
enum Listener {
    /** A kvstore, or another gRPC server, without TLS. */
    PLAIN,
    TLS,
    /** A web server, as an admin port is. */
    WEB,
    UNKNOWN;

    /** For a connection to be there, and as long again for all that comes over it. */
    private static final int PATIENCE_MILLIS = 2_000;

    /** In plain text a server of HTTP/2 begins with its settings, whatever comes; one of HTTP/1 answers a question. */
    private static final byte[] QUESTION = "GET / HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private static final byte[] WEB_ANSWER = "HTTP/".getBytes(StandardCharsets.US_ASCII);
    private static final int HTTP2_TYPE_AT = 3;
    private static final byte HTTP2_SETTINGS = 4;

    /** Looks, twice at most, for 4 s each. */
    static Listener at(String target) {
        return at(target, PATIENCE_MILLIS);
    }

    static Listener at(String target, int patienceMillis) {
        int colon = target.lastIndexOf(':');
        String host = target.substring(0, colon).replaceAll("[\\[\\]]", "");
        InetSocketAddress address = new InetSocketAddress(host, Integer.parseInt(target.substring(colon + 1)));
        Listener inPlainText = inPlainText(address, patienceMillis);
        return inPlainText == UNKNOWN && isTls(address, patienceMillis) ? TLS : inPlainText;
    }

    private static Socket connected(InetSocketAddress address, int patienceMillis) throws IOException {
        Socket socket = new Socket();
        try {
            socket.connect(address, patienceMillis);
            // A timeout of the socket begins anew with every byte, of which a server may send one now and then.
            CompletableFuture.delayedExecutor(patienceMillis, TimeUnit.MILLISECONDS)
                    .execute(() -> close(socket));
            return socket;
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            // Nobody reads from it any more.
        }
    }

    private static Listener inPlainText(InetSocketAddress address, int patienceMillis) {
        try (Socket socket = connected(address, patienceMillis)) {
            socket.getOutputStream().write(QUESTION);
            InputStream in = socket.getInputStream();
            byte[] answer = in.readNBytes(WEB_ANSWER.length);
            if (java.util.Arrays.equals(answer, WEB_ANSWER)) {
                return WEB;
            }
            return answer.length > HTTP2_TYPE_AT && answer[HTTP2_TYPE_AT] == HTTP2_SETTINGS ? PLAIN : UNKNOWN;
        } catch (IOException e) {
            return UNKNOWN;
        }
    }

    private static boolean isTls(InetSocketAddress address, int patienceMillis) {
        try {
            SSLContext anybody = SSLContext.getInstance("TLS");
            anybody.init(null, new TrustManager[] {new Anybody()}, null);
            try (Socket socket = connected(address, patienceMillis);
                    SSLSocket tls = (SSLSocket) anybody.getSocketFactory()
                            .createSocket(socket, address.getHostString(), address.getPort(), true)) {
                tls.startHandshake();
                return true;
            }
        } catch (IOException | GeneralSecurityException e) {
            return false;
        }
    }

    /** What that explains of a call that failed; empty when it is what the call asked for, or nobody knows. */
    Optional<String> against(boolean tls) {
        return switch (this) {
            case PLAIN ->
                tls
                        ? Optional.of("talks in plain text, without TLS: leave --tls, --tls-ca and --tls-cert out")
                        : Optional.empty();
            case TLS ->
                tls
                        ? Optional.empty()
                        : Optional.of("talks over TLS alone: add --tls, or --tls-ca FILE for an authority of your own");
            case WEB ->
                Optional.of("is a web server, such as a kvstore's --admin-port, and no kvstore: --target has to"
                        + " name the port that the server's first line says");
            case UNKNOWN -> Optional.empty();
        };
    }

    /** Nothing is sent to whom it lets in. */
    private static final class Anybody implements X509TrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
