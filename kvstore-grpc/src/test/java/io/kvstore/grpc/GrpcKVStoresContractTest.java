package io.kvstore.grpc;

import io.kvstore.api.KVStores;
import io.kvstore.testkit.KVStoreContract;
import io.kvstore.testkit.MemoryKVStores;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;

/** The client in front of a server is a KVStores like any other. */
class GrpcKVStoresContractTest extends KVStoreContract {

    @Override
    protected KVStores createStores() {
        try {
            MemoryKVStores stores = closeAfterTest(new MemoryKVStores());
            GrpcServer server = GrpcServer.builder(stores).host("127.0.0.1").start();
            closeAfterTest(() -> server.shutdown(Duration.ofSeconds(5)));
            return GrpcKVStores.builder("127.0.0.1:" + server.port()).build();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
