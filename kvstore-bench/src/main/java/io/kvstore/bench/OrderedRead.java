package io.kvstore.bench;

import io.kvstore.api.ReadResult;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.function.ObjIntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Takes the results of an ordered read one after the other, asking for a few ahead, and closes each after {@code onResult}.
 */
final class OrderedRead implements Flow.Subscriber<ReadResult> {

    private static final int ASKED_AHEAD = 16;

    private final ObjIntConsumer<ReadResult> onResult;
    private final CompletableFuture<Integer> done = new CompletableFuture<>();
    private Flow.@Nullable Subscription subscription;
    private int taken;

    /** {@code onResult} gets each result and its index, on the publisher's threads, one at a time. */
    OrderedRead(ObjIntConsumer<ReadResult> onResult) {
        this.onResult = onResult;
    }

    /** How many results came, when the stream has ended. */
    CompletableFuture<Integer> done() {
        return done;
    }

    @Override
    public void onSubscribe(Flow.Subscription to) {
        subscription = to;
        to.request(ASKED_AHEAD);
    }

    @Override
    public void onNext(ReadResult result) {
        try (result) {
            onResult.accept(result, taken++);
        } catch (RuntimeException e) {
            if (subscription != null) {
                subscription.cancel();
            }
            done.completeExceptionally(e);
        }
        if (subscription != null) {
            subscription.request(1);
        }
    }

    @Override
    public void onError(Throwable failure) {
        done.completeExceptionally(failure);
    }

    @Override
    public void onComplete() {
        done.complete(taken);
    }
}
