package io.kvstore.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvstore.api.CallOptions;
import io.kvstore.api.KVStore;
import io.kvstore.api.KVStoreException;
import io.kvstore.api.Payload;
import io.kvstore.api.PromptChunk;
import io.kvstore.api.ReadQuestion;
import io.kvstore.api.ReadResult;
import io.kvstore.api.Reason;
import io.kvstore.api.StoreId;
import io.kvstore.testkit.PromptChain;
import io.kvstore.testkit.Prompts;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.concurrent.SubmissionPublisher;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What close does while calls are under way. */
class ClosingTest {

    private static final StoreId STORE = new StoreId("acme", "llama");

    private final Prompts prompts = Prompts.seeded(4);
    private final PromptChain chain = prompts.chain(1);

    /** The failure: calls were let in until the last stream had ended, and for ever when it took longer than close waits. */
    @Test
    void new_calls_are_refused_at_once_and_streams_under_way_go_on() throws Exception {
        CoreKVStores stores =
                CoreKVStores.builder(MemoryBlobStore.builder().build()).build();
        KVStore store = stores.store(STORE);
        String location;
        try (PromptChunk chunk = chain.chunk(0, Payload.wrap(prompts.payloadBytes(0, 600)))) {
            location = store.write(chunk, CallOptions.DEFAULT).join().location();
        }
        SubmissionPublisher<ReadQuestion> questions = new SubmissionPublisher<>();
        Answers answers = new Answers();
        stores.readAll(questions, CallOptions.DEFAULT).subscribe(answers);

        CompletableFuture<Void> closed = CompletableFuture.runAsync(stores::close, work -> new Thread(work).start());
        DiskWait.until(() -> isRefused(store, location));
        questions.submit(ReadQuestion.of(STORE, location));
        questions.close();

        closed.get(30, TimeUnit.SECONDS);
        assertThat(answers.found).hasValue(1);
        assertThat(answers.failure).isNull();
        assertThat(isRefused(store, location)).isTrue();
    }

    private static boolean isRefused(KVStore store, String location) {
        CompletableFuture<ReadResult> read = store.read(location);
        try {
            read.join().close();
            return false;
        } catch (RuntimeException e) {
            return KVStoreException.of(e).reason() == Reason.UNAVAILABLE;
        }
    }

    private static final class Answers implements Flow.Subscriber<ReadResult> {
        private final AtomicInteger found = new AtomicInteger();
        private volatile @Nullable Throwable failure;

        @Override
        public void onSubscribe(Flow.Subscription subscription) {
            subscription.request(Long.MAX_VALUE);
        }

        @Override
        public void onNext(ReadResult result) {
            found.addAndGet(result.isFound() ? 1 : 0);
            result.close();
        }

        @Override
        public void onError(Throwable cause) {
            failure = cause;
        }

        @Override
        public void onComplete() {}
    }
}
