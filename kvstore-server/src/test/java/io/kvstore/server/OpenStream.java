package io.kvstore.server;

import io.kvstore.api.CallOptions;
import io.kvstore.api.KVStores;
import io.kvstore.api.ReadQuestion;
import io.kvstore.api.ReadResult;
import io.kvstore.api.StoreId;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.concurrent.SubmissionPublisher;
import java.util.concurrent.TimeUnit;

/** A streaming read that got its first answer and is not at its end: a call under way, which a drain waits for. */
final class OpenStream implements AutoCloseable, Flow.Subscriber<ReadResult> {

    private final SubmissionPublisher<ReadQuestion> questions = new SubmissionPublisher<>();
    private final CompletableFuture<Void> answered = new CompletableFuture<>();

    private final KVStores stores;

    OpenStream(KVStores stores) {
        this.stores = stores;
    }

    /** Opens it and waits until it is under way. */
    void begin(StoreId store) throws Exception {
        stores.readAll(questions, CallOptions.DEFAULT).subscribe(this);
        questions.submit(ReadQuestion.of(store, "not-a-location"));
        answered.get(60, TimeUnit.SECONDS);
    }

    @Override
    public void onSubscribe(Flow.Subscription subscription) {
        subscription.request(1);
    }

    @Override
    public void onNext(ReadResult result) {
        result.close();
        answered.complete(null);
    }

    @Override
    public void onError(Throwable failure) {
        answered.completeExceptionally(failure);
    }

    @Override
    public void onComplete() {
        answered.completeExceptionally(new AssertionError("expected: an answer, came: the end"));
    }

    @Override
    public void close() {
        questions.close();
    }
}
