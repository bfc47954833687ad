package io.kvstore.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvstore.api.Payload;
import io.kvstore.api.StoreId;
import io.kvstore.spi.BlobKey;
import io.kvstore.spi.KeyRange;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class RecordingBlobStoreTest {

    private static final StoreId STORE = BlobStoreFixture.STORE;
    private static final BlobKey KEY = BlobStoreFixture.key(1);

    @Test
    void calls_are_told_in_order_with_their_store_and_key_and_peeks_are_not() {
        try (RecordingBlobStore blobs = RecordingBlobStore.inMemory()) {
            byte[] bytes = {1, 2, 3};
            Await.get(blobs.put(
                    STORE, KEY, BlobStoreFixture.info(1, bytes), Payload.wrap(bytes), BlobStoreFixture.soon()));
            Await.get(blobs.head(STORE, KEY, BlobStoreFixture.soon()));
            assertThat(blobs.peek(STORE, KEY).isPresent()).isTrue();
            Await.get(blobs.list(STORE, KeyRange.ALL, Optional.empty(), BlobStoreFixture.soon()));
            Await.get(blobs.delete(STORE, KEY, BlobStoreFixture.soon()));
            Await.get(blobs.get(STORE, KEY, BlobStoreFixture.soon()));

            assertThat(blobs.calls())
                    .containsExactly(
                            BlobCall.of(BlobCall.Kind.PUT, STORE, KEY),
                            BlobCall.of(BlobCall.Kind.HEAD, STORE, KEY),
                            BlobCall.listing(STORE),
                            BlobCall.of(BlobCall.Kind.DELETE, STORE, KEY),
                            BlobCall.of(BlobCall.Kind.GET, STORE, KEY));
            assertThat(blobs.callsOf(BlobCall.Kind.HEAD)).hasSize(1);
            assertThat(blobs.countOf(BlobCall.Kind.GET)).isEqualTo(1);
            blobs.reset();
            assertThat(blobs.calls()).isEmpty();
        }
    }

    @Test
    void what_is_under_way_and_what_was_cancelled_is_counted() {
        ScriptedBlobStore slow = ScriptedBlobStore.inMemory();
        slow.every(BlobCall.Kind.HEAD).isHeld();
        try (RecordingBlobStore blobs = RecordingBlobStore.over(slow)) {
            var first = blobs.head(STORE, KEY, BlobStoreFixture.soon());
            var second = blobs.head(STORE, KEY, BlobStoreFixture.soon());
            assertThat(blobs.underWayCount()).isEqualTo(2);

            first.cancel(true);

            assertThat(blobs.underWayCount()).isEqualTo(1);
            assertThat(blobs.cancelledCount()).isEqualTo(1);
            slow.releaseHeld();
            assertThat(second).isCompleted();
            assertThat(blobs.underWayCount()).isZero();
            assertThat(blobs.cancelledCount()).isEqualTo(1);
        }
    }
}
