package io.kvstore.azure;

import io.kvstore.api.KVStores;
import io.kvstore.core.CoreKVStores;
import io.kvstore.testkit.KVStoreContract;
import io.kvstore.testkit.azure.FakeBlobService;

/** What callers are promised, by the whole stack over the fake. */
class FakeServiceKVStoresTest extends KVStoreContract {

    @Override
    protected KVStores createStores() throws Exception {
        return CoreKVStores.builder(EmulatedStores.over(
                        closeAfterTest(FakeBlobService.builder().start())))
                .build();
    }
}
