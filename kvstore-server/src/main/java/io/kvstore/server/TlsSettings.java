package io.kvstore.server;

import java.nio.file.Path;
import java.util.Optional;

/**
 * What the server shows to its clients; PEM files, unchecked.
 *
 * @param clientAuthorities who vouches for clients; without any, a client needs no certificate
 */
record TlsSettings(Path certificates, Path key, Optional<Path> clientAuthorities) {

    /**
     * Checks what is set; empty where the server talks in plain text.
     *
     * @throws BadSetting when a part is missing
     */
    static Optional<TlsSettings> from(Settings settings) {
        Optional<Setting> certificates = settings.get(Flag.TLS_CERT);
        Optional<Setting> key = settings.get(Flag.TLS_KEY);
        Optional<Setting> authorities = settings.get(Flag.TLS_CLIENT_CA);
        if (certificates.isEmpty() || key.isEmpty()) {
            certificates.or(() -> key).or(() -> authorities).ifPresent(alone -> {
                throw alone.refused("--tls-cert and --tls-key with it");
            });
            return Optional.empty();
        }
        return Optional.of(new TlsSettings(
                ServerConfig.file(certificates.get()),
                ServerConfig.file(key.get()),
                authorities.map(ServerConfig::file)));
    }
}
