package io.kvstore.azure;

import io.kvstore.spi.BlobStore;
import io.kvstore.testkit.BlobStoreContract;
import io.kvstore.testkit.azure.AzuriteExtension;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The contract, encrypted and with tokens instead of signatures, as it runs in Azure. */
class AzuriteHttpsBlobStoreTest extends BlobStoreContract {

    @RegisterExtension
    static final AzuriteExtension AZURITE = AzuriteExtension.https();

    @Override
    protected BlobStore createStore() {
        return EmulatedStores.overHttps(AZURITE);
    }

    @Override
    protected int listedBlobs() {
        return 300;
    }
}
