package io.kvstore.bench;

import io.kvstore.api.CallerToken;
import io.kvstore.api.KVStores;
import io.kvstore.api.StoreId;
import io.kvstore.grpc.GrpcKVStores;
import io.kvstore.grpc.GrpcKVStoresBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which store of which server, for a person at a shell. */
final class StoreOptions {

    @Option(
            names = "--target",
            paramLabel = "HOST:PORT",
            defaultValue = "localhost:50051",
            converter = TargetConverter.class,
            description = "server (default: ${DEFAULT-VALUE})")
    String target = "";

    @Option(
            names = "--resource",
            paramLabel = "NAME",
            defaultValue = "default",
            description = "resource (default: ${DEFAULT-VALUE})")
    String resource = "";

    @Option(
            names = "--container",
            paramLabel = "NAME",
            defaultValue = "chunks",
            description = "container (default: ${DEFAULT-VALUE})")
    String container = "";

    @Option(names = "--tls", description = "talk over TLS to a server whose certificate the JVM trusts")
    boolean tls;

    @Option(
            names = "--tls-ca",
            paramLabel = "FILE",
            description = "talk over TLS to a server for which an authority in this PEM file vouches")
    @Nullable
    Path tlsAuthorities;

    @Option(names = "--token-file", paramLabel = "FILE", description = "file with the token of a caller")
    @Nullable
    Path tokenFile;

    /** A client of that server. */
    KVStores open() throws IOException {
        GrpcKVStoresBuilder client = GrpcKVStores.builder(target);
        if (tlsAuthorities != null) {
            client.tls(tlsAuthorities);
        } else if (tls) {
            client.tls();
        }
        try {
            if (tokenFile != null) {
                client.token(CallerToken.of(Files.readString(tokenFile).strip()));
            }
            return client.build();
        } catch (IllegalArgumentException e) {
            throw new CommandFailure(Exit.USAGE, "--token-file: " + e.getMessage(), e);
        } catch (UncheckedIOException e) {
            throw new CommandFailure(Exit.FAILURE, String.valueOf(e.getMessage()), e);
        }
    }

    StoreId store() {
        return new StoreId(resource, container);
    }
}
