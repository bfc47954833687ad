package io.kvstore.bench.load;

import io.kvstore.api.ReadQuestion;
import io.kvstore.api.ReadResult;
import io.kvstore.api.StoreId;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/**
 * One ordered read with a fixed number of questions under way, or with questions at a fixed rate: publishes the questions and
 * takes the answers, which come in the same order.
 *
 * <p>Threading: questions are published under a lock, by whoever got an answer or keeps the time.
 */
final class StreamedReads implements Flow.Publisher<ReadQuestion> {

    private static final int ASKED_AHEAD = 1 << 20;

    private final StoreId store;
    private final List<String> locations;
    private final PayloadSet payloads;
    private final Window window;
    private final boolean openLoop;
    private final Queue<Turn> underWay = new ArrayDeque<>();
    private Flow.@Nullable Subscriber<? super ReadQuestion> asked;
    private long requested;
    private boolean complete;

    StreamedReads(StoreId store, List<String> locations, PayloadSet payloads, Window window, boolean openLoop) {
        this.store = store;
        this.locations = locations;
        this.payloads = payloads;
        this.window = window;
        this.openLoop = openLoop;
    }

    @Override
    public void subscribe(Flow.Subscriber<? super ReadQuestion> subscriber) {
        asked = subscriber;
        subscriber.onSubscribe(new Flow.Subscription() {
            @Override
            public void request(long n) {
                synchronized (StreamedReads.this) {
                    requested += n;
                    StreamedReads.this.notifyAll();
                }
            }

            @Override
            public void cancel() {}
        });
    }

    /** Asks: {@code depth} questions now, or all that are due until the window is over in an open loop. */
    void ask(int depth) throws InterruptedException {
        if (!openLoop) {
            for (int i = 0; i < depth; i++) {
                askNext();
            }
            return;
        }
        for (Turn turn; (turn = window.next()) != null; ) {
            publish(turn);
        }
        completeQuestions();
    }

    private void askNext() {
        Turn turn = window.next();
        if (turn == null) {
            completeQuestions();
        } else {
            publish(turn);
        }
    }

    private synchronized void publish(Turn turn) {
        Flow.Subscriber<? super ReadQuestion> to = asked;
        if (to == null || requested == 0) {
            window.failed("the store takes no more questions");
            return;
        }
        requested--;
        underWay.add(turn);
        to.onNext(ReadQuestion.of(store, locations.get(chunk(turn))));
    }

    private synchronized void completeQuestions() {
        Flow.Subscriber<? super ReadQuestion> to = asked;
        if (!complete && to != null) {
            complete = true;
            to.onComplete();
        }
    }

    private int chunk(Turn turn) {
        return (int) (turn.number() % locations.size());
    }

    /** Whether an answer has the chunk's bytes, by a look at it. */
    static boolean looksRight(ReadResult result, PayloadSet payloads, long number, Turn turn) {
        return result.chunk().isPresent()
                && payloads.looksRight(number, result.chunk().get().payload().buffers(), turn.number());
    }

    Flow.Subscriber<ReadResult> answers() {
        return new Answers();
    }

    /** The answers' side. */
    private final class Answers implements Flow.Subscriber<ReadResult> {

        @Override
        public void onSubscribe(Flow.Subscription subscription) {
            subscription.request(ASKED_AHEAD);
        }

        @Override
        public void onNext(ReadResult result) {
            Turn turn;
            synchronized (StreamedReads.this) {
                turn = underWay.remove();
            }
            boolean right;
            try (result) {
                right = looksRight(result, payloads, chunk(turn), turn);
            }
            if (right) {
                window.finished(turn, payloads.payloadBytes());
            } else {
                window.failed(result.failure().map(Throwable::getMessage).orElse("an answer was not what was stored"));
            }
            if (!openLoop) {
                askNext();
            }
        }

        @Override
        public void onError(Throwable failure) {
            window.failed(String.valueOf(failure.getMessage()));
        }

        @Override
        public void onComplete() {}
    }
}
