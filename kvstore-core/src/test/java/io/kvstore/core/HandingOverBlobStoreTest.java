package io.kvstore.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvstore.api.StoreId;
import io.kvstore.spi.Blob;
import io.kvstore.spi.BlobInfo;
import io.kvstore.spi.BlobKey;
import io.kvstore.spi.CallContext;
import io.kvstore.testkit.FakeBlobStore;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;

/** Whoever brings an answer runs nothing of who waits for it. */
class HandingOverBlobStoreTest {

    private static final StoreId STORE = new StoreId("acme", "kv-cache");
    private static final BlobKey KEY = new Keys(1).next();

    private final ArrayDeque<Runnable> workers = new ArrayDeque<>();
    private final CompletableFuture<Optional<BlobInfo>> answer = new CompletableFuture<>();
    private final HandingOverBlobStore store = new HandingOverBlobStore(backend(), new FairWorkers(workers::add));

    private ForwardingBlobStore backend() {
        return new ForwardingBlobStore(new FakeBlobStore()) {
            @Override
            public CompletableFuture<Optional<BlobInfo>> head(StoreId id, BlobKey key, CallContext context) {
                return answer;
            }
        };
    }

    private static CallContext soon() {
        return CallContext.endingIn(Duration.ofMinutes(1), System::nanoTime, "");
    }

    @Test
    void an_answer_and_a_failure_are_passed_on_by_a_worker() {
        CompletableFuture<Optional<BlobInfo>> head = store.head(STORE, KEY, soon());
        answer.completeExceptionally(new IllegalStateException("down"));
        assertThat(head).isNotDone();

        workers.remove().run();

        assertThat(head).isCompletedExceptionally();
        assertThat(workers).isEmpty();
    }

    @Test
    void what_is_known_at_once_costs_no_change_of_thread() {
        CompletableFuture<Optional<Blob>> get = store.get(STORE, KEY, soon());

        assertThat(get).isCompletedWithValue(Optional.empty());
        assertThat(workers).isEmpty();
    }

    @Test
    void giving_up_reaches_the_backend() {
        store.head(STORE, KEY, soon()).cancel(true);

        assertThat(answer).isCancelled();
    }

    @Test
    void the_last_answers_of_a_store_that_is_closed_come_all_the_same() {
        HandingOverBlobStore closed = new HandingOverBlobStore(backend(), new FairWorkers(task -> {
            throw new RejectedExecutionException();
        }));
        CompletableFuture<Optional<BlobInfo>> head = closed.head(STORE, KEY, soon());

        answer.complete(Optional.empty());

        assertThat(head).isCompletedWithValue(Optional.empty());
    }
}
