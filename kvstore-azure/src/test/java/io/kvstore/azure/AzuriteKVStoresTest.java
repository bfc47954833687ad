package io.kvstore.azure;

import io.kvstore.api.KVStores;
import io.kvstore.core.CoreKVStores;
import io.kvstore.testkit.KVStoreContract;
import io.kvstore.testkit.azure.AzuriteExtension;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What callers are promised, by the whole stack over the emulator. */
class AzuriteKVStoresTest extends KVStoreContract {

    @RegisterExtension
    static final AzuriteExtension AZURITE = AzuriteExtension.http();

    @Override
    protected KVStores createStores() {
        return CoreKVStores.builder(EmulatedStores.overHttp(AZURITE)).build();
    }
}
