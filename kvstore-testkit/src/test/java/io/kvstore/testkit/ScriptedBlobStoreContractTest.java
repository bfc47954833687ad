package io.kvstore.testkit;

import io.kvstore.spi.BlobStore;

final class ScriptedBlobStoreContractTest extends BlobStoreContract {

    @Override
    protected BlobStore createStore() {
        return ScriptedBlobStore.inMemory();
    }
}
