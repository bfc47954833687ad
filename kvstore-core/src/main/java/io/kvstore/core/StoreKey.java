package io.kvstore.core;

import io.kvstore.api.StoreId;
import io.kvstore.spi.BlobKey;

/** A blob's full name: isolation needs no discipline where the store is part of every key. */
record StoreKey(StoreId store, BlobKey key) {

    @Override
    public int hashCode() {
        return store.hashCode() * 31 + key.hashCode();
    }
}
