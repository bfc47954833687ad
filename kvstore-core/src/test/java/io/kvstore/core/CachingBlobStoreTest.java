package io.kvstore.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvstore.api.Payload;
import io.kvstore.api.StoreId;
import io.kvstore.api.Tier;
import io.kvstore.spi.Blob;
import io.kvstore.spi.BlobInfo;
import io.kvstore.spi.BlobKey;
import io.kvstore.spi.CallContext;
import io.kvstore.spi.Peek;
import io.kvstore.spi.PutResult;
import io.kvstore.testkit.BlobCall.Kind;
import io.kvstore.testkit.PayloadLedger;
import io.kvstore.testkit.RecordingBlobStore;
import io.kvstore.testkit.ScriptedBlobStore;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Where copies into a cache are made: the thread that brings the backend's answer belongs to all tenants. */
class CachingBlobStoreTest {

    private static final StoreId STORE = new StoreId("acme", "llama");
    private static final int LARGE = 16 * 1024 + 1;

    private final ScriptedBlobStore backend = ScriptedBlobStore.farAway();
    private final PayloadLedger ledger = new PayloadLedger();
    private final Queue<Runnable> handedOver = new ArrayDeque<>();
    private final Copies copies = new Copies();
    private final BlobKey key = new Keys(7).next();

    /** Notes what is kept. */
    private static final class Copies implements BlobCache {
        final Set<BlobKey> kept = new HashSet<>();
        int payloadBytes = 1;

        @Override
        public Optional<Blob> get(StoreId store, BlobKey key) {
            return Optional.empty();
        }

        @Override
        public Peek peek(StoreId store, BlobKey key) {
            return kept.contains(key) ? Peek.present(1, payloadBytes, Tier.MEMORY) : Peek.UNKNOWN;
        }

        @Override
        public void put(StoreId store, BlobKey key, Blob blob) {
            assertThat(blob.payload().buffer().remaining()).isPositive(); // it is open
            kept.add(key);
        }

        @Override
        public void remove(StoreId store, BlobKey key) {
            kept.remove(key);
        }

        @Override
        public void close() {}
    }

    @AfterEach
    void everyClaimIsGivenBack() throws Exception {
        ledger.awaitAllClosed(Duration.ofSeconds(10));
    }

    private static CallContext soon() {
        return CallContext.endingIn(Duration.ofMinutes(1), System::nanoTime, "");
    }

    private CompletableFuture<PutResult> put(CachingBlobStore caching, int bytes) {
        try (Payload payload = ledger.payload(new byte[bytes])) {
            return caching.put(STORE, key, new BlobInfo(1, bytes, 0, new byte[0]), payload, soon());
        }
    }

    /** The failure: 40 MB were copied on an event loop to Azure, and all that it serves waited for it. */
    @Test
    void a_large_payload_is_copied_by_a_worker_and_not_by_who_brings_the_answer() {
        CachingBlobStore caching =
                new CachingBlobStore(backend, copies, Workers.IN_PLACE, new FairWorkers(handedOver::add));
        backend.every(Kind.PUT).isHeld();
        CompletableFuture<PutResult> put = put(caching, LARGE);

        backend.releaseHeld(); // the loop brings the answer
        assertThat(copies.kept).isEmpty();
        handedOver.remove().run(); // a worker

        assertThat(copies.kept).containsExactly(key);
        assertThat(put).isCompletedWithValueMatching(PutResult::created);
    }

    @Test
    void a_small_payload_is_copied_at_once() {
        CachingBlobStore caching =
                new CachingBlobStore(backend, copies, Workers.IN_PLACE, new FairWorkers(handedOver::add));

        assertThat(put(caching, LARGE - 1)).isCompletedWithValueMatching(PutResult::created);
        assertThat(copies.kept).containsExactly(key);
        assertThat(handedOver).isEmpty();
    }

    @Test
    void what_was_stored_already_is_answered_at_once() {
        CachingBlobStore caching =
                new CachingBlobStore(backend, copies, Workers.IN_PLACE, new FairWorkers(handedOver::add));
        CompletableFuture<PutResult> first = put(caching, LARGE);
        handedOver.remove().run();
        assertThat(first).isCompleted();

        assertThat(put(caching, LARGE)).isCompletedWithValueMatching(result -> !result.created());
        assertThat(handedOver).isEmpty();
    }

    /** The failure: the backend was asked, and the request cancelled at once, for every read that nobody waits for any more. */
    @Test
    void a_read_that_is_given_up_while_it_waits_for_a_worker_asks_nobody() {
        RecordingBlobStore recorded = RecordingBlobStore.over(backend);
        FairWorkers workers = new FairWorkers(handedOver::add);
        CachingBlobStore caching = new CachingBlobStore(recorded, copies, workers, workers);
        copies.kept.add(key);
        copies.payloadBytes = LARGE;
        CompletableFuture<?> get = caching.get(STORE, key, soon());

        get.cancel(true);
        handedOver.remove().run();

        assertThat(recorded.calls()).isEmpty();
    }

    @Test
    void a_write_is_answered_though_no_worker_takes_the_copy_any_more() {
        CachingBlobStore caching = new CachingBlobStore(backend, copies, Workers.IN_PLACE, new FairWorkers(work -> {
            throw new RejectedExecutionException("closing");
        }));

        assertThat(put(caching, LARGE)).isCompletedWithValueMatching(PutResult::created);
    }
}
