package io.kvstore.azure;

import io.kvstore.spi.BlobStore;
import io.kvstore.testkit.BlobStoreContract;
import io.kvstore.testkit.azure.FakeBlobService;

/** The contract, against the fake: what is tested with its faults is the same store. */
class FakeServiceBlobStoreTest extends BlobStoreContract {

    @Override
    protected BlobStore createStore() throws Exception {
        return EmulatedStores.over(closeAfterTest(FakeBlobService.builder().start()));
    }
}
