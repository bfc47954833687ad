package io.kvstore.testkit;

import io.kvstore.spi.BlobStore;

final class RecordingBlobStoreContractTest extends BlobStoreContract {

    @Override
    protected BlobStore createStore() {
        return RecordingBlobStore.inMemory();
    }
}
