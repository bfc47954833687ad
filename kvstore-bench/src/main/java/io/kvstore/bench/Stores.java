package io.kvstore.bench;

import io.kvstore.api.KVStoreException;
import io.kvstore.api.KVStores;
import io.kvstore.azure.AzureBlobStore;
import io.kvstore.azure.AzureClient;
import io.kvstore.azure.AzureCredential;
import io.kvstore.azure.AzureCredentials;
import io.kvstore.azure.SuffixAccountResolver;
import io.kvstore.azurite.Azurite;
import io.kvstore.azurite.AzuriteBuilder;
import io.kvstore.core.CoreKVStores;
import io.kvstore.core.Durability;
import io.kvstore.core.FileBlobStore;
import io.kvstore.core.MemoryBlobStore;
import io.kvstore.grpc.GrpcKVStores;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Opens stores: the one place that knows which kinds there are. */
final class Stores {

    /** Where an engine in this process keeps its chunks. */
    enum Backend {
        FILE,
        MEMORY,
        /** Azure's emulator, which the command starts. */
        AZURITE
    }

    private Stores() {}

    /** A client of a running server; {@code target} is host:port. */
    static KVStores remote(String target) {
        return GrpcKVStores.builder(target).build();
    }

    /** An engine in this process that keeps its chunks in {@code dir}. */
    static KVStores inDirectory(Path dir, boolean sync) throws IOException {
        Durability durability = sync ? Durability.SYNC : Durability.OS;
        return CoreKVStores.builder(
                        FileBlobStore.builder(dir).durability(durability).open())
                .build();
    }

    /** An engine in this process that keeps its chunks in memory. */
    static KVStores inMemory() {
        return CoreKVStores.builder(
                        MemoryBlobStore.builder().maxBytes(Long.MAX_VALUE).build())
                .build();
    }

    /** An engine in this process that keeps its chunks in Azurite, which stays the caller's to close. */
    static KVStores on(Azurite azurite) {
        AzureClient client = AzureClient.builder()
                .credentials(AzureCredentials.of(AzureCredential.sharedKey(azurite.accountKey())))
                .trustAddress(azurite.address())
                // One process on one core, with us on the same machine: it is slow, not down.
                .maxConnectionsPerAccount(16)
                .timeouts(Duration.ofSeconds(30), Duration.ofSeconds(30))
                .build();
        return CoreKVStores.builder(AzureBlobStore.builder(client, SuffixAccountResolver.ofEmulator(azurite.address()))
                        .createContainers(true)
                        .build())
                .build();
    }

    /** Downloads Azurite when this machine never had it, and says so: it takes a minute. */
    static void installAzurite() throws IOException {
        AzuriteBuilder azurite = Azurite.builder();
        if (!azurite.isInstalled()) {
            System.err.println("kvstore: downloading Azurite, about 190 MB on disk, once");
        }
        azurite.install();
    }

    /** Waits for an answer; the store bounds the wait. */
    static <T> T await(CompletableFuture<T> answer) {
        try {
            return answer.join();
        } catch (CompletionException e) {
            throw KVStoreException.of(e);
        }
    }

    /** The kinds by their names in lower case. */
    static final class BackendConverter implements ITypeConverter<Backend> {

        BackendConverter() {}

        @Override
        public Backend convert(String value) {
            for (Backend backend : Backend.values()) {
                if (backend.name().toLowerCase(Locale.ROOT).equals(value)) {
                    return backend;
                }
            }
            throw new TypeConversionException("'" + value + "' (expected: file, memory or azurite)");
        }
    }
}
