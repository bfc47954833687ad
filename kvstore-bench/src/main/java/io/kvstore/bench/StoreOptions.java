package io.kvstore.bench;

import io.kvstore.api.StoreId;
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

    StoreId store() {
        return new StoreId(resource, container);
    }
}
