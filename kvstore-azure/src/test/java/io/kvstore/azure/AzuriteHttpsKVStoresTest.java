package io.kvstore.azure;

import io.kvstore.api.KVStores;
import io.kvstore.core.CoreKVStores;
import io.kvstore.testkit.KVStoreContract;
import io.kvstore.testkit.azure.AzuriteExtension;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What callers are promised, by the whole stack over the emulator, encrypted and with tokens, as it runs in Azure. */
class AzuriteHttpsKVStoresTest extends KVStoreContract {

    @RegisterExtension
    static final AzuriteExtension AZURITE = AzuriteExtension.https();

    @Override
    protected KVStores createStores() {
        return CoreKVStores.builder(EmulatedStores.overHttps(AZURITE)).build();
    }
}
