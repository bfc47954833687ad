package io.kvstore.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvstore.api.Payload;
import io.kvstore.api.Reason;
import io.kvstore.api.StoreId;
import io.kvstore.spi.Blob;
import io.kvstore.spi.BlobInfo;
import io.kvstore.spi.BlobKey;
import io.kvstore.spi.PutResult;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class ScriptedBlobStoreTest {

    private static final StoreId STORE = BlobStoreFixture.STORE;
    private static final StoreId OTHER = new StoreId("tenant-b", "kv-cache");
    private static final BlobKey KEY = BlobStoreFixture.key(1);
    private static final byte[] BYTES = Prompts.seeded(1).payloadBytes(1, 1_000);
    private static final BlobInfo INFO = BlobStoreFixture.info(1, BYTES);

    private final PayloadLedger ledger = new PayloadLedger();
    private final RecordingBlobStore beneath = RecordingBlobStore.inMemory();
    private final ScriptedBlobStore blobs = ScriptedBlobStore.over(beneath);

    @AfterEach
    void close() throws Exception {
        blobs.close();
        ledger.awaitAllClosed(Duration.ofSeconds(10));
    }

    @Test
    void the_next_call_fails_and_is_not_passed_on_and_the_one_after_works() {
        blobs.next(BlobCall.Kind.PUT).fails(Reason.UNAVAILABLE);

        assertThat(Await.failureOf(() -> put(STORE, KEY)).reason()).isEqualTo(Reason.UNAVAILABLE);
        assertThat(beneath.calls()).isEmpty();
        assertThat(Await.get(put(STORE, KEY)).created()).isTrue();
    }

    @Test
    void a_rule_holds_for_its_kind_its_key_its_store_and_its_count_only() {
        Await.get(put(STORE, KEY));
        blobs.every(BlobCall.Kind.GET).of(KEY).in(STORE).times(2).fails(Reason.DATA_LOSS);

        assertThat(Await.get(blobs.head(STORE, KEY, BlobStoreFixture.soon()))).contains(INFO);
        assertThat(Await.get(get(OTHER, KEY))).isEmpty();
        assertThat(Await.get(get(STORE, BlobStoreFixture.key(2)))).isEmpty();
        for (int i = 0; i < 2; i++) {
            assertThat(Await.failureOf(() -> get(STORE, KEY)).reason()).isEqualTo(Reason.DATA_LOSS);
        }
        BlobStoreFixture.assertBlob(Await.get(get(STORE, KEY)), INFO, BYTES);
    }

    @Test
    void the_rule_given_last_applies_until_all_are_healed() {
        blobs.every(BlobCall.Kind.HEAD).fails(Reason.UNAVAILABLE);
        blobs.next(BlobCall.Kind.HEAD).fails(new IllegalStateException("not ours"));

        assertThat(Await.failureOf(this::head).reason()).isEqualTo(Reason.INTERNAL);
        assertThat(Await.failureOf(this::head).reason()).isEqualTo(Reason.UNAVAILABLE);
        assertThat(Await.failureOf(this::head).reason()).isEqualTo(Reason.UNAVAILABLE);
        blobs.heal();
        assertThat(Await.get(head())).isEmpty();
    }

    @Test
    void a_put_whose_answer_is_lost_is_stored() {
        blobs.next(BlobCall.Kind.PUT).areDoneAndFail(Reason.UNAVAILABLE);

        assertThat(Await.failureOf(() -> put(STORE, KEY)).reason()).isEqualTo(Reason.UNAVAILABLE);

        assertThat(Await.get(put(STORE, KEY)).created()).isFalse();
    }

    @Test
    void held_calls_wait_with_their_bytes_until_released() {
        blobs.every(BlobCall.Kind.PUT).isHeld();
        CompletableFuture<PutResult> first = put(STORE, KEY);
        CompletableFuture<PutResult> second = put(STORE, BlobStoreFixture.key(2));
        assertThat(blobs.heldCount()).isEqualTo(2);
        assertThat(beneath.calls()).isEmpty();
        assertThat(ledger.openCount()).isEqualTo(2);

        assertThat(blobs.releaseOne()).isTrue();

        assertThat(first).isCompleted();
        assertThat(second).isNotDone();
        blobs.releaseHeld();
        assertThat(second).isCompleted();
        assertThat(blobs.releaseOne()).isFalse();
        BlobStoreFixture.assertBlob(Await.get(get(STORE, KEY)), INFO, BYTES);
    }

    @Test
    void a_held_call_that_is_cancelled_is_never_made() {
        blobs.every(BlobCall.Kind.PUT).isHeld();
        CompletableFuture<PutResult> put = put(STORE, KEY);

        put.cancel(true);

        assertThat(blobs.heldCount()).isZero();
        assertThat(ledger.openCount()).isZero();
        blobs.releaseHeld();
        assertThat(beneath.calls()).isEmpty();
    }

    @Test
    void a_call_that_is_never_answered_can_be_cancelled_and_ends_with_the_store() {
        blobs.every(BlobCall.Kind.GET).isNeverAnswered();
        CompletableFuture<Optional<Blob>> cancelled = get(STORE, KEY);
        CompletableFuture<Optional<Blob>> open = get(STORE, KEY);

        blobs.releaseHeld();
        cancelled.cancel(true);
        assertThat(open).isNotDone();
        blobs.close();

        assertThat(Await.failureOf(() -> open).reason()).isEqualTo(Reason.UNAVAILABLE);
        assertThat(Await.failureOf(() -> get(STORE, KEY)).reason()).isEqualTo(Reason.UNAVAILABLE);
    }

    @Test
    void the_cancel_of_a_released_call_reaches_the_store_beneath() {
        ScriptedBlobStore outer = ScriptedBlobStore.over(blobs);
        blobs.every(BlobCall.Kind.HEAD).isHeld();
        outer.every(BlobCall.Kind.HEAD).isHeld();
        CompletableFuture<Optional<BlobInfo>> head = outer.head(STORE, KEY, BlobStoreFixture.soon());
        outer.releaseHeld();
        assertThat(blobs.heldCount()).isEqualTo(1);

        head.cancel(true);

        assertThat(blobs.heldCount()).isZero();
    }

    @Test
    void a_get_comes_back_flipped_truncated_zeroed_or_empty() {
        Await.get(put(STORE, KEY));

        blobs.next(BlobCall.Kind.GET).flipsABit();
        assertThat(bytesOf(get(STORE, KEY))).hasSize(1_000).isNotEqualTo(BYTES);
        blobs.next(BlobCall.Kind.GET).truncatesTo(700);
        assertThat(bytesOf(get(STORE, KEY))).isEqualTo(Arrays.copyOf(BYTES, 700));
        blobs.next(BlobCall.Kind.GET).zerosFrom(700);
        assertThat(bytesOf(get(STORE, KEY))).isEqualTo(Arrays.copyOf(Arrays.copyOf(BYTES, 700), 1_000));
        blobs.next(BlobCall.Kind.GET).findsNothing();
        assertThat(Await.get(get(STORE, KEY))).isEmpty();
        assertThat(bytesOf(get(STORE, KEY))).isEqualTo(BYTES);
    }

    @Test
    void only_a_get_has_bytes_to_change() {
        assertThatThrownBy(() -> blobs.next(BlobCall.Kind.HEAD).flipsABit())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("kind: HEAD (expected: GET, which alone answers bytes)");
    }

    private static byte[] bytesOf(CompletableFuture<Optional<Blob>> get) {
        try (Blob blob = Await.get(get).orElseThrow()) {
            assertThat(blob.info()).isEqualTo(INFO);
            return blob.payload().toByteArray();
        }
    }

    private CompletableFuture<PutResult> put(StoreId store, BlobKey key) {
        try (Payload payload = ledger.payload(BYTES)) {
            return blobs.put(store, key, INFO, payload, BlobStoreFixture.soon());
        }
    }

    private CompletableFuture<Optional<Blob>> get(StoreId store, BlobKey key) {
        return blobs.get(store, key, BlobStoreFixture.soon());
    }

    private CompletableFuture<Optional<BlobInfo>> head() {
        return blobs.head(STORE, KEY, BlobStoreFixture.soon());
    }
}
