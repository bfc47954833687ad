package io.kvstore.testkit;

import io.kvstore.api.ReadQuestion;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/**
 * Questions that a test asks when it likes: published in order as the subscriber requests them.
 *
 * <p>Threading: safe for many threads; signals are serialized. Serves one subscriber.
 */
final class QuestionSource implements Flow.Publisher<ReadQuestion>, Flow.Subscription {

    private final Deque<ReadQuestion> waiting = new ArrayDeque<>();
    private final CompletableFuture<Void> taken = new CompletableFuture<>();
    private final CompletableFuture<Void> cancelled = new CompletableFuture<>();
    private Flow.@Nullable Subscriber<? super ReadQuestion> subscriber;
    private @Nullable Throwable failure;
    private long demand;
    private boolean ended;
    private boolean finished;
    private boolean draining;

    /** All of {@code questions}, then the end. */
    static QuestionSource of(List<ReadQuestion> questions) {
        QuestionSource source = new QuestionSource();
        questions.forEach(source::ask);
        source.complete();
        return source;
    }

    void ask(ReadQuestion question) {
        synchronized (this) {
            waiting.add(question);
        }
        drain();
    }

    /** The end, after all that was asked. */
    void complete() {
        synchronized (this) {
            ended = true;
        }
        drain();
    }

    /** A failure, after all that was asked. */
    void fail(Throwable cause) {
        synchronized (this) {
            ended = true;
            failure = cause;
        }
        drain();
    }

    /** Done when the last question was taken by the subscriber and the end was told. */
    CompletableFuture<Void> taken() {
        return taken;
    }

    /** Done when the subscriber cancelled. */
    CompletableFuture<Void> cancelled() {
        return cancelled;
    }

    @Override
    public void subscribe(Flow.Subscriber<? super ReadQuestion> newSubscriber) {
        synchronized (this) {
            if (subscriber != null) {
                throw new IllegalStateException("questions: subscribed to twice (expected: once)");
            }
            subscriber = newSubscriber;
        }
        newSubscriber.onSubscribe(this);
        drain();
    }

    @Override
    public void request(long count) {
        synchronized (this) {
            demand = Long.MAX_VALUE - demand < count ? Long.MAX_VALUE : demand + count;
        }
        drain();
    }

    @Override
    public void cancel() {
        synchronized (this) {
            finished = true;
            waiting.clear();
        }
        cancelled.complete(null);
    }

    private void drain() {
        synchronized (this) {
            if (draining || subscriber == null) {
                return;
            }
            draining = true;
        }
        Runnable signal = nextSignal();
        while (signal != null) {
            signal.run();
            signal = nextSignal();
        }
    }

    /** What to tell the subscriber next, outside of the lock; null for nothing, which ends this drain. */
    private synchronized @Nullable Runnable nextSignal() {
        Flow.Subscriber<? super ReadQuestion> to = subscriber;
        if (to != null && !finished && demand > 0 && !waiting.isEmpty()) {
            demand--;
            ReadQuestion question = waiting.remove();
            return () -> to.onNext(question);
        }
        if (to != null && !finished && waiting.isEmpty() && ended) {
            finished = true;
            Throwable cause = failure;
            return () -> {
                if (cause == null) {
                    to.onComplete();
                } else {
                    to.onError(cause);
                }
                taken.complete(null);
            };
        }
        draining = false;
        return null;
    }
}
