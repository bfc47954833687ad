package io.kvstore.testkit;

import io.kvstore.api.StoreId;
import io.kvstore.spi.BlobKey;
import java.util.Optional;

/**
 * A call of a {@link io.kvstore.spi.BlobStore} that can cost I/O.
 *
 * @param kind which method
 * @param store the store asked
 * @param key the blob's name, absent for a listing
 */
public record BlobCall(Kind kind, StoreId store, Optional<BlobKey> key) {

    /** The methods that can cost I/O; a peek costs none. */
    public enum Kind {
        GET,
        HEAD,
        PUT,
        DELETE,
        LIST
    }

    static BlobCall of(Kind kind, StoreId store, BlobKey key) {
        return new BlobCall(kind, store, Optional.of(key));
    }

    static BlobCall listing(StoreId store) {
        return new BlobCall(Kind.LIST, store, Optional.empty());
    }
}
