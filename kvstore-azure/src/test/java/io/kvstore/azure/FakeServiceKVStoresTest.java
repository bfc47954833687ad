package io.kvstore.azure;

import io.kvstore.api.KVStores;
import io.kvstore.api.StoreId;
import io.kvstore.core.CoreKVStores;
import io.kvstore.testkit.KVStoreContract;
import io.kvstore.testkit.RecordingBlobStore;
import io.kvstore.testkit.azure.FakeBlobService;

/** What callers are promised, by the whole stack over the fake. */
class FakeServiceKVStoresTest extends KVStoreContract {

    @Override
    protected KVStores createStores() throws Exception {
        RecordingBlobStore backend = RecordingBlobStore.over(
                EmulatedStores.over(closeAfterTest(FakeBlobService.builder().start())));
        KVStores stores = CoreKVStores.builder(backend).build();
        ReadyFilter.await(stores.store(new StoreId("tenant-a", "kv-cache")), backend);
        return stores;
    }
}
