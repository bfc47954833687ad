package io.kvstore.core;

import io.kvstore.api.KVStores;
import io.kvstore.testkit.KVStoreContract;
import org.junit.jupiter.api.Nested;

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
}
