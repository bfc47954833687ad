package io.kvstore.azure;

import io.kvstore.api.KVStoreException;
import io.kvstore.api.Reason;
import io.kvstore.spi.Blob;
import io.kvstore.spi.CallContext;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;

/**
 * The future of one call: subscribed to the work, ended by the call's deadline. However it ends, by the answer, a cancel or
 * the deadline, the work is told to stop, which closes the request.
 *
 * @param <S> what the work yields
 * @param <T> what the caller gets
 */
final class StoreCall<S, T> extends CompletableFuture<T> implements CoreSubscriber<S> {

    private final Function<S, T> answer;
    private final AtomicReference<@Nullable Subscription> work = new AtomicReference<>();

    private StoreCall(Function<S, T> answer) {
        this.answer = answer;
    }

    /**
     * Starts {@code work}, which yields exactly one value.
     *
     * @param answer makes the caller's value; runs once, and only if nobody gave the call up before
     */
    static <S, T> CompletableFuture<T> start(
            Mono<S> work, CallContext context, ScheduledExecutorService timer, Function<S, T> answer) {
        StoreCall<S, T> call = new StoreCall<>(answer);
        if (context.isExpired()) {
            call.expire();
            return call;
        }
        Future<?> alarm;
        try {
            alarm = timer.schedule(call::expire, context.remaining().toNanos(), TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException e) {
            call.completeExceptionally(new KVStoreException(Reason.UNAVAILABLE, "the store is closed", e));
            return call;
        }
        call.whenComplete((value, failure) -> {
            alarm.cancel(false);
            call.stop();
        });
        work.subscribe(call);
        return call;
    }

    private void expire() {
        completeExceptionally(
                new KVStoreException(Reason.DEADLINE_EXCEEDED, "the storage did not answer within the call's time"));
    }

    private void stop() {
        Subscription current = work.getAndSet(Operators.cancelledSubscription());
        if (current != null) {
            current.cancel();
        }
    }

    @Override
    public void onSubscribe(Subscription subscription) {
        if (work.compareAndSet(null, subscription)) {
            subscription.request(Long.MAX_VALUE);
        } else {
            subscription.cancel(); // given up before the work began
        }
    }

    @Override
    public void onNext(S value) {
        if (isDone()) {
            return;
        }
        try {
            T made = answer.apply(value);
            if (!complete(made)) {
                close(made); // given up while it was made
            }
        } catch (RuntimeException | Error e) {
            onError(e);
        }
    }

    private static void close(@Nullable Object unwanted) {
        if (unwanted instanceof Optional<?> found && found.orElse(null) instanceof Blob blob) {
            blob.close();
        }
    }

    @Override
    public void onError(Throwable failure) {
        completeExceptionally(AzureFailures.of(failure));
    }

    @Override
    public void onComplete() {
        if (!isDone()) {
            onError(new IllegalStateException("no answer"));
        }
    }
}
