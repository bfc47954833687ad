package io.kvstore.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvstore.api.KVStore;
import io.kvstore.api.KVStores;
import io.kvstore.api.StoreId;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KillStormIT {

    private static final int ROUNDS = 20;
    private static final long MAX_START_MILLIS = 5_000;
    private static final StoreId STORE = new StoreId("storm", "chunks");

    /** Acknowledging before the bytes are safe, showing half a record, and a start that reads all of the data. */
    @Test
    void kill_9_in_a_storm_of_writes_loses_no_acknowledged_chunk_and_shows_no_half_one(@TempDir Path dir)
            throws Exception {
        WriteStorm storm = new WriteStorm(9);
        SplittableRandom random = new SplittableRandom(9);
        String data = dir.resolve("data").toString();
        int acknowledged = 0;
        for (int round = 0; round < ROUNDS; round++) {
            try (ChildServer server = ChildServer.serving("--data-dir", data);
                    KVStores stores = server.client()) {
                assertThat(server.startMillis()).isLessThan(MAX_START_MILLIS);
                KVStore store = stores.store(STORE);
                acknowledged += storm.checkNew(store);
                storm.run(store, 1 + random.nextInt(60), server::kill);
            }
        }
        try (ChildServer server = ChildServer.serving("--data-dir", data);
                KVStores stores = server.client()) {
            acknowledged += storm.checkNew(stores.store(STORE));
            assertThat(storm.checkAll(stores.store(STORE)))
                    .isEqualTo(acknowledged)
                    .isGreaterThan(ROUNDS);
        }
    }
}
