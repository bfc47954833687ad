package io.kvstore.server;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What the server shows to its clients; PEM files, unchecked.
 *
 * @param clientAuthorities who vouches for clients; without any, a client needs no certificate
 */
record TlsSettings(Path certificates, Path key, Optional<Path> clientAuthorities) {

    /**
     * Looks whether the files can be read; what is in them, the wire says. What a look took from a pipe the wire would miss.
     *
     * @throws StartFailure on the first that cannot
     */
    void check() throws StartFailure {
        for (Path file : Stream.concat(Stream.of(certificates, key), clientAuthorities.stream())
                .toList()) {
            try {
                if (!Files.readAttributes(file, BasicFileAttributes.class).isOther()) {
                    readByte(file);
                }
            } catch (IOException e) {
                throw new StartFailure("cannot use '" + OneLine.of(file.toString()) + "': " + FileFailure.reason(e), e);
            }
        }
    }

    private static void readByte(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            var unused = in.read();
        }
    }

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
