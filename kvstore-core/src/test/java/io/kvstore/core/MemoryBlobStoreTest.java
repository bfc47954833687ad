package io.kvstore.core;

import io.kvstore.spi.BlobStore;
import io.kvstore.testkit.BlobStoreContract;

class MemoryBlobStoreTest extends BlobStoreContract {

    @Override
    protected BlobStore createStore() {
        return MemoryBlobStore.builder().build();
    }
}
