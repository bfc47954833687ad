package io.kvstore.testkit;

import io.kvstore.api.CallOptions;
import io.kvstore.api.KVStoreException;
import io.kvstore.api.ReadQuestion;
import io.kvstore.api.ReadResult;
import io.kvstore.api.Reason;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * An ordered read of a fake: takes all questions as they come and answers the first of them whenever a result is wanted. It
 * fetches nothing ahead, so there is never more than one result on its way.
 */
final class OrderedAnswers implements Flow.Publisher<ReadResult> {

    private static final int MAX_WAITING_QUESTIONS = 100_000;

    private final Flow.Publisher<ReadQuestion> questions;
    private final Function<ReadQuestion, CompletableFuture<ReadResult>> answering;
    private final CallOptions options;
    private final AtomicBoolean subscribed = new AtomicBoolean();

    OrderedAnswers(
            Flow.Publisher<ReadQuestion> questions,
            Function<ReadQuestion, CompletableFuture<ReadResult>> answering,
            CallOptions options) {
        this.questions = questions;
        this.answering = answering;
        this.options = options;
    }

    @Override
    public void subscribe(Flow.Subscriber<? super ReadResult> subscriber) {
        if (!subscribed.compareAndSet(false, true)) {
            subscriber.onSubscribe(NOTHING);
            subscriber.onError(new IllegalStateException("readAll: subscribed to twice (expected: once)"));
            return;
        }
        Reading reading = new Reading(subscriber);
        subscriber.onSubscribe(reading);
        options.timeout().ifPresent(reading::stopAfter);
        questions.subscribe(reading);
    }

    private static final Flow.Subscription NOTHING = new Flow.Subscription() {
        @Override
        public void request(long count) {}

        @Override
        public void cancel() {}
    };

    private final class Reading implements Flow.Subscriber<ReadQuestion>, Flow.Subscription {

        private final Flow.Subscriber<? super ReadResult> subscriber;
        private final Deque<ReadQuestion> waiting = new ArrayDeque<>();
        /** Done when the last signal was given, or none is wanted any more. */
        private final CompletableFuture<Void> ended = new CompletableFuture<>();

        private Flow.@Nullable Subscription source;
        private @Nullable CompletableFuture<ReadResult> underWay;
        private @Nullable ReadResult ready;
        private @Nullable Throwable failure;
        private long demand;
        private boolean allAsked;
        private boolean draining;

        Reading(Flow.Subscriber<? super ReadResult> subscriber) {
            this.subscriber = subscriber;
        }

        @Override
        public void onSubscribe(Flow.Subscription subscription) {
            synchronized (this) {
                source = subscription;
            }
            if (ended.isDone()) {
                subscription.cancel();
            } else {
                subscription.request(Long.MAX_VALUE);
            }
        }

        @Override
        public void onNext(ReadQuestion question) {
            boolean tooMany;
            synchronized (this) {
                tooMany = waiting.size() >= MAX_WAITING_QUESTIONS;
                waiting.add(question);
            }
            if (tooMany) {
                stop(new KVStoreException(
                        Reason.RESOURCE_EXHAUSTED, "more than " + MAX_WAITING_QUESTIONS + " questions wait"));
            }
            drain();
        }

        @Override
        public void onError(Throwable cause) {
            stop(cause);
        }

        @Override
        public void onComplete() {
            synchronized (this) {
                allAsked = true;
            }
            drain();
        }

        @Override
        public void request(long count) {
            if (count <= 0) {
                stop(new IllegalArgumentException("request: " + count + " (expected: 1 or more)"));
                return;
            }
            synchronized (this) {
                demand = Long.MAX_VALUE - demand < count ? Long.MAX_VALUE : demand + count;
            }
            drain();
        }

        @Override
        public void cancel() {
            if (ended.complete(null)) {
                letGo();
            }
        }

        void stopAfter(Duration timeout) {
            CompletableFuture<Void> alarm = new CompletableFuture<>();
            var unused = alarm.whenComplete((none, spent) -> {
                if (spent != null) {
                    stop(spent);
                }
            });
            Timeouts.failAfter(alarm, Math.max(1, Timeouts.nanos(timeout)));
            var unusedToo = ended.whenComplete((none, failed) -> alarm.complete(null));
        }

        /** Ends the stream with {@code cause}, after the result that is being delivered. */
        private void stop(Throwable cause) {
            synchronized (this) {
                failure = cause;
            }
            drain();
        }

        private void letGo() {
            Flow.Subscription from;
            CompletableFuture<ReadResult> call;
            ReadResult undelivered;
            synchronized (this) {
                from = source;
                call = underWay;
                undelivered = ready;
                ready = null;
                waiting.clear();
            }
            if (undelivered != null) {
                undelivered.close();
            }
            if (from != null) {
                from.cancel();
            }
            if (call != null) {
                call.cancel(false);
            }
        }

        private void drain() {
            synchronized (this) {
                if (draining) {
                    return;
                }
                draining = true;
            }
            Runnable step = nextStep();
            while (step != null) {
                step.run();
                step = nextStep();
            }
        }

        /** What to do next, outside of the lock; null for nothing, which ends this drain. */
        private synchronized @Nullable Runnable nextStep() {
            if (!ended.isDone()) {
                Throwable cause = failure;
                if (cause != null) {
                    return () -> end(cause);
                }
                ReadResult result = ready;
                if (result != null) {
                    ready = null;
                    return () -> deliver(result);
                }
                if (underWay == null && waiting.isEmpty() && allAsked) {
                    return this::finish;
                }
                if (underWay == null && demand > 0 && !waiting.isEmpty()) {
                    demand--;
                    ReadQuestion question = waiting.remove();
                    return () -> answer(question);
                }
            }
            draining = false;
            return null;
        }

        private void answer(ReadQuestion question) {
            CompletableFuture<ReadResult> call = answering.apply(question);
            synchronized (this) {
                underWay = call;
            }
            var unused = call.whenComplete((result, cause) -> {
                take(cause == null ? result : ReadResult.failed(question.location(), KVStoreException.of(cause), 0));
                drain();
            });
        }

        private void take(ReadResult result) {
            boolean late;
            synchronized (this) {
                underWay = null;
                late = ended.isDone();
                if (!late) {
                    ready = result;
                }
            }
            if (late) {
                result.close();
            }
        }

        private void deliver(ReadResult result) {
            if (ended.isDone()) {
                result.close();
            } else {
                subscriber.onNext(result);
            }
        }

        private void finish() {
            if (ended.complete(null)) {
                subscriber.onComplete();
            }
        }

        private void end(Throwable cause) {
            if (ended.complete(null)) {
                letGo();
                subscriber.onError(cause);
            }
        }
    }
}
