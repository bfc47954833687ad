package io.kvstore.grpc;

import io.grpc.netty.GrpcSslContexts;
import io.grpc.util.AdvancedTlsX509KeyManager;
import io.grpc.util.AdvancedTlsX509TrustManager;
import io.grpc.util.CertificateUtils;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ScheduledExecutorService;

/** What either end shows and whom it believes, from PEM files. */
final class Tls {

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
            ReloadedFiles.load(List.of(identity.certificates(), identity.key()), () -> load(identity, keys), timer);
        } catch (IOException | GeneralSecurityException | RuntimeException e) {
            throw unusable(identity, e);
        }
        SslContextBuilder server = SslContextBuilder.forServer(keys);
        if (clientAuthorities.isPresent()) {
            server.clientAuth(ClientAuth.REQUIRE).trustManager(reloading(clientAuthorities.get(), timer));
        }
        return GrpcSslContexts.configure(server).build();
    }

    private static void load(Identity identity, AdvancedTlsX509KeyManager into)
            throws IOException, GeneralSecurityException {
        X509Certificate[] chain;
        PrivateKey key;
        try (InputStream in = Files.newInputStream(identity.certificates())) {
            chain = CertificateUtils.getX509Certificates(in);
        }
        try (InputStream in = Files.newInputStream(identity.key())) {
            key = privateKey(in);
        }
        if (chain.length == 0) {
            throw new GeneralSecurityException("no certificate");
        }
        checkBelongTogether(chain[0].getPublicKey(), key);
        into.updateIdentityCredentials(chain, key);
    }

    private static PrivateKey privateKey(InputStream in) throws GeneralSecurityException {
        try {
            return CertificateUtils.getPrivateKey(in);
        } catch (IOException | GeneralSecurityException | RuntimeException e) {
            // What it says is of the depths of ASN.1.
            GeneralSecurityException told =
                    new GeneralSecurityException("the key is not readable (expected: PEM, PKCS#8, not encrypted)");
            told.addSuppressed(e);
            throw told;
        }
    }

    /** A server with another's key would start, and no client get in. */
    private static void checkBelongTogether(PublicKey certified, PrivateKey key) throws GeneralSecurityException {
        String algorithm = key.getAlgorithm().equals("EC") ? "SHA256withECDSA" : "SHA256withRSA";
        byte[] anything = {1, 2, 3};
        Signature signing = Signature.getInstance(algorithm);
        signing.initSign(key);
        signing.update(anything);
        byte[] signed = signing.sign();
        Signature checking = Signature.getInstance(algorithm);
        boolean same = certified.getAlgorithm().equals(key.getAlgorithm());
        if (same) {
            checking.initVerify(certified);
            checking.update(anything);
            same = checking.verify(signed);
        }
        if (!same) {
            throw new GeneralSecurityException("the key is not that of the first certificate");
        }
    }

    private static AdvancedTlsX509TrustManager reloading(Path authorities, ScheduledExecutorService timer)
            throws IOException {
        try {
            // The server checks chains, not names: a client's address says nothing about who it is.
            AdvancedTlsX509TrustManager trusted = AdvancedTlsX509TrustManager.newBuilder()
                    .setVerification(AdvancedTlsX509TrustManager.Verification.CERTIFICATE_ONLY_VERIFICATION)
                    .build();
            ReloadedFiles.load(List.of(authorities), () -> trusted.updateTrustCredentials(authorities.toFile()), timer);
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
            AdvancedTlsX509KeyManager keys = new AdvancedTlsX509KeyManager();
            try {
                load(identity.get(), keys);
            } catch (IOException | GeneralSecurityException | RuntimeException e) {
                throw unusable(identity.get(), e);
            }
            client.keyManager(keys);
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
