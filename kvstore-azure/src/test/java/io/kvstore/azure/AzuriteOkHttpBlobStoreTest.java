package io.kvstore.azure;

import io.kvstore.spi.BlobStore;
import io.kvstore.testkit.BlobStoreContract;
import io.kvstore.testkit.azure.AzuriteExtension;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The contract, by the transport {@code okhttp}, against the emulator, which checks the signature of what arrives. */
class AzuriteOkHttpBlobStoreTest extends BlobStoreContract {

    @RegisterExtension
    static final AzuriteExtension AZURITE = AzuriteExtension.http();

    @Override
    protected BlobStore createStore() {
        return EmulatedStores.overHttp(AZURITE, Transport.OKHTTP);
    }

    /** A round trip each, to one Node process. */
    @Override
    protected int listedBlobs() {
        return 300;
    }
}
