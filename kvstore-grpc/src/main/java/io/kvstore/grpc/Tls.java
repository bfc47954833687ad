package io.kvstore.grpc;

import io.grpc.netty.GrpcSslContexts;
import io.grpc.util.AdvancedTlsX509KeyManager;
import io.grpc.util.AdvancedTlsX509TrustManager;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.Optional;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** What either end shows and whom it believes, from PEM files. */
final class Tls {

    /** The shortest that grpc-java takes. */
    private static final long RELOAD_MINUTES = 1;

    /**
     * What an end shows.
     *
     * @param certificates its own, then those that vouch for it
     * @param key PKCS#8, not encrypted
     */
    record Identity(Path certificates, Path key) {}

    private Tls() {}

    /**
     * The server's end.
     *
     * @param clientAuthorities who vouches for clients, which have to show a certificate then
     * @param timer looks every minute whether the files have changed; connections that are made afterwards see the new ones
     * @throws IOException with a message of one line, when a file cannot be used
     */
    static SslContext server(Identity identity, Optional<Path> clientAuthorities, ScheduledExecutorService timer)
            throws IOException {
        AdvancedTlsX509KeyManager keys = new AdvancedTlsX509KeyManager();
        try {
            var unused = keys.updateIdentityCredentials(
                    identity.certificates().toFile(), identity.key().toFile(), RELOAD_MINUTES, TimeUnit.MINUTES, timer);
        } catch (IOException | GeneralSecurityException | RuntimeException e) {
            throw unusable(identity, e);
        }
        SslContextBuilder server = SslContextBuilder.forServer(keys);
        if (clientAuthorities.isPresent()) {
            server.clientAuth(ClientAuth.REQUIRE).trustManager(reloading(clientAuthorities.get(), timer));
        }
        return GrpcSslContexts.configure(server).build();
    }

    private static AdvancedTlsX509TrustManager reloading(Path authorities, ScheduledExecutorService timer)
            throws IOException {
        try {
            // The server checks chains, not names: a client's address says nothing about who it is.
            AdvancedTlsX509TrustManager trusted = AdvancedTlsX509TrustManager.newBuilder()
                    .setVerification(AdvancedTlsX509TrustManager.Verification.CERTIFICATE_ONLY_VERIFICATION)
                    .build();
            var unused = trusted.updateTrustCredentials(authorities.toFile(), RELOAD_MINUTES, TimeUnit.MINUTES, timer);
            return trusted;
        } catch (IOException | GeneralSecurityException | RuntimeException e) {
            throw unusable("the authorities in " + authorities, e);
        }
    }

    /**
     * A client's end; the server's name is checked against its certificate. Files are read once.
     *
     * @param authorities who vouches for servers; the JVM's own when empty
     * @param identity what to show to servers that ask
     * @throws IOException with a message of one line, when a file cannot be used
     */
    static SslContext client(Optional<Path> authorities, Optional<Identity> identity) throws IOException {
        SslContextBuilder client = GrpcSslContexts.forClient();
        if (authorities.isPresent()) {
            try {
                client.trustManager(authorities.get().toFile());
            } catch (RuntimeException e) {
                throw unusable("the authorities in " + authorities.get(), e);
            }
        }
        if (identity.isPresent()) {
            try {
                client.keyManager(
                        identity.get().certificates().toFile(),
                        identity.get().key().toFile());
            } catch (RuntimeException e) {
                throw unusable(identity.get(), e);
            }
        }
        return client.build();
    }

    private static IOException unusable(Identity identity, Exception e) {
        return unusable("the certificates in " + identity.certificates() + " with the key in " + identity.key(), e);
    }

    private static IOException unusable(String what, Exception e) {
        return new IOException("cannot use " + what + ": " + FirstLine.of(e), e);
    }
}
