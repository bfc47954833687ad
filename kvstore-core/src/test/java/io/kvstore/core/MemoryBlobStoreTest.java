package io.kvstore.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvstore.api.Payload;
import io.kvstore.api.StoreId;
import io.kvstore.spi.Blob;
import io.kvstore.spi.BlobInfo;
import io.kvstore.spi.BlobKey;
import io.kvstore.spi.BlobStore;
import io.kvstore.spi.CallContext;
import io.kvstore.testkit.BlobStoreContract;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Random;
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

    private static ByteBuffer random(int bytes) {
        byte[] content = new byte[bytes];
        new Random(bytes).nextBytes(content);
        // Not at the beginning of its buffer, as a part of a message.
        return ByteBuffer.allocateDirect(bytes + 3).position(3).put(content).position(3);
    }
}
