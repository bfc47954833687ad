package io.kvstore.grpc;

import io.kvstore.api.KVStoreException;
import org.jspecify.annotations.Nullable;

/**
 * A received message, or why it is none. A value, because gRPC answers an exception of a marshaller with UNKNOWN, while
 * the contract has a status for it.
 *
 * @param bytes its length on the wire
 */
record Decoded<T>(@Nullable T message, @Nullable KVStoreException failure, long bytes) {

    /** The message. @throws KVStoreException why there is none */
    T get() {
        if (message == null) {
            throw failure == null ? new IllegalStateException("neither a message nor a failure") : failure;
        }
        return message;
    }
}
