package io.kvstore.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvstore.api.Payload;
import io.kvstore.api.StoreId;
import io.kvstore.api.Tier;
import io.kvstore.spi.Blob;
import io.kvstore.spi.BlobInfo;
import io.kvstore.spi.BlobKey;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class MemoryBlobCacheTest {

    private static final StoreId STORE = new StoreId("acme", "llama");

    private final Keys keys = new Keys(1);
    private final MemoryBlobCache cache = new MemoryBlobCache(16 << 20, false, Runnable::run);

    @Test
    void bytes_that_changed_after_they_were_stored_are_not_kept() {
        ByteBuffer callers = ByteBuffer.allocateDirect(100_000);
        BlobInfo stored = new BlobInfo(1, 100_000, Crc32c.of(callers), new byte[0]);
        callers.put(99_999, (byte) 1);
        BlobKey key = keys.next();

        put(key, stored, callers);

        assertThat(cache.get(STORE, key)).isEmpty();
    }

    @Test
    void a_chunk_that_was_evicted_left_its_memory_to_others() {
        ByteBuffer payload = ByteBuffer.allocateDirect(1_200_000);
        BlobInfo info = new BlobInfo(1, 1_200_000, Crc32c.of(payload), new byte[0]);
        for (int i = 0; i < 1_000; i++) {
            put(keys.next(), info, payload);
        }
        assertThat(cache.memoryBytes()).isLessThan(20 << 20);
    }

    @Test
    void chunks_of_another_size_take_the_room_of_those_before_and_no_more() {
        for (int bytes : new int[] {1_200_000, 1_300_000, 2_000_000, 100_000, 9_000_000}) {
            ByteBuffer payload = ByteBuffer.allocateDirect(bytes);
            BlobInfo info = new BlobInfo(1, bytes, Crc32c.of(payload), new byte[0]);
            for (int i = 0; i < 100; i++) {
                put(keys.next(), info, payload);
            }
            assertThat(cache.memoryBytes()).isLessThanOrEqualTo(32 << 20);
        }
    }

    private void put(BlobKey key, BlobInfo info, ByteBuffer bytes) {
        try (Payload payload = Payload.of(bytes, () -> {})) {
            cache.put(STORE, key, new Blob(info, payload, Tier.UNSPECIFIED, Blob.NO_VERSION));
        }
    }
}
