package io.kvstore.bench;

import io.kvstore.api.KVStores;
import io.kvstore.api.StoreId;
import io.kvstore.bench.load.ClientOptions;
import java.io.IOException;
import picocli.CommandLine.Mixin;
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

    @Mixin
    ClientOptions client = new ClientOptions();

    KVStores open() throws IOException {
        return Stores.remote(target, client);
    }

    StoreId store() {
        return new StoreId(resource, container);
    }
}
