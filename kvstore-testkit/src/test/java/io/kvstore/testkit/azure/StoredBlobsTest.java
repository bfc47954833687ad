package io.kvstore.testkit.azure;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class StoredBlobsTest {

    private static final int BYTES = 100;

    @Test
    void where_the_oldest_go_two_that_write_at_once_both_find_room() throws Exception {
        StoredBlobs blobs = new StoredBlobs(10L * BYTES + BYTES / 2, true);
        ConcurrentSkipListMap<String, StoredBlob> container = new ConcurrentSkipListMap<>();
        ExecutorService threads = Executors.newFixedThreadPool(2);
        try {
            List<Callable<Boolean>> writers = new ArrayList<>();
            for (int writer = 0; writer < 2; writer++) {
                String prefix = writer + "/";
                writers.add(() -> writeAll(blobs, container, prefix));
            }
            for (Future<Boolean> writer : threads.invokeAll(writers)) {
                assertThat(writer.get()).isTrue();
            }
        } finally {
            threads.shutdownNow();
        }
    }

    private static boolean writeAll(
            StoredBlobs blobs, ConcurrentSkipListMap<String, StoredBlob> container, String prefix) {
        boolean all = true;
        for (int i = 0; i < 20_000; i++) {
            all &= blobs.reserve(BYTES);
            StoredBlob blob = new StoredBlob("", "", "", Map.of(), Unpooled.wrappedBuffer(new byte[BYTES]));
            container.put(prefix + i, blob);
            blobs.added(container, prefix + i, blob);
        }
        return all;
    }
}
