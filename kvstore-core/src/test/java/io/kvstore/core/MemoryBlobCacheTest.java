package io.kvstore.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvstore.api.Payload;
import io.kvstore.api.StoreId;
import io.kvstore.api.Tier;
import io.kvstore.spi.Blob;
import io.kvstore.spi.BlobInfo;
import io.kvstore.spi.BlobKey;
import io.kvstore.testkit.ManualClock;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class MemoryBlobCacheTest {

    private static final StoreId STORE = new StoreId("acme", "llama");

    private final Keys keys = new Keys(1);
    private final ManualClock clock = new ManualClock();
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

    /** The failure: its error went to whoever wrote or read the chunk, or the cache kept what it had for ever. */
    @Test
    void in_a_jvm_without_direct_memory_the_coldest_make_room_for_what_comes() {
        MemoryBlobCache scarce = new MemoryBlobCache(1L << 30, ScarceSlabs.arena(20 << 20, clock), Runnable::run);
        ByteBuffer payload = ByteBuffer.allocateDirect(1_200_000);
        BlobInfo info = new BlobInfo(1, 1_200_000, Crc32c.of(payload), new byte[0]);
        for (int i = 0; i < 100; i++) {
            BlobKey key = keys.next();
            put(scarce, key, info, payload);
            scarce.get(STORE, key).ifPresent(Blob::close);
        }
        BlobKey last = keys.next();
        put(scarce, last, info, payload);

        try (Blob blob = scarce.get(STORE, last).orElseThrow()) {
            assertThat(blob.payload().buffer()).isEqualTo(payload);
        }
        assertThat(scarce.memoryBytes()).isBetween(10L << 20, 20L << 20);
        scarce.close();
    }

    /** Somebody reads all that is cached: no room can be made, and the read or write is no worse for it. */
    @Test
    void what_finds_no_memory_at_all_is_not_kept() {
        MemoryBlobCache scarce = new MemoryBlobCache(1L << 30, ScarceSlabs.arena(0, clock), Runnable::run);
        ByteBuffer payload = ByteBuffer.allocateDirect(100_000);
        BlobKey key = keys.next();

        put(scarce, key, new BlobInfo(1, 100_000, Crc32c.of(payload), new byte[0]), payload);

        assertThat(scarce.get(STORE, key)).isEmpty();
        scarce.close();
    }

    private void put(BlobKey key, BlobInfo info, ByteBuffer bytes) {
        put(cache, key, info, bytes);
    }

    private static void put(MemoryBlobCache cache, BlobKey key, BlobInfo info, ByteBuffer bytes) {
        try (Payload payload = Payload.of(bytes, () -> {})) {
            cache.put(STORE, key, new Blob(info, payload, Tier.UNSPECIFIED, Blob.NO_VERSION));
        }
    }
}
