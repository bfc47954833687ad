package io.kvstore.azure;

import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/**
 * A server's certificate, signed by itself, and how often it was shown: a connection that resumes the session of another is
 * made without.
 */
final class TlsServerIdentity {

    private final X509Bundle bundle;
    private final AtomicInteger shown = new AtomicInteger();

    private TlsServerIdentity(X509Bundle bundle) {
        this.bundle = bundle;
    }

    /** For 127.0.0.1, and for nothing else. */
    static TlsServerIdentity ofThisMachine() throws Exception {
        return new TlsServerIdentity(builder().addSanIpAddress("127.0.0.1").buildSelfSigned());
    }

    /** For another host than any test has. */
    static TlsServerIdentity ofAnotherHost() throws Exception {
        return new TlsServerIdentity(builder().addSanDnsName("storage.example").buildSelfSigned());
    }

    private static CertificateBuilder builder() {
        return new CertificateBuilder().ecp256().subject("CN=storage").setIsCertificateAuthority(true);
    }

    X509Certificate certificate() {
        return bundle.getCertificate();
    }

    int timesShown() {
        return shown.get();
    }

    /** What a server is started with that speaks that version of TLS and no other. */
    Supplier<SSLEngine> speaking(String version) throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(new KeyManager[] {new Counting()}, null, null);
        return () -> {
            SSLEngine engine = context.createSSLEngine();
            engine.setUseClientMode(false);
            engine.setEnabledProtocols(new String[] {version});
            return engine;
        };
    }

    private final class Counting extends X509ExtendedKeyManager {

        private static final String ALIAS = "own";

        @Override
        public @Nullable String chooseEngineServerAlias(
                String keyType, Principal @Nullable [] issuers, SSLEngine engine) {
            if (!keyType.startsWith("EC")) {
                return null;
            }
            shown.incrementAndGet();
            return ALIAS;
        }

        @Override
        public X509Certificate[] getCertificateChain(String alias) {
            return bundle.getCertificatePath();
        }

        @Override
        public PrivateKey getPrivateKey(String alias) {
            return bundle.getKeyPair().getPrivate();
        }

        @Override
        public String @Nullable [] getServerAliases(String keyType, Principal @Nullable [] issuers) {
            return new String[] {ALIAS};
        }

        @Override
        public @Nullable String chooseServerAlias(
                String keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
            return null; // of sockets, which Netty has none of
        }

        @Override
        public String @Nullable [] getClientAliases(String keyType, Principal @Nullable [] issuers) {
            return null;
        }

        @Override
        public @Nullable String chooseClientAlias(
                String[] keyTypes, Principal @Nullable [] issuers, @Nullable Socket socket) {
            return null;
        }
    }
}
