package io.kvstore.azurite;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** How Azurite is started. Not safe for use by several threads at once. */
public final class AzuriteBuilder {

    private @Nullable Path dataDirectory;
    private boolean https;
    private int port;
    private Path cache = Installation.userCache();
    private String node = "node";
    private String npm = "npm";

    AzuriteBuilder() {}

    /** Keeps data there, made when missing, for one Azurite at a time. Default: in memory, for as long as it runs. */
    public AzuriteBuilder dataDirectory(Path directory) {
        dataDirectory = directory;
        return this;
    }

    /** Serves HTTPS with a certificate of its own making, which is what bearer tokens need. Default: HTTP. */
    public AzuriteBuilder https() {
        https = true;
        return this;
    }

    /** TCP port on 127.0.0.1. Default: 0, any free one. */
    public AzuriteBuilder port(int tcpPort) {
        if (tcpPort < 0 || tcpPort > 65_535) {
            throw new IllegalArgumentException("port: " + tcpPort + " (expected: 0 to 65535)");
        }
        port = tcpPort;
        return this;
    }

    /** Where Azurite is installed. Default: kvstore's directory in the user's cache. */
    AzuriteBuilder cache(Path directory) {
        cache = directory;
        return this;
    }

    /** Other commands than those on the PATH. */
    AzuriteBuilder commands(String nodeCommand, String npmCommand) {
        node = nodeCommand;
        npm = npmCommand;
        return this;
    }

    /** Whether a start needs no download. */
    public boolean isInstalled() {
        return installation().isThere();
    }

    /**
     * Installs Azurite if it is missing, which takes a minute or two; {@link #start} does it too.
     *
     * @throws AzuriteMissingException when this machine can't have it
     */
    public void install() throws IOException {
        installation().directory();
    }

    private Installation installation() {
        return new Installation(cache, new Npm(npm));
    }

    /**
     * Installs Azurite if it is missing, starts it and waits until it listens: seconds, or minutes when it is installed.
     *
     * @throws AzuriteMissingException when this machine can't have it
     * @throws IOException when it does not start
     */
    public Azurite start() throws IOException {
        Path installed = installation().directory();
        if (!https) {
            return start(installed, Optional.empty());
        }
        Path scratch = Files.createTempDirectory("kvstore-azurite");
        try {
            return start(installed, Optional.of(SelfSignedCertificate.create(scratch)));
        } finally {
            // Read at the start; whoever is killed later leaves no key behind.
            Installation.delete(scratch);
        }
    }

    private Azurite start(Path installed, Optional<SelfSignedCertificate> certificate) throws IOException {
        Optional<DirectoryLock> lock =
                dataDirectory == null ? Optional.empty() : Optional.of(DirectoryLock.of(dataDirectory));
        try {
            String key = newKey();
            Process process = launch(installed, certificate, key);
            URI address = StartOutput.of(process).address();
            return new Azurite(process, lock, address, key, certificate.map(SelfSignedCertificate::certificate));
        } catch (IOException | RuntimeException e) {
            if (lock.isPresent()) {
                lock.get().close();
            }
            throw e;
        }
    }

    private Process launch(Path installed, Optional<SelfSignedCertificate> certificate, String key) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                node, installed.resolve("azurite.js").toString(), "--blobHost", "127.0.0.1", "--blobPort", "" + port));
        // Newer SDKs name versions that it does not know; telemetry would be sent otherwise; silent: no line per
        // request.
        command.addAll(List.of("--skipApiVersionCheck", "--disableTelemetry", "--silent"));
        if (dataDirectory == null) {
            command.add("--inMemoryPersistence");
        } else {
            command.addAll(List.of("--location", dataDirectory.toAbsolutePath().toString()));
        }
        certificate.ifPresent(own -> command.addAll(List.of(
                "--oauth",
                "basic",
                "--cert",
                own.certificateFile().toString(),
                "--key",
                own.keyFile().toString())));
        ProcessBuilder builder =
                new ProcessBuilder(command).directory(installed.toFile()).redirectErrorStream(true);
        // Not on the command line, where every user of the machine could read it.
        builder.environment().put("KVSTORE_AZURITE_KEY", key);
        try {
            return builder.start();
        } catch (IOException e) {
            throw new AzuriteMissingException(
                    "Azurite needs Node.js, and '" + node + "' can't be run: install Node.js 18 or newer with npm", e);
        }
    }

    private static String newKey() {
        byte[] key = new byte[16];
        new SecureRandom().nextBytes(key);
        return Base64.getEncoder().encodeToString(key);
    }
}
