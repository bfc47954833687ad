package io.kvstore.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvstore.api.AccessPolicy;
import io.kvstore.api.AccessPolicy.Grant;
import io.kvstore.api.CallOptions;
import io.kvstore.api.CallerToken;
import io.kvstore.api.KVStore;
import io.kvstore.api.KVStoreException;
import io.kvstore.api.LookupResult;
import io.kvstore.api.PromptChunk;
import io.kvstore.api.ReadQuestion;
import io.kvstore.api.ReadResult;
import io.kvstore.api.Reason;
import io.kvstore.api.StoreId;
import io.kvstore.api.WriteResult;
import io.kvstore.testkit.BlobCall.Kind;
import io.kvstore.testkit.ManualClock;
import io.kvstore.testkit.PayloadLedger;
import io.kvstore.testkit.PromptChain;
import io.kvstore.testkit.Prompts;
import io.kvstore.testkit.RecordingBlobStore;
import io.kvstore.testkit.ScriptedBlobStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.SubmissionPublisher;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Who may do what, before any work is done. */
class AccessTest {

    private static final StoreId MINE = new StoreId("acme", "llama");
    private static final StoreId OTHERS = new StoreId("globex", "llama");
    private static final CallerToken TOKEN = CallerToken.of("token-of-acme");
    private static final CallOptions SHOWN = CallOptions.DEFAULT.withToken(TOKEN);

    private final ManualClock clock = new ManualClock();
    private final ScriptedBlobStore backend = ScriptedBlobStore.inMemory();
    private final RecordingBlobStore recorded = RecordingBlobStore.over(backend);
    private final Prompts prompts = Prompts.seeded(3);
    private final PromptChain chain = prompts.chain(2);
    private final PayloadLedger ledger = new PayloadLedger();
    private final List<CoreKVStores> opened = new ArrayList<>();

    @AfterEach
    void everyClaimIsGivenBack() throws Exception {
        backend.heal();
        opened.forEach(CoreKVStores::close);
        ledger.awaitAllClosed(Duration.ofSeconds(10));
    }

    private CoreKVStores under(AccessPolicy policy) {
        return opened(builder().accessPolicy(policy));
    }

    private CoreKVStores.Builder builder() {
        return CoreKVStores.builder(new AskedBlobStore(recorded))
                .nanoClock(clock)
                .timer(clock.scheduler());
    }

    private CoreKVStores opened(CoreKVStores.Builder builder) {
        CoreKVStores stores = builder.build();
        opened.add(stores);
        return stores;
    }

    /** Whoever shows the token may use MINE, and nothing else. */
    private static CompletableFuture<Grant> mineAlone(String resource, CallerToken token) {
        if (!token.equals(TOKEN)) {
            return refused(Reason.UNAUTHENTICATED);
        }
        return resource.equals(MINE.resource())
                ? CompletableFuture.completedFuture(Grant.UNLIMITED)
                : refused(Reason.PERMISSION_DENIED);
    }

    private static CompletableFuture<Grant> refused(Reason reason) {
        return CompletableFuture.failedFuture(new KVStoreException(reason, "no"));
    }

    private CompletableFuture<WriteResult> write(KVStore to, int block, CallOptions options) {
        try (PromptChunk chunk = chain.chunk(block, ledger.payload(prompts.payloadBytes(block, 600)))) {
            return to.write(chunk, options);
        }
    }

    private static KVStoreException failureOf(CompletableFuture<?> call) {
        return KVStoreException.of(call.handle((value, failure) -> {
                    if (failure == null) {
                        throw new AssertionError("expected: a failure, came: " + value);
                    }
                    return failure;
                })
                .orTimeout(30, TimeUnit.SECONDS)
                .join());
    }

    private static Reason reasonOf(CompletableFuture<?> call) {
        return failureOf(call).reason();
    }

    @Test
    void who_may_not_is_refused_before_any_work() {
        CoreKVStores stores = under(AccessTest::mineAlone);
        String location = write(stores.store(MINE), 0, SHOWN).join().location();
        recorded.reset();

        for (KVStore store : List.of(stores.store(MINE), stores.store(OTHERS))) {
            assertThat(reasonOf(store.lookup(chain.query()))).isEqualTo(Reason.UNAUTHENTICATED);
            assertThat(reasonOf(store.read(location))).isEqualTo(Reason.UNAUTHENTICATED);
            assertThat(reasonOf(store.read("no location"))).isEqualTo(Reason.UNAUTHENTICATED);
            assertThat(reasonOf(write(store, 1, CallOptions.DEFAULT))).isEqualTo(Reason.UNAUTHENTICATED);
        }
        assertThat(reasonOf(stores.store(OTHERS).lookup(chain.query(), SHOWN))).isEqualTo(Reason.PERMISSION_DENIED);

        for (Kind kind : Kind.values()) {
            assertThat(recorded.countOf(kind)).as("%s", kind).isZero();
        }
    }

    @Test
    void an_item_of_a_stream_is_refused_in_its_own_answer_and_the_others_go_on() throws InterruptedException {
        CoreKVStores stores = under(AccessTest::mineAlone);
        String location = write(stores.store(MINE), 0, SHOWN).join().location();
        Results results = new Results();
        try (SubmissionPublisher<ReadQuestion> questions = new SubmissionPublisher<>()) {
            stores.readAll(questions, SHOWN).subscribe(results);
            questions.submit(ReadQuestion.of(MINE, location));
            questions.submit(ReadQuestion.of(OTHERS, location));
            questions.submit(ReadQuestion.of(MINE, location));
        }

        List<ReadResult> answers = List.of(results.next(), results.next(), results.next());
        assertThat(answers).extracting(ReadResult::isFound).containsExactly(true, false, true);
        assertThat(answers.get(1).failure().orElseThrow().reason()).isEqualTo(Reason.PERMISSION_DENIED);
        answers.forEach(ReadResult::close);
    }

    @Test
    void an_answer_that_comes_late_starts_the_work_then() {
        CompletableFuture<Grant> decision = new CompletableFuture<>();
        CoreKVStores stores = under((resource, token) -> decision);

        CompletableFuture<WriteResult> write = write(stores.store(MINE), 0, CallOptions.DEFAULT);
        CompletableFuture<LookupResult> lookup = stores.store(MINE).lookup(chain.query());
        assertThat(write).isNotDone();
        assertThat(recorded.countOf(Kind.PUT)).isZero();
        decision.complete(Grant.UNLIMITED);

        assertThat(write.orTimeout(30, TimeUnit.SECONDS).join().alreadyStored()).isFalse();
        assertThat(lookup.orTimeout(30, TimeUnit.SECONDS).join().degraded()).isFalse();
    }

    @Test
    void a_policy_that_never_answers_costs_the_call_its_time_and_is_told() {
        CompletableFuture<Grant> decision = new CompletableFuture<>();
        CoreKVStores stores = under((resource, token) -> decision);

        CompletableFuture<WriteResult> write =
                write(stores.store(MINE), 0, CallOptions.DEFAULT.withTimeout(Duration.ofSeconds(2)));
        clock.advance(Duration.ofSeconds(2));

        assertThat(reasonOf(write)).isEqualTo(Reason.DEADLINE_EXCEEDED);
        assertThat(decision).isCancelled();
        assertThat(recorded.countOf(Kind.PUT)).isZero();
    }

    @Test
    void a_cancelled_call_is_not_begun_when_permission_comes() {
        CompletableFuture<Grant> decision = new CompletableFuture<>() {
            @Override
            public boolean cancel(boolean mayInterruptIfRunning) {
                return false;
            }
        };
        CoreKVStores stores = under((resource, token) -> decision);
        CompletableFuture<WriteResult> write = write(stores.store(MINE), 0, CallOptions.DEFAULT);

        write.cancel(true);
        decision.complete(Grant.UNLIMITED);
        stores.close(); // waits for the workers' hands

        assertThat(recorded.countOf(Kind.PUT)).isZero();
    }

    @Test
    void a_policy_that_is_broken_lets_nobody_in() {
        AccessPolicy throwing = (resource, token) -> {
            throw new IllegalStateException("secret detail");
        };
        AccessPolicy silent = (resource, token) -> CompletableFuture.completedFuture(null);
        for (AccessPolicy broken : List.of(throwing, silent)) {
            KVStoreException failure = failureOf(under(broken).store(MINE).lookup(chain.query()));
            assertThat(failure.reason()).isEqualTo(Reason.INTERNAL);
            assertThat(failure).hasMessageNotContaining("secret");
        }
    }

    @Test
    void a_list_of_resources_and_a_policy_both_hold() {
        CoreKVStores stores = opened(
                builder().allowedResources(Set.of(MINE.resource(), "third")).accessPolicy(AccessTest::mineAlone));

        assertThat(reasonOf(stores.store(new StoreId("third", "llama")).lookup(chain.query(), SHOWN)))
                .isEqualTo(Reason.PERMISSION_DENIED);
        assertThat(stores.store(MINE).lookup(chain.query(), SHOWN).join().cachedBlocks())
                .isZero();
    }

    @Test
    void only_who_may_use_a_resource_hears_that_it_is_not_on_the_list() {
        CoreKVStores stores = opened(builder().allowedResources(Set.of("third")).accessPolicy(AccessTest::mineAlone));

        for (StoreId id : List.of(OTHERS, new StoreId("third", "llama"))) {
            assertThat(reasonOf(stores.store(id).lookup(chain.query()))).isEqualTo(Reason.UNAUTHENTICATED);
            assertThat(reasonOf(stores.store(id).lookup(chain.query(), SHOWN))).isEqualTo(Reason.PERMISSION_DENIED);
        }
        assertThat(reasonOf(stores.store(MINE).lookup(chain.query(), SHOWN))).isEqualTo(Reason.NOT_FOUND);
    }

    @Test
    void calls_over_a_resources_limit_are_refused_and_room_comes_back_with_every_end() {
        CoreKVStores stores = under(
                (resource, token) -> CompletableFuture.completedFuture(new Grant(resource.equals("acme") ? 2 : 0)));
        KVStore store = stores.store(MINE);
        String location = write(store, 0, CallOptions.DEFAULT).join().location();
        backend.every(Kind.GET).isHeld();
        CompletableFuture<ReadResult> first = store.read(location);
        CompletableFuture<ReadResult> second = store.read(location);

        KVStoreException refusal = failureOf(store.read(location));
        assertThat(refusal.reason()).isEqualTo(Reason.RESOURCE_EXHAUSTED);
        assertThat(refusal.retryAfter()).isPresent();
        assertThat(refusal).hasMessageContaining("limit: 2");
        CompletableFuture<ReadResult> ofOthers = stores.store(OTHERS).read(location);
        assertThat(ofOthers).isNotDone();

        second.cancel(true);
        CompletableFuture<ReadResult> third = store.read(location);
        assertThat(third).isNotDone();
        backend.heal();
        backend.releaseHeld();
        for (CompletableFuture<ReadResult> read : List.of(first, third)) {
            read.orTimeout(30, TimeUnit.SECONDS).join().close();
        }
        assertThat(ofOthers.orTimeout(30, TimeUnit.SECONDS).join().isFound()).isFalse();
    }

    @Test
    void a_stream_is_one_call_of_its_resource_however_much_it_fetches_ahead() throws InterruptedException {
        CoreKVStores stores = under((resource, token) -> CompletableFuture.completedFuture(new Grant(1)));
        KVStore store = stores.store(MINE);
        String location = write(store, 0, CallOptions.DEFAULT).join().location();
        backend.every(Kind.GET).isHeld();
        Results results = new Results();
        store.readAll(List.of(location, location, location), CallOptions.DEFAULT)
                .subscribe(results);

        assertThat(reasonOf(store.read(location))).isEqualTo(Reason.RESOURCE_EXHAUSTED);
        backend.heal();
        backend.releaseHeld();

        for (int i = 0; i < 3; i++) {
            try (ReadResult result = results.next()) {
                assertThat(result.isFound()).isTrue();
            }
        }
        store.read(location).orTimeout(30, TimeUnit.SECONDS).join().close();
    }

    /** The failure: it was asked again whenever the stream looked whether the next item has room, and once more for the read. */
    @Test
    void each_item_of_a_stream_asks_the_policy_once() throws InterruptedException {
        AtomicInteger asked = new AtomicInteger();
        CoreKVStores stores = opened(builder().streamWindowBytes(1_000).accessPolicy((resource, token) -> {
            asked.incrementAndGet();
            return CompletableFuture.completedFuture(Grant.UNLIMITED);
        }));
        KVStore store = stores.store(MINE);
        String location = write(store, 0, CallOptions.DEFAULT).join().location();
        asked.set(0);
        backend.every(Kind.GET).isHeld();
        Results results = new Results();
        store.readAll(List.of(location, location, location), CallOptions.DEFAULT)
                .subscribe(results);
        backend.heal();
        backend.releaseHeld();

        for (int i = 0; i < 3; i++) {
            results.next().close();
        }
        assertThat(asked).hasValue(3);
    }

    /** Takes everything. */
    private static final class Results implements Flow.Subscriber<ReadResult> {

        private final BlockingQueue<ReadResult> taken = new LinkedBlockingQueue<>();

        ReadResult next() throws InterruptedException {
            ReadResult result = taken.poll(30, TimeUnit.SECONDS);
            if (result == null) {
                throw new AssertionError("no result");
            }
            return result;
        }

        @Override
        public void onSubscribe(Flow.Subscription subscription) {
            subscription.request(Long.MAX_VALUE);
        }

        @Override
        public void onNext(ReadResult result) {
            taken.add(result);
        }

        @Override
        public void onError(Throwable failure) {
            throw new AssertionError(failure);
        }

        @Override
        public void onComplete() {}
    }
}
