package io.kvstore.azure;

import io.kvstore.spi.BlobStore;
import io.kvstore.testkit.BlobStoreContract;
import io.kvstore.testkit.azure.AzuriteExtension;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The contract, against the emulator that Microsoft's own tools are tested with. */
class AzuriteBlobStoreTest extends BlobStoreContract {

    @RegisterExtension
    static final AzuriteExtension AZURITE = AzuriteExtension.http();

    @Override
    protected BlobStore createStore() {
        return EmulatedStores.overHttp(AZURITE);
    }

    /** A round trip each, to one Node process. */
    @Override
    protected int listedBlobs() {
        return 300;
    }
}
