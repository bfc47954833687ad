package io.kvstore.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvstore.api.KVStoreException;
import io.kvstore.api.Payload;
import io.kvstore.api.Reason;
import io.kvstore.api.StoreId;
import io.kvstore.spi.Blob;
import io.kvstore.spi.BlobInfo;
import io.kvstore.spi.BlobKey;
import io.kvstore.spi.BlobStore;
import io.kvstore.spi.CallContext;
import io.kvstore.testkit.BlobStoreContract;
import io.kvstore.testkit.ManualClock;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;

class MemoryBlobStoreTest extends BlobStoreContract {

    private static final StoreId STORE = new StoreId("acme", "llama");
    private static final CallContext CONTEXT = CallContext.endingIn(Duration.ofMinutes(1), System::nanoTime, "");

    @Override
    protected BlobStore createStore() {
        return MemoryBlobStore.builder().build();
    }

    @Test
    void the_sum_of_what_is_stored_is_that_of_the_copy_at_any_size() {
        Keys keys = new Keys(1);
        try (BlobStore blobs = createStore()) {
            for (int bytes : new int[] {0, 1, 16 * 1024, 16 * 1024 + 1, 64 * 1024, 64 * 1024 + 1, 1_200_000}) {
                BlobKey key = keys.next();
                ByteBuffer payload = random(bytes);
                BlobInfo unsummed = new BlobInfo(1, bytes, 0, new byte[0]);
                BlobInfo stored;
                try (Payload claim = Payload.of(payload, () -> {})) {
                    stored = blobs.put(STORE, key, unsummed, claim, CONTEXT)
                            .join()
                            .stored();
                }
                assertThat(stored.crc32c()).isEqualTo(Crc32c.of(payload));
                try (Blob blob = blobs.get(STORE, key, CONTEXT).join().orElseThrow()) {
                    assertThat(blob.info()).isEqualTo(stored);
                    assertThat(blob.payload().buffer()).isEqualTo(payload);
                }
            }
        }
    }

    /** The failure: an OutOfMemoryError for the caller, or room that a delete does not give back. */
    @Test
    void in_a_jvm_without_direct_memory_puts_are_refused_until_something_is_deleted() {
        Keys keys = new Keys(2);
        BlobKey first = keys.next();
        try (BlobStore scarce = MemoryBlobStore.builder()
                .arena(ScarceSlabs.arena(8 << 20, new ManualClock()))
                .build()) {
            assertThat(put(scarce, first, 6_000_000)).isEmpty();
            assertThat(put(scarce, keys.next(), 6_000_000)).hasValue(Reason.RESOURCE_EXHAUSTED);
            assertThat(put(scarce, keys.next(), 6_000_000)).hasValue(Reason.RESOURCE_EXHAUSTED);
            scarce.get(STORE, first, CONTEXT).join().orElseThrow().close();

            assertThat(scarce.delete(STORE, first, CONTEXT).join()).isTrue();

            assertThat(put(scarce, keys.next(), 6_000_000)).isEmpty();
        }
    }

    /** Why not, if it was not stored. */
    private static Optional<Reason> put(BlobStore store, BlobKey key, int bytes) {
        try (Payload payload = Payload.of(random(bytes), () -> {})) {
            store.put(STORE, key, new BlobInfo(1, bytes, 0, new byte[0]), payload, CONTEXT)
                    .join();
            return Optional.empty();
        } catch (CompletionException e) {
            return Optional.of(KVStoreException.of(e).reason());
        }
    }

    private static ByteBuffer random(int bytes) {
        byte[] content = new byte[bytes];
        new Random(bytes).nextBytes(content);
        // Not at the beginning of its buffer, as a part of a message.
        return ByteBuffer.allocateDirect(bytes + 3).position(3).put(content).position(3);
    }
}
