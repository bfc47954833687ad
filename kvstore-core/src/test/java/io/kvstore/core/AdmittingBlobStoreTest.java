package io.kvstore.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvstore.api.StoreId;
import io.kvstore.spi.BlobInfo;
import io.kvstore.spi.BlobKey;
import io.kvstore.spi.CallContext;
import io.kvstore.testkit.FakeBlobStore;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;

/** Whoever ends an operation starts nothing of others: it may be the timer that ends the calls of all. */
class AdmittingBlobStoreTest {

    private final Keys keys = new Keys(1);
    private final ArrayDeque<Runnable> workers = new ArrayDeque<>();
    private final List<StoreId> asked = new ArrayList<>();

    private AdmittingBlobStore admitting(Workers workers) {
        ForwardingBlobStore backend = new ForwardingBlobStore(new FakeBlobStore()) {
            @Override
            public CompletableFuture<Optional<BlobInfo>> head(StoreId store, BlobKey key, CallContext context) {
                asked.add(store);
                return new CompletableFuture<>();
            }
        };
        return new AdmittingBlobStore(backend, new Admission(new Admission.Limits(1, 1_000, 10, 10), workers));
    }

    private CompletableFuture<Optional<BlobInfo>> head(AdmittingBlobStore store, String tenant) {
        CallContext soon = CallContext.endingIn(Duration.ofMinutes(1), System::nanoTime, "");
        return store.head(new StoreId(tenant, "llama"), keys.next(), soon);
    }

    @Test
    void what_a_cancelled_call_lets_in_is_started_by_a_worker() {
        AdmittingBlobStore store = admitting(new FairWorkers(workers::add));
        CompletableFuture<?> first = head(store, "acme");
        head(store, "globex");
        first.cancel(true);
        assertThat(asked).hasSize(1);

        workers.remove().run();

        assertThat(asked).hasSize(2);
        assertThat(workers).isEmpty();
    }

    @Test
    void an_end_that_lets_nobody_in_costs_the_workers_nothing() {
        head(admitting(new FairWorkers(workers::add)), "acme").cancel(true);

        assertThat(workers).isEmpty();
    }

    @Test
    void the_last_calls_of_a_store_that_is_closed_start_all_the_same() {
        AdmittingBlobStore store = admitting(new FairWorkers(task -> {
            throw new RejectedExecutionException();
        }));
        CompletableFuture<?> first = head(store, "acme");
        head(store, "globex");
        first.cancel(true);

        assertThat(asked).hasSize(2);
    }
}
