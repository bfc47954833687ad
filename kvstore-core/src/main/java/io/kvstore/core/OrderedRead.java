package io.kvstore.core;

import io.kvstore.api.KVStoreException;
import io.kvstore.api.ReadQuestion;
import io.kvstore.api.ReadResult;
import io.kvstore.api.Reason;
import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One ordered read: questions come in, are fetched ahead in parallel within a byte window, and are answered in their order.
 *
 * <p>Every signal (a question, a fetched answer, demand, a cancel) changes state under the lock and then drains: one thread
 * at a time starts fetches and delivers what is due, whoever comes meanwhile leaves it a note. So the subscriber is called by
 * one thread at a time and never under the lock.
 */
final class OrderedRead implements Flow.Subscription, Flow.Subscriber<ReadQuestion> {

    /** Knows what a question asks for. */
    interface Reader {
        Item item(ReadQuestion question);
    }

    /** One question, read: what it names is looked at once, however long it waits. */
    interface Item {

        /** Payload bytes that the fetch will hold, as far as memory knows now. */
        long expectedBytes();

        /** Fetches it; once. */
        CompletableFuture<ReadResult> fetch();
    }

    /**
     * The limits.
     *
     * @param windowBytes payload bytes fetched ahead of delivery; a single item may be larger
     * @param maxParallel items being fetched
     * @param maxQuestions questions waiting in this stream
     * @param maxQuestionsOfAll questions waiting in all streams together; in one no more than are left free of them, so
     *     that a few leave room for others
     */
    record Limits(long windowBytes, int maxParallel, int maxQuestions, long maxQuestionsOfAll) {
        Limits(long windowBytes) {
            this(windowBytes, 64, 65_536, 1_048_576);
        }
    }

    private final Flow.Subscriber<? super ReadResult> subscriber;
    private final Reader reader;
    private final Limits limits;
    private final AtomicLong questionsOfAll;
    private final Runnable onEnd;
    private final AtomicInteger drains = new AtomicInteger();

    /** What the question at the head of the line asks for. Only the thread that drains touches it. */
    private @Nullable Item next;

    // Guarded by lock.
    private final Object lock = new Object();
    private final ArrayDeque<ReadQuestion> questions = new ArrayDeque<>();
    private final ArrayDeque<Slot> fetching = new ArrayDeque<>();
    private Flow.@Nullable Subscription source;
    private long heldBytes;
    private long demand;
    private boolean noMoreQuestions;
    private @Nullable Throwable failure;
    private boolean ended;

    OrderedRead(
            Flow.Subscriber<? super ReadResult> subscriber,
            Reader reader,
            Limits limits,
            AtomicLong questionsOfAll,
            Runnable onEnd) {
        this.subscriber = subscriber;
        this.reader = reader;
        this.limits = limits;
        this.questionsOfAll = questionsOfAll;
        this.onEnd = onEnd;
    }

    /** A started fetch and, later, its answer. */
    private static final class Slot {
        final ReadQuestion question;
        /** What memory expected, then what came. Guarded by lock. */
        long bytes;

        @Nullable
        CompletableFuture<ReadResult> fetch;

        Slot(ReadQuestion question, long bytes) {
            this.question = question;
            this.bytes = bytes;
        }

        boolean isDone() {
            return fetch != null && fetch.isDone();
        }
    }

    boolean hasEnded() {
        synchronized (lock) {
            return ended;
        }
    }

    @Override
    public void onSubscribe(Flow.Subscription subscription) {
        boolean unwanted;
        synchronized (lock) {
            unwanted = ended || source != null;
            if (!unwanted) {
                source = subscription;
            }
        }
        if (unwanted) {
            subscription.cancel();
        } else {
            subscription.request(Long.MAX_VALUE); // the intake never waits for answers; see onNext
        }
    }

    @Override
    public void onNext(ReadQuestion question) {
        synchronized (lock) {
            if (ended) {
                return;
            }
            int waiting = questions.size() + 1;
            long free = limits.maxQuestionsOfAll() - questionsOfAll.incrementAndGet();
            if (waiting > Math.min(limits.maxQuestions(), free)) {
                questionsOfAll.decrementAndGet();
                failure = new KVStoreException(
                        Reason.RESOURCE_EXHAUSTED,
                        "too many unanswered reads (limit: " + limits.maxQuestions() + " of one stream, "
                                + limits.maxQuestionsOfAll() + " in all, of which one has no more than are left)");
            } else {
                questions.add(question);
            }
        }
        drain();
    }

    @Override
    public void onError(Throwable cause) {
        fail(cause);
    }

    /** Ends the stream at once. */
    void fail(Throwable cause) {
        synchronized (lock) {
            failure = failure == null ? cause : failure;
        }
        drain();
    }

    @Override
    public void onComplete() {
        synchronized (lock) {
            noMoreQuestions = true;
        }
        drain();
    }

    @Override
    public void request(long n) {
        synchronized (lock) {
            if (n <= 0) {
                failure = new IllegalArgumentException("request(" + n + ") (expected: more than 0)");
            } else {
                demand = demand + n < 0 ? Long.MAX_VALUE : demand + n;
            }
        }
        drain();
    }

    @Override
    public void cancel() {
        end();
    }

    private void drain() {
        if (drains.getAndIncrement() != 0) {
            return; // the thread that drains sees the count and goes round again
        }
        int seen = 1;
        do {
            startFetches();
            deliver();
            endIfDue();
            seen = drains.addAndGet(-seen);
        } while (seen != 0);
    }

    private void startFetches() {
        while (true) {
            ReadQuestion question;
            synchronized (lock) {
                question = questions.peek();
                if (ended || failure != null || question == null || fetching.size() >= limits.maxParallel()) {
                    return;
                }
            }
            // Only this thread, the one that drains, takes questions away.
            Item item = next == null ? reader.item(question) : next;
            next = item;
            long bytes = item.expectedBytes();
            Slot slot;
            synchronized (lock) {
                if (ended) {
                    return;
                }
                // The item at the head of the line always goes, however large, or nothing would ever move.
                if (!fetching.isEmpty() && heldBytes + bytes > limits.windowBytes()) {
                    return;
                }
                questions.remove();
                questionsOfAll.decrementAndGet();
                slot = new Slot(question, bytes);
                heldBytes += bytes;
                fetching.add(slot);
            }
            next = null;
            if (!fetch(slot, item)) {
                return;
            }
        }
    }

    /** False when the read has ended. */
    private boolean fetch(Slot slot, Item item) {
        CompletableFuture<ReadResult> fetch = item.fetch();
        boolean late;
        synchronized (lock) {
            slot.fetch = fetch;
            late = ended;
        }
        if (late) {
            drop(fetch);
            return false;
        }
        boolean there = fetch.isDone();
        fetch.whenComplete((result, trouble) -> {
            arrived(slot, result);
            if (!there) {
                drain();
            }
        });
        return true;
    }

    private void arrived(Slot slot, @Nullable ReadResult result) {
        long bytes = result == null || result.chunk().isEmpty()
                ? 0
                : result.chunk().get().payload().sizeBytes();
        synchronized (lock) {
            if (fetching.contains(slot)) {
                heldBytes += bytes - slot.bytes;
                slot.bytes = bytes;
            }
        }
    }

    private void deliver() {
        while (true) {
            Slot slot;
            synchronized (lock) {
                slot = fetching.peek();
                if (ended || failure != null || demand == 0 || slot == null || !slot.isDone()) {
                    return;
                }
                fetching.remove();
                heldBytes -= slot.bytes;
                if (demand != Long.MAX_VALUE) {
                    demand--;
                }
            }
            subscriber.onNext(answer(slot));
            startFetches();
        }
    }

    private static ReadResult answer(Slot slot) {
        CompletableFuture<ReadResult> fetch = slot.fetch;
        if (fetch == null) {
            throw new IllegalStateException("only what was fetched is delivered");
        }
        try {
            return fetch.join();
        } catch (RuntimeException e) {
            return ReadResult.failed(slot.question.location(), KVStoreException.of(e), 0);
        }
    }

    private void endIfDue() {
        Consumer<Flow.Subscriber<?>> signal;
        synchronized (lock) {
            Throwable why = failure;
            if (ended) {
                return;
            } else if (why != null) {
                signal = to -> to.onError(why);
            } else if (noMoreQuestions && questions.isEmpty() && fetching.isEmpty()) {
                signal = Flow.Subscriber::onComplete;
            } else {
                return;
            }
        }
        end();
        signal.accept(subscriber);
    }

    /** Stops all work and lets go of what was fetched; once. */
    private void end() {
        Flow.Subscription upstream;
        ArrayDeque<Slot> dropped;
        synchronized (lock) {
            if (ended) {
                return;
            }
            ended = true;
            upstream = source;
            dropped = new ArrayDeque<>(fetching);
            fetching.clear();
            questionsOfAll.addAndGet(-questions.size());
            questions.clear();
        }
        if (upstream != null) {
            upstream.cancel();
        }
        for (Slot slot : dropped) {
            if (slot.fetch != null) {
                drop(slot.fetch);
            }
        }
        onEnd.run();
    }

    private static void drop(CompletableFuture<ReadResult> fetch) {
        if (!fetch.cancel(true)) {
            fetch.whenComplete((result, trouble) -> {
                if (result != null) {
                    result.close();
                }
            });
        }
    }
}
