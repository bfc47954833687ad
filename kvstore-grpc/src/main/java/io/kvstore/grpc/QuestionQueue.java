package io.kvstore.grpc;

import io.kvstore.api.ReadQuestion;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/**
 * The questions of a stream, on their way from gRPC to the store. Takes each as it comes and publishes as many as are
 * requested; whoever fills it bounds it.
 *
 * <p>Threading: safe for many threads; the subscriber is called by one at a time.
 */
final class QuestionQueue implements Flow.Publisher<ReadQuestion>, Flow.Subscription {

    private final Queue<ReadQuestion> waiting = new ArrayDeque<>();
    private Flow.@Nullable Subscriber<? super ReadQuestion> subscriber;
    private long requested;
    private boolean complete;
    private boolean ended;
    private boolean emitting;

    @Override
    public void subscribe(Flow.Subscriber<? super ReadQuestion> newSubscriber) {
        synchronized (this) {
            if (subscriber != null) {
                throw new IllegalStateException("one subscriber only");
            }
            subscriber = newSubscriber;
            // Nothing is emitted before the subscriber has its subscription.
            emitting = true;
        }
        newSubscriber.onSubscribe(this);
        synchronized (this) {
            emitting = false;
        }
        emit();
    }

    void offer(ReadQuestion question) {
        synchronized (this) {
            if (ended) {
                return;
            }
            waiting.add(question);
        }
        emit();
    }

    /** No more questions come. */
    void complete() {
        synchronized (this) {
            complete = true;
        }
        emit();
    }

    @Override
    public void request(long n) {
        if (n <= 0) {
            Flow.Subscriber<? super ReadQuestion> failing = end();
            if (failing != null) {
                failing.onError(new IllegalArgumentException("requested " + n + " (expected: at least 1)"));
            }
            return;
        }
        synchronized (this) {
            requested = requested + n < 0 ? Long.MAX_VALUE : requested + n;
        }
        emit();
    }

    @Override
    public void cancel() {
        var unused = end();
    }

    private synchronized Flow.@Nullable Subscriber<? super ReadQuestion> end() {
        if (ended) {
            return null;
        }
        ended = true;
        waiting.clear();
        return subscriber;
    }

    private void emit() {
        synchronized (this) {
            if (emitting) {
                return;
            }
            emitting = true;
        }
        while (emitNext()) {}
    }

    /** One signal to the subscriber; false when there is none to give now, and the turn was given up. */
    private boolean emitNext() {
        Flow.Subscriber<? super ReadQuestion> target;
        ReadQuestion next;
        synchronized (this) {
            target = subscriber;
            boolean mayEmit = requested > 0 && !waiting.isEmpty();
            if (target == null || ended || (!mayEmit && !(complete && waiting.isEmpty()))) {
                emitting = false;
                return false;
            }
            next = mayEmit ? waiting.remove() : null;
            if (mayEmit) {
                requested--;
            } else {
                ended = true;
            }
        }
        if (next == null) {
            target.onComplete();
        } else {
            target.onNext(next);
        }
        return true;
    }
}
