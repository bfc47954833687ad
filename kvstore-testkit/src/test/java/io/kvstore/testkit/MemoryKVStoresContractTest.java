package io.kvstore.testkit;

import io.kvstore.api.KVStores;

final class MemoryKVStoresContractTest extends KVStoreContract {

    @Override
    protected KVStores createStores() {
        return new MemoryKVStores();
    }
}
