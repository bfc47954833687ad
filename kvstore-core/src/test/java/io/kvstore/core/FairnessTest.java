package io.kvstore.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvstore.api.AccessPolicy.Grant;
import io.kvstore.api.KVStoreException;
import io.kvstore.api.ReadResult;
import io.kvstore.api.Reason;
import io.kvstore.api.StoreId;
import io.kvstore.testkit.BlobCall.Kind;
import io.kvstore.testkit.ScriptedBlobStore;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** One customer does not feel another: the failure in each is a call that waits for all that another has queued. */
class FairnessTest {

    private static final int MANY = 20;

    private final Keys keys = new Keys(1);
    private final ScriptedBlobStore backend = ScriptedBlobStore.farAway();
    private final Semaphore steps = new Semaphore(0);
    private final AtomicInteger begun = new AtomicInteger();
    private final List<CompletableFuture<Grant>> decisions = new ArrayList<>();
    private boolean isAskedLate;
    private final CoreKVStores stores = CoreKVStores.builder(new ForwardingBlobStore(backend) {
                @Override
                public boolean answersOnIoThreads() {
                    return true;
                }
            })
            .accessPolicy((resource, token) -> decision())
            .workers(1)
            .build();

    private CompletableFuture<Grant> decision() {
        if (!isAskedLate) {
            return CompletableFuture.completedFuture(Grant.UNLIMITED);
        }
        CompletableFuture<Grant> later = new CompletableFuture<>();
        decisions.add(later);
        return later;
    }

    @AfterEach
    void close() {
        steps.release(10 * MANY);
        backend.heal();
        stores.close();
    }

    private CompletableFuture<ReadResult> read(String resource) {
        return stores.store(new StoreId(resource, "llama")).read(keys.next().name());
    }

    /** Its answer holds the worker that brings it until the test ends. */
    private void slowRead(String resource) {
        var unused = read(resource).whenComplete((answer, failure) -> {
            begun.incrementAndGet();
            steps.acquireUninterruptibly();
        });
    }

    private void assertServedMeanwhile(CompletableFuture<ReadResult> small) throws Exception {
        small.get(30, TimeUnit.SECONDS).close();
        assertThat(begun).hasValueLessThanOrEqualTo(1);
    }

    @Test
    void an_answer_of_the_storage_does_not_wait_for_another_customers() throws Exception {
        backend.every(Kind.GET).isHeld();
        for (int i = 0; i < MANY; i++) {
            slowRead("greedy");
        }
        CompletableFuture<ReadResult> small = read("small");

        backend.releaseHeld();

        assertServedMeanwhile(small);
    }

    @Test
    void a_late_permission_does_not_wait_for_another_customers() throws Exception {
        isAskedLate = true;
        for (int i = 0; i < MANY; i++) {
            slowRead("greedy");
        }
        CompletableFuture<ReadResult> small = read("small");

        decisions.forEach(decision -> decision.complete(Grant.UNLIMITED));

        assertServedMeanwhile(small);
    }

    @Test
    void a_late_permission_does_not_wait_for_refusals_however_many_names_were_made_up() throws Exception {
        isAskedLate = true;
        for (int i = 0; i < MANY; i++) {
            slowRead("invented" + i);
        }
        CompletableFuture<ReadResult> small = read("small");

        decisions
                .subList(0, MANY)
                .forEach(decision ->
                        decision.completeExceptionally(new KVStoreException(Reason.PERMISSION_DENIED, "no")));
        decisions.get(MANY).complete(Grant.UNLIMITED);

        assertServedMeanwhile(small);
    }
}
