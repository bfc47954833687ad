package io.kvstore.bench;

import io.kvstore.api.KVStoreException;
import io.kvstore.api.KVStores;
import io.kvstore.azure.AzureBlobStore;
import io.kvstore.azurite.Azurite;
import io.kvstore.azurite.AzuriteBuilder;
import io.kvstore.bench.load.ClientOptions;
import io.kvstore.core.CoreKVStores;
import io.kvstore.core.Durability;
import io.kvstore.core.FileBlobStore;
import io.kvstore.core.MemoryBlobStore;
import io.kvstore.grpc.GrpcKVStores;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

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

    /** A client of a server that we started; {@code target} is host:port. */
    static KVStores remote(String target) {
        return GrpcKVStores.builder(target).build();
    }

    /**
     * A client of a running server.
     *
     * @throws CommandFailure when {@code options} cannot be used
     */
    static KVStores remote(String target, ClientOptions options) throws IOException {
        try {
            return options.open(target);
        } catch (IllegalArgumentException e) {
            throw new CommandFailure(Exit.USAGE, String.valueOf(e.getMessage()), e);
        } catch (UncheckedIOException e) {
            throw new CommandFailure(Exit.FAILURE, String.valueOf(e.getMessage()), e);
        }
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
        return CoreKVStores.builder(AzureBlobStore.onEmulator(azurite.address(), azurite.accountKey()))
                .build();
    }

    /**
     * Starts Azurite with its data in {@code directory}, downloaded first when this machine never had it; {@code cleanup} ends
     * it. Both take long, and happen outside of the lock that whoever is told to end takes: before Azurite is in its hands,
     * Azurite ends with this process.
     */
    static Azurite startAzurite(Path directory, Cleanup cleanup) throws IOException {
        installAzurite();
        Azurite azurite = Azurite.builder().dataDirectory(directory).start();
        return cleanup.open(() -> azurite);
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
}
