package io.kvstore.grpc;

import io.kvstore.api.KVStoreException;
import io.kvstore.api.ReadResult;
import io.kvstore.api.Reason;
import io.kvstore.grpc.UnansweredQuestions.Asked;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Moves the answers of one stream from the store to the transport. The store is asked for one at a time, and only while less
 * than {@link #SEND_AHEAD_BYTES} wait in the transport; each is counted against the budget until the transport has sent it.
 *
 * <p>Every signal (demand of the transport, an answer, the end) is a call of {@link #pump()}: one thread at a time acts, whoever
 * comes meanwhile leaves it a note, so a store that answers at once does not make the stack grow.
 */
final class AnswerPump implements Flow.Subscriber<ReadResult> {

    /** Enough to keep a connection busy while the next answer is copied; a slow reader pins no more than this and one answer. */
    static final long SEND_AHEAD_BYTES = 4 << 20;

    /** An answer without a payload, with its tokens and names: so that many small ones are bounded as well. */
    static final long ANSWER_BYTES = 2048;

    /** With no more than this in the transport an answer is asked for again: a few at once, since each time is a hand-over. */
    static final long RESUME_BYTES = 3 << 20;

    private final StreamReply reply;
    private final UnansweredQuestions unanswered;
    private final Door door;
    private final Runnable onEnd;
    private final SentAnswers sent = new SentAnswers();
    private final StreamTurn turn = new StreamTurn();
    private final AtomicInteger signals = new AtomicInteger();

    private Flow.@Nullable Subscription subscription;
    private @Nullable CompletableFuture<?> waitingForRoom;
    private long waitingNanos;
    private boolean waitsForTransport;
    private boolean requested;
    private boolean sending;
    private boolean completed;
    private boolean leaving;
    private boolean ended;

    /** @param onEnd called once, on any thread, when no more answers go out */
    AnswerPump(StreamReply reply, UnansweredQuestions unanswered, Door door, Runnable onEnd) {
        this.reply = reply;
        this.unanswered = unanswered;
        this.door = door;
        this.onEnd = onEnd;
    }

    @Override
    public void onSubscribe(Flow.Subscription source) {
        boolean over;
        synchronized (this) {
            subscription = source;
            over = ended;
        }
        if (over) {
            source.cancel();
        } else {
            pump();
        }
    }

    @Override
    public void onNext(ReadResult result) {
        Asked asked;
        synchronized (this) {
            asked = ended ? null : unanswered.poll();
            requested = false;
            sending = asked != null;
        }
        if (asked == null) {
            // Either the call is over, or the store answers more than it was asked.
            result.close();
            fail(new KVStoreException(Reason.INTERNAL, "the store answered more than was asked"));
            return;
        }
        awaitRoom(asked, checked(asked, result));
    }

    @Override
    public void onError(Throwable failure) {
        fail(KVStoreException.of(failure));
    }

    @Override
    public void onComplete() {
        synchronized (this) {
            completed = true;
        }
        pump();
    }

    private ReadResult checked(Asked asked, ReadResult result) {
        KVStoreException refusal = asked.refusal();
        if (refusal == null || result.failure().isPresent()) {
            result.failure().ifPresent(reply::logFirstInternal);
            return result;
        }
        result.close();
        return ReadResult.failed(result.location(), refusal, result.storageNanos());
    }

    private void awaitRoom(Asked asked, ReadResult answer) {
        long bytes = ANSWER_BYTES
                + answer.chunk().map(chunk -> chunk.payload().sizeBytes()).orElse(0);
        CompletableFuture<ByteBudget.Permit> room = door.outbound().acquire(asked.tenant(), bytes);
        Executor where;
        boolean over;
        synchronized (this) {
            where = room.isDone() && turn.goesOn(bytes) ? Runnable::run : door.executor();
            waitingForRoom = room;
            waitingNanos = door.clock().nanos();
            over = ended;
        }
        if (over) {
            room.cancel(true);
        }
        var unused = room.whenCompleteAsync((permit, refusal) -> send(asked, answer, permit, refusal), where);
    }

    private void send(Asked asked, ReadResult result, ByteBudget.@Nullable Permit permit, @Nullable Throwable refusal) {
        try (result) {
            if (permit == null) {
                // In its place, like any other failure of one item; of no use when the call is over.
                ReadResult failed = ReadResult.failed(result.location(), StatusMapping.failureOf(refusal), 0);
                sendNow(asked, failed, () -> {});
                return;
            }
            long number = sent.add(permit, door.clock().nanos());
            if (number >= 0) {
                sendNow(asked, result, () -> wasSent(number));
            }
        } catch (RuntimeException | OutOfMemoryError e) {
            fail(StatusMapping.failureOf(e));
        } finally {
            synchronized (this) {
                sending = false;
                waitingForRoom = null;
            }
            pump();
        }
    }

    private void sendNow(Asked asked, ReadResult result, Runnable onSent) {
        reply.send(new ReadAnswer(result, door.clock().since(asked.nanos(), result.storageNanos()), onSent));
    }

    /** Called by the transport, which must not wait for a store: the pump goes on elsewhere, if this is what it waits for. */
    private void wasSent(long number) {
        sent.releaseUpTo(number, door.clock().nanos());
        boolean due;
        synchronized (this) {
            due = waitsForTransport && sent.isLow(RESUME_BYTES, SEND_AHEAD_BYTES);
            waitsForTransport &= !due;
        }
        if (due) {
            door.executor().execute(this::pump);
        }
    }

    /** Does what is due: asks for the next answer if the transport has room for it, ends the call after the last one. */
    void pump() {
        if (signals.getAndIncrement() != 0) {
            return; // the thread that pumps sees the count and goes round again
        }
        int seen = 1;
        do {
            step();
            seen = signals.addAndGet(-seen);
        } while (seen != 0);
    }

    private void step() {
        if (reply.isReady()) {
            sent.release(door.clock().nanos());
        }
        switch (nextStep()) {
            case ASK -> requestOne();
            case COMPLETE -> {
                if (stop()) {
                    reply.complete();
                }
            }
            case LEAVE -> fail(ActiveCalls.goingAway());
            case WAIT -> {}
        }
    }

    private enum Step {
        WAIT,
        ASK,
        COMPLETE,
        LEAVE
    }

    private synchronized Step nextStep() {
        if (ended || sending || subscription == null) {
            return Step.WAIT;
        }
        if (completed) {
            return Step.COMPLETE;
        }
        if (leaving && unanswered.isIdle()) {
            return Step.LEAVE;
        }
        waitsForTransport = !requested && sent.bytes() >= SEND_AHEAD_BYTES;
        if (requested || waitsForTransport) {
            return Step.WAIT;
        }
        requested = true;
        return Step.ASK;
    }

    private void requestOne() {
        Flow.Subscription source;
        synchronized (this) {
            source = subscription;
        }
        if (source != null) {
            source.request(1);
        }
    }

    /** Answers what was asked; when there is nothing to answer, says that the server goes away. */
    void leave() {
        synchronized (this) {
            leaving = true;
        }
        pump();
    }

    void fail(KVStoreException failure) {
        if (stop()) {
            reply.fail(failure);
        }
    }

    /** The call is over: the transport holds nothing of it any more. */
    void callEnded() {
        reply.ended();
        stop();
        sent.end();
    }

    /** Ends a wait for room that has lasted too long. */
    void check(long nowNanos) {
        CompletableFuture<?> late;
        synchronized (this) {
            late = Patience.ROOM.isOver(nowNanos - waitingNanos, 0) ? waitingForRoom : null;
        }
        if (late != null) {
            late.completeExceptionally(ByteBudget.exhausted());
        }
    }

    /** Whether the client has not read for too long what the transport holds. */
    boolean isStalled(long nowNanos) {
        return sent.isStalled(nowNanos, door.outbound().isStarved() || unanswered.areInTheWay());
    }

    /** Stops the work; false when it had stopped before. */
    private boolean stop() {
        Flow.Subscription source;
        CompletableFuture<?> room;
        synchronized (this) {
            if (ended) {
                return false;
            }
            ended = true;
            source = subscription;
            room = waitingForRoom;
        }
        onEnd.run();
        if (source != null) {
            source.cancel();
        }
        if (room != null) {
            room.cancel(true);
        }
        return true;
    }
}
