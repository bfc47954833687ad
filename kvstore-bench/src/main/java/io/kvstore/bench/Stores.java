package io.kvstore.bench;

import io.kvstore.api.KVStoreException;
import io.kvstore.api.KVStores;
import io.kvstore.core.CoreKVStores;
import io.kvstore.core.Durability;
import io.kvstore.core.FileBlobStore;
import io.kvstore.core.MemoryBlobStore;
import io.kvstore.grpc.GrpcKVStores;
import java.io.IOException;
import java.nio.file.Path;
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
        MEMORY
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
            throw new TypeConversionException("'" + value + "' (expected: file or memory)");
        }
    }
}
