package io.kvstore.bench.load;

import io.kvstore.api.CallerToken;
import io.kvstore.api.KVStores;
import io.kvstore.grpc.GrpcKVStores;
import io.kvstore.grpc.GrpcKVStoresBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Option;

/** How a client talks to a server that runs already: as a person at a shell says it, and as it is passed on to a process. */
public final class ClientOptions {

    @Option(names = "--tls", description = "talk over TLS to a server whose certificate the JVM trusts")
    boolean tls;

    @Option(
            names = "--tls-ca",
            paramLabel = "FILE",
            description = "talk over TLS to a server for which an authority in this PEM file vouches")
    @Nullable
    Path authorities;

    @Option(
            names = "--tls-cert",
            paramLabel = "FILE",
            description =
                    "talk over TLS and show the certificates in this PEM file, with --tls-key, to a server that asks"
                            + " for them")
    @Nullable
    Path certificates;

    @Option(names = "--tls-key", paramLabel = "FILE", description = "the key of --tls-cert: PEM, PKCS#8, not encrypted")
    @Nullable
    Path key;

    @Option(names = "--token-file", paramLabel = "FILE", description = "file with the token of a caller")
    @Nullable
    Path tokenFile;

    public ClientOptions() {}

    /** Those that {@code arguments} says, as {@link #arguments} gave them. */
    static ClientOptions parse(List<String> arguments) {
        ClientOptions options = new ClientOptions();
        new CommandLine(new Nothing()).addMixin("client", options).parseArgs(arguments.toArray(String[]::new));
        return options;
    }

    @CommandLine.Command
    private static final class Nothing {}

    /** What a process is told, so that it talks to the server in the same way: files, and nothing that is secret. */
    public List<String> arguments() {
        List<String> arguments = new ArrayList<>();
        if (tls) {
            arguments.add("--tls");
        }
        add(arguments, "--tls-ca", authorities);
        add(arguments, "--tls-cert", certificates);
        add(arguments, "--tls-key", key);
        add(arguments, "--token-file", tokenFile);
        return arguments;
    }

    /** Whether any of them was said. */
    public boolean isGiven() {
        return !arguments().isEmpty();
    }

    private static void add(List<String> arguments, String option, @Nullable Path file) {
        if (file != null) {
            arguments.add(option + "=" + file);
        }
    }

    /**
     * A client of a running server.
     *
     * @param target host:port
     * @throws IllegalArgumentException when they cannot be used together, or not for what is in the file
     * @throws java.io.UncheckedIOException when a file of certificates cannot be used
     */
    public KVStores open(String target) throws IOException {
        GrpcKVStoresBuilder client = GrpcKVStores.builder(target);
        if (authorities != null) {
            client.tls(authorities);
        } else if (tls) {
            client.tls();
        }
        if (certificates != null && key != null) {
            client.tlsIdentity(certificates, key);
        } else if (certificates != null || key != null) {
            throw new IllegalArgumentException("--tls-cert and --tls-key need each other");
        }
        if (tokenFile != null) {
            client.token(token(tokenFile));
        }
        return client.build();
    }

    private static CallerToken token(Path file) throws IOException {
        try {
            return CallerToken.of(Files.readString(file).strip());
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("--token-file: " + e.getMessage(), e);
        }
    }
}
