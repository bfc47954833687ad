package io.kvstore.core;

import io.kvstore.api.KVStores;
import io.kvstore.testkit.KVStoreContract;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.io.TempDir;

/** The engine over each backend and with its caches is the same store to a caller. */
class CoreKVStoresTest {

    @Nested
    class OverMemory extends KVStoreContract {
        @Override
        protected KVStores createStores() {
            return CoreKVStores.builder(MemoryBlobStore.builder().build()).build();
        }
    }

    @Nested
    class WithMemoryCache extends KVStoreContract {
        @Override
        protected KVStores createStores() {
            return CoreKVStores.builder(MemoryBlobStore.builder().build())
                    .memoryCacheBytes(64 << 20)
                    .build();
        }
    }

    @Nested
    class OverABackendThatKnowsNothingWithoutAsking extends KVStoreContract {
        @Override
        protected KVStores createStores() {
            return CoreKVStores.builder(
                            new AskedBlobStore(MemoryBlobStore.builder().build()))
                    .build();
        }
    }

    @Nested
    class OverFiles extends KVStoreContract {
        @TempDir
        Path directory;

        @Override
        protected KVStores createStores() throws IOException {
            return CoreKVStores.builder(FileBlobStore.builder(directory).open()).build();
        }
    }

    @Nested
    class OverABackendFarAwayWithADiskCache extends KVStoreContract {
        @TempDir
        Path directory;

        @Override
        protected KVStores createStores() {
            return CoreKVStores.builder(
                            new AskedBlobStore(MemoryBlobStore.builder().build()))
                    .diskCache(directory, 64 << 20)
                    .memoryCacheBytes(1 << 20)
                    .build();
        }
    }
}
