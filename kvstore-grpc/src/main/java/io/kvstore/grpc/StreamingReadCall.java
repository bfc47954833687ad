package io.kvstore.grpc;

import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.Status;
import io.kvstore.api.CallOptions;
import io.kvstore.api.KVStoreException;
import io.kvstore.api.KVStores;
import io.kvstore.api.ReadResult;
import io.kvstore.api.Reason;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/**
 * One StreamingRead. Questions are taken in as they come, whether or not anybody reads the answers, since existing clients
 * write all of them first. What is bounded is the answers: the store is asked for one at a time, and only while less than
 * {@link #SEND_AHEAD_BYTES} wait in the transport; each is counted against the budget until the transport has sent it.
 */
final class StreamingReadCall extends ServerCall.Listener<Decoded<LocationQuestion>> implements TimedCall {

    /** Enough to keep a connection busy while the next answer is copied; a slow reader pins no more than this and one answer. */
    static final long SEND_AHEAD_BYTES = 4 << 20;

    /** An answer without a payload, with its tokens and names: so that many small ones are bounded as well. */
    static final long ANSWER_BYTES = 2048;

    /** Questions without an answer yet. */
    static final int MAX_UNANSWERED = 65_536;

    /** The same in bytes: 65,536 with names and locations of the usual length, fewer with the longest. */
    static final long MAX_UNANSWERED_BYTES = 48L << 20;

    private static final int INTAKE_MESSAGES = 64;

    private final ServerCall<Decoded<LocationQuestion>, ReadAnswer> call;
    private final Door door;
    private final CallOptions options;
    private final QuestionQueue questions = new QuestionQueue();
    private final InboundBytes inbound;

    /** Guards the use of the call, which is not thread-safe. Taken before the monitor of this, never after. */
    private final Object callLock = new Object();

    private boolean headersSent;
    private boolean callClosed;

    private final Queue<Asked> unanswered = new ArrayDeque<>();
    private final SentAnswers sent = new SentAnswers();
    private long unansweredBytes;
    private Flow.@Nullable Subscription subscription;
    private @Nullable CompletableFuture<?> waitingForRoom;
    private long waitingNanos;
    private boolean internalLogged;
    private boolean requested;
    private boolean sending;
    private boolean completed;
    private boolean ended;

    /** @param refusal of what the store is not asked to check; answered in its place if nothing else is wrong */
    private record Asked(
            long nanos, String tenant, long bytes, @Nullable KVStoreException refusal) {}

    private StreamingReadCall(ServerCall<Decoded<LocationQuestion>, ReadAnswer> call, Door door, CallOptions options) {
        this.call = call;
        this.door = door;
        this.options = options;
        this.inbound = InboundBytes.current(door.inbound());
    }

    static ServerCallHandler<Decoded<LocationQuestion>, ReadAnswer> handler(KVStores stores, Door door) {
        return (call, headers) -> {
            StreamingReadCall listener = new StreamingReadCall(call, door, CallHeaders.options(headers));
            listener.start(stores);
            return listener;
        };
    }

    private void start(KVStores stores) {
        inbound.onRefuse(() -> door.executor().execute(() -> fail(ByteBudget.exhausted())));
        try {
            stores.readAll(questions, options).subscribe(new Answers());
        } catch (RuntimeException e) {
            fail(KVStoreException.of(e));
        }
        call.request(INTAKE_MESSAGES);
    }

    @Override
    public void onMessage(Decoded<LocationQuestion> message) {
        LocationQuestion question = message.message();
        if (question == null) {
            fail(StatusMapping.failureOf(message.failure()));
            return;
        }
        long bytes = question.waitingBytes();
        boolean room;
        synchronized (this) {
            room = unanswered.size() < MAX_UNANSWERED && unansweredBytes + bytes <= MAX_UNANSWERED_BYTES;
            if (room) {
                unansweredBytes += bytes;
                unanswered.add(
                        new Asked(door.clock().nanos(), question.resource(), bytes, question.completionIdFailure()));
            }
        }
        if (!room) {
            fail(new KVStoreException(
                    Reason.RESOURCE_EXHAUSTED,
                    "more than " + MAX_UNANSWERED + " unanswered questions in a stream, or " + MAX_UNANSWERED_BYTES
                            + " bytes of them"));
            return;
        }
        inbound.received(message.bytes(), bytes);
        questions.offer(question.toReadQuestion());
        call.request(1);
    }

    @Override
    public void onHalfClose() {
        questions.complete();
    }

    @Override
    public void onReady() {
        pump();
    }

    @Override
    public void onCancel() {
        synchronized (callLock) {
            callClosed = true;
        }
        onComplete();
    }

    @Override
    public void onComplete() {
        stop();
        sent.end();
    }

    @Override
    public void check(long nowNanos) {
        CompletableFuture<?> late;
        synchronized (this) {
            late = Patience.ROOM.isOver(nowNanos - waitingNanos, 0) ? waitingForRoom : null;
        }
        if (late != null) {
            late.completeExceptionally(ByteBudget.exhausted());
        }
        if (sent.isStalled(nowNanos)) {
            inbound.abort();
        }
    }

    /** The store's side of the call. */
    private final class Answers implements Flow.Subscriber<ReadResult> {

        @Override
        public void onSubscribe(Flow.Subscription source) {
            boolean over;
            synchronized (StreamingReadCall.this) {
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
            take(result);
        }

        @Override
        public void onError(Throwable failure) {
            fail(KVStoreException.of(failure));
        }

        @Override
        public void onComplete() {
            synchronized (StreamingReadCall.this) {
                completed = true;
            }
            pump();
        }
    }

    private void take(ReadResult result) {
        Asked asked;
        synchronized (this) {
            asked = unanswered.poll();
            requested = false;
            sending = asked != null;
            unansweredBytes -= asked == null ? 0 : asked.bytes();
        }
        if (asked == null) {
            // Either the call is over, or the store answers more than it was asked.
            result.close();
            fail(new KVStoreException(Reason.INTERNAL, "the store answered more than was asked"));
            return;
        }
        inbound.letGo(asked.bytes());
        ReadResult answer = checked(asked, result);
        CompletableFuture<ByteBudget.Permit> room = door.outbound().acquire(asked.tenant(), bytesOf(answer));
        boolean over;
        synchronized (this) {
            waitingForRoom = room;
            waitingNanos = door.clock().nanos();
            over = ended;
        }
        if (over) {
            room.cancel(true);
        }
        var unused = room.whenCompleteAsync((permit, refusal) -> send(asked, answer, permit, refusal), door.executor());
    }

    private ReadResult checked(Asked asked, ReadResult result) {
        KVStoreException refusal = asked.refusal();
        if (refusal == null || result.failure().isPresent()) {
            result.failure().ifPresent(this::logFirstInternal);
            return result;
        }
        result.close();
        return ReadResult.failed(result.location(), refusal, result.storageNanos());
    }

    /** One line a stream, as for a call that fails: a stream may have a hundred thousand such items. */
    private void logFirstInternal(KVStoreException failure) {
        boolean first;
        synchronized (this) {
            first = failure.reason() == Reason.INTERNAL && !internalLogged;
            internalLogged |= first;
        }
        if (first) {
            StatusMapping.logIfInternal(call, failure, options);
        }
    }

    private void send(Asked asked, ReadResult result, ByteBudget.@Nullable Permit permit, @Nullable Throwable refusal) {
        try (result) {
            if (permit == null) {
                // In its place, like any other failure of one item; of no use when the call is over.
                sendNow(asked, ReadResult.failed(result.location(), StatusMapping.failureOf(refusal), 0));
            } else if (sent.add(permit, door.clock().nanos())) {
                sendNow(asked, result);
            }
        } catch (RuntimeException | OutOfMemoryError e) {
            fail(StatusMapping.failureOf(e));
        } finally {
            synchronized (this) {
                sending = false;
                waitingForRoom = null;
            }
        }
        pump();
    }

    private static long bytesOf(ReadResult result) {
        return ANSWER_BYTES
                + result.chunk().map(chunk -> chunk.payload().sizeBytes()).orElse(0);
    }

    private void sendNow(Asked asked, ReadResult result) {
        ReadAnswer answer = new ReadAnswer(result, door.clock().since(asked.nanos(), result.storageNanos()));
        synchronized (callLock) {
            if (callClosed) {
                return;
            }
            if (!headersSent) {
                headersSent = true;
                call.sendHeaders(new Metadata());
            }
            call.sendMessage(answer);
        }
    }

    /** Asks for the next answer if the transport has room for it; ends the call after the last one. */
    private void pump() {
        if (call.isReady()) {
            sent.release();
        }
        Flow.Subscription source;
        boolean last;
        synchronized (this) {
            source = subscription;
            last = completed && !sending;
            if (ended || source == null || sending || (!last && (requested || sent.bytes() >= SEND_AHEAD_BYTES))) {
                return;
            }
            requested = true;
            ended = last;
        }
        if (last) {
            closeOk();
        } else {
            source.request(1);
        }
    }

    private void closeOk() {
        synchronized (callLock) {
            if (!callClosed) {
                callClosed = true;
                call.close(Status.OK, new Metadata());
            }
        }
    }

    private void fail(KVStoreException failure) {
        if (stop()) {
            synchronized (callLock) {
                if (!callClosed) {
                    callClosed = true;
                    StatusMapping.close(call, failure, options);
                }
            }
        }
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
            unanswered.clear();
            unansweredBytes = 0;
        }
        questions.cancel();
        inbound.close();
        if (source != null) {
            source.cancel();
        }
        if (room != null) {
            room.cancel(true);
        }
        return true;
    }
}
