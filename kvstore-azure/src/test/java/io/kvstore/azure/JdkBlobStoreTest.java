package io.kvstore.azure;

import io.kvstore.spi.BlobStore;
import io.kvstore.testkit.BlobStoreContract;
import io.kvstore.testkit.azure.FakeBlobService;

/** The contract, by the transport {@code jdk}, against the fake. */
class JdkBlobStoreTest extends BlobStoreContract {

    @Override
    protected BlobStore createStore() throws Exception {
        return EmulatedStores.over(closeAfterTest(FakeBlobService.builder().start()), Transport.JDK);
    }
}
