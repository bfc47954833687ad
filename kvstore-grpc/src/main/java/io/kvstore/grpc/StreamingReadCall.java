package io.kvstore.grpc;

import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.kvstore.api.CallOptions;
import io.kvstore.api.KVStoreException;
import io.kvstore.api.KVStores;
import io.kvstore.api.ReadResult;
import io.kvstore.api.Reason;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One StreamingRead. Questions are taken in as they come, whether or not anybody reads the answers, since existing clients
 * write all of them first. What is bounded is the answers: the store is asked for one at a time, and only while less than
 * {@link #SEND_AHEAD_BYTES} wait in the transport; each is counted against the budget until the transport has sent it.
 */
final class StreamingReadCall extends ServerCall.Listener<Decoded<LocationQuestion>> {

    private static final Logger log = LoggerFactory.getLogger(StreamingReadCall.class);

    /** Enough to keep a connection busy while the next answer is copied; a slow reader pins no more than this and one answer. */
    static final long SEND_AHEAD_BYTES = 4 << 20;

    /** An answer without a payload, with its tokens and names: so that many small ones are bounded as well. */
    static final long ANSWER_BYTES = 2048;

    /** Questions without an answer yet; each takes a few hundred bytes. */
    static final int MAX_UNANSWERED = 65_536;

    private static final int INTAKE_MESSAGES = 64;

    private final ServerCall<Decoded<LocationQuestion>, ReadAnswer> call;
    private final Door door;
    private final CallOptions options;
    private final QuestionQueue questions = new QuestionQueue();
    private final @Nullable InboundBytes inboundBytes = InboundBytes.current();

    /** Guards the use of the call, which is not thread-safe. Taken before the monitor of this, never after. */
    private final Object callLock = new Object();

    private boolean headersSent;
    private boolean callClosed;

    private final Queue<Asked> unanswered = new ArrayDeque<>();
    private final List<ByteBudget.Permit> held = new ArrayList<>();
    private long heldBytes;
    private Flow.@Nullable Subscription subscription;
    private @Nullable CompletableFuture<?> waitingForRoom;
    private boolean requested;
    private boolean sending;
    private boolean completed;
    private boolean ended;

    private record Asked(long nanos, String tenant) {}

    private StreamingReadCall(ServerCall<Decoded<LocationQuestion>, ReadAnswer> call, Door door, CallOptions options) {
        this.call = call;
        this.door = door;
        this.options = options;
    }

    static ServerCallHandler<Decoded<LocationQuestion>, ReadAnswer> handler(KVStores stores, Door door) {
        return (call, headers) -> {
            StreamingReadCall listener = new StreamingReadCall(call, door, CallHeaders.options(headers));
            listener.start(stores);
            return listener;
        };
    }

    private void start(KVStores stores) {
        if (inboundBytes != null) {
            inboundBytes.onRefuse(() -> door.executor().execute(() -> fail(ByteBudget.exhausted())));
        }
        try {
            stores.readAll(questions, options).subscribe(new Answers());
        } catch (RuntimeException e) {
            fail(KVStoreException.of(e));
        }
        call.request(INTAKE_MESSAGES);
    }

    @Override
    public void onMessage(Decoded<LocationQuestion> message) {
        if (inboundBytes != null) {
            inboundBytes.settle();
        }
        LocationQuestion question = message.message();
        if (question == null) {
            fail(message.failure() == null ? ByteBudget.exhausted() : message.failure());
            return;
        }
        boolean room;
        synchronized (this) {
            room = unanswered.size() < MAX_UNANSWERED;
            if (room) {
                unanswered.add(new Asked(door.clock().nanos(), question.resource()));
            }
        }
        if (!room) {
            fail(new KVStoreException(
                    Reason.RESOURCE_EXHAUSTED, "more than " + MAX_UNANSWERED + " unanswered questions in a stream"));
            return;
        }
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
        stop();
        releaseHeld();
    }

    @Override
    public void onComplete() {
        releaseHeld();
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
        }
        if (asked == null) {
            // Either the call is over, or the store answers more than it was asked.
            result.close();
            fail(new KVStoreException(Reason.INTERNAL, "the store answered more than was asked"));
            return;
        }
        CompletableFuture<ByteBudget.Permit> room = door.outbound().acquire(asked.tenant(), bytesOf(result));
        boolean over;
        synchronized (this) {
            waitingForRoom = room;
            over = ended;
        }
        if (over) {
            room.cancel(true);
        }
        var unused = room.whenCompleteAsync((permit, refusal) -> send(asked, result, permit, refusal), door.executor());
    }

    private void send(Asked asked, ReadResult result, ByteBudget.@Nullable Permit permit, @Nullable Throwable refusal) {
        try (result) {
            if (permit != null) {
                sendNow(asked, result);
                hold(permit);
            } else if (refusal != null) {
                // In its place, like any other failure of one item; of no use when the call is over.
                sendNow(asked, ReadResult.failed(result.location(), KVStoreException.of(refusal), 0));
            }
        }
        synchronized (this) {
            sending = false;
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

    /** Keeps the permit until the transport has sent what was just handed to it. */
    private void hold(ByteBudget.Permit permit) {
        synchronized (this) {
            if (!ended) {
                held.add(permit);
                heldBytes += permit.bytes();
                return;
            }
        }
        permit.close();
    }

    /** Asks for the next answer if the transport has room for it; ends the call after the last one. */
    private void pump() {
        if (call.isReady()) {
            releaseHeld();
        }
        Flow.Subscription source;
        boolean last;
        synchronized (this) {
            source = subscription;
            last = completed && !sending;
            if (ended || source == null || sending || (!last && (requested || heldBytes >= SEND_AHEAD_BYTES))) {
                return;
            }
            requested = true;
            ended = last;
        }
        if (last) {
            close(Status.OK, new Metadata());
        } else {
            source.request(1);
        }
    }

    private void releaseHeld() {
        List<ByteBudget.Permit> sent;
        synchronized (this) {
            sent = List.copyOf(held);
            held.clear();
            heldBytes = 0;
        }
        sent.forEach(ByteBudget.Permit::close);
    }

    private void fail(KVStoreException failure) {
        if (!stop()) {
            return;
        }
        if (failure.reason() == Reason.INTERNAL) {
            log.error("StreamingRead failed, request id '{}'", options.requestId(), failure);
        }
        StatusRuntimeException status = StatusMapping.toStatus(failure);
        Metadata trailers = status.getTrailers();
        close(status.getStatus(), trailers == null ? new Metadata() : trailers);
    }

    private void close(Status status, Metadata trailers) {
        synchronized (callLock) {
            if (!callClosed) {
                callClosed = true;
                call.close(status, trailers);
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
        }
        questions.cancel();
        if (source != null) {
            source.cancel();
        }
        if (room != null) {
            room.cancel(true);
        }
        return true;
    }
}
