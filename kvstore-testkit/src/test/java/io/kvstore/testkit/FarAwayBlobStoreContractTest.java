package io.kvstore.testkit;

import io.kvstore.spi.BlobStore;

final class FarAwayBlobStoreContractTest extends BlobStoreContract {

    @Override
    protected BlobStore createStore() {
        return ScriptedBlobStore.farAway();
    }
}
