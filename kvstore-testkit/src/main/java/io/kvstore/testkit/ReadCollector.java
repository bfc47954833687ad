package io.kvstore.testkit;

import io.kvstore.api.ReadResult;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Takes results as a test requests them and holds the publisher to the rules of {@link Flow}: no more results than were
 * requested, one signal at a time, none after the end.
 */
final class ReadCollector implements Flow.Subscriber<ReadResult>, AutoCloseable {

    private final CompletableFuture<Flow.Subscription> subscription = new CompletableFuture<>();
    private final CompletableFuture<Void> ended = new CompletableFuture<>();
    private final BlockingQueue<Signal> signals = new LinkedBlockingQueue<>();
    private final AtomicLong allowed = new AtomicLong();
    private final AtomicBoolean inSignal = new AtomicBoolean();
    private final CompletableFuture<String> broken = new CompletableFuture<>();
    private boolean oneByOne;

    /** Subscribed to {@code publisher}, nothing requested yet. */
    static ReadCollector of(Flow.Publisher<ReadResult> publisher) {
        ReadCollector collector = new ReadCollector();
        publisher.subscribe(collector);
        return collector;
    }

    /** Subscribed to {@code publisher}, one result requested, and the next one whenever one comes. */
    static ReadCollector oneByOne(Flow.Publisher<ReadResult> publisher) {
        ReadCollector collector = new ReadCollector();
        collector.oneByOne = true;
        publisher.subscribe(collector);
        collector.request(1);
        return collector;
    }

    @Override
    public void onSubscribe(Flow.Subscription given) {
        if (!subscription.complete(given)) {
            broken.complete("onSubscribe came twice");
        }
    }

    @Override
    public void onNext(ReadResult result) {
        if (!inSignal.compareAndSet(false, true)) {
            broken.complete("two signals at a time");
        }
        if (allowed.decrementAndGet() < 0) {
            broken.complete("more results than were requested");
        }
        if (ended.isDone()) {
            broken.complete("a result after the end");
        }
        signals.add(new Signal(result));
        inSignal.set(false);
        if (oneByOne) {
            request(1);
        }
    }

    @Override
    public void onError(Throwable failure) {
        if (!ended.completeExceptionally(failure)) {
            broken.complete("two ends");
        }
        signals.add(new Signal(null));
    }

    @Override
    public void onComplete() {
        if (!ended.complete(null)) {
            broken.complete("two ends");
        }
        signals.add(new Signal(null));
    }

    void request(long count) {
        allowed.updateAndGet(before -> Long.MAX_VALUE - before < count ? Long.MAX_VALUE : before + count);
        Await.get(subscription).request(count);
    }

    void cancel() {
        Await.get(subscription).cancel();
    }

    /** Done at the end of the stream, failed when the stream failed. */
    CompletableFuture<Void> ended() {
        return ended;
    }

    /** The next result, which was requested before. */
    ReadResult next() {
        ReadResult result = poll().result;
        if (result == null) {
            throw new AssertionError("expected: a result, came: the end of the stream " + ended);
        }
        return result;
    }

    /** All results up to the end of the stream. */
    List<ReadResult> all() {
        request(Long.MAX_VALUE);
        return rest();
    }

    /** The results up to the end of the stream, all of them requested before. */
    List<ReadResult> rest() {
        List<ReadResult> results = new ArrayList<>();
        ReadResult result = poll().result;
        while (result != null) {
            results.add(result);
            result = poll().result;
        }
        Await.get(ended);
        return results;
    }

    private Signal poll() {
        try {
            Signal signal = signals.poll(Await.PATIENCE_SECONDS, TimeUnit.SECONDS);
            if (signal == null) {
                throw new AssertionError("no signal within " + Await.PATIENCE_SECONDS + " s");
            }
            return signal;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }

    /** Closes what nobody took, and says whether a rule was broken. */
    @Override
    public void close() {
        for (Signal signal : signals) {
            if (signal.result != null) {
                signal.result.close();
            }
        }
        if (broken.isDone()) {
            throw new AssertionError("the publisher broke a rule: " + broken.join());
        }
    }

    private record Signal(@Nullable ReadResult result) {}
}
