package io.kvstore.testkit;

import io.kvstore.spi.BlobStore;

final class FakeBlobStoreContractTest extends BlobStoreContract {

    @Override
    protected BlobStore createStore() {
        return new FakeBlobStore();
    }
}
