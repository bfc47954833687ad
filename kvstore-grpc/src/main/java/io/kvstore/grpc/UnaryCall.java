package io.kvstore.grpc;

import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.kvstore.api.CallOptions;
import io.kvstore.api.KVStoreException;
import io.kvstore.api.Reason;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One unary call: lets the question in, asks the store, sends the answer when the budget has room for it.
 *
 * <p>The listener methods come one after another from gRPC; the store answers on any thread. Whatever happens first, an
 * answer, a failure or a cancel, the question and the result are closed once and the call ends once.
 */
final class UnaryCall<Q, R, A> extends ServerCall.Listener<Decoded<Q>> {

    private static final Logger log = LoggerFactory.getLogger(UnaryCall.class);

    /** Room that must be free before a message with a payload is let in: its length is not known then. */
    private static final long ADMITTED_BYTES = 1 << 20;

    /** A message that waits holds a part of its connection's flow-control window, which others share: not for long. */
    private static final long MAX_ADMISSION_MILLIS = 2_000;

    private final ServerCall<Decoded<Q>, A> call;
    private final UnaryMethod<Q, R, A> method;
    private final Door door;
    private final CallOptions options;
    private final @Nullable InboundBytes inboundBytes = InboundBytes.current();
    private final AtomicBoolean ended = new AtomicBoolean();

    private @Nullable Decoded<Q> question;
    private long startNanos;

    private boolean cancelled;
    private @Nullable CompletableFuture<?> pending;
    private ByteBudget.@Nullable Permit admission;
    private ByteBudget.@Nullable Permit held;

    private UnaryCall(ServerCall<Decoded<Q>, A> call, UnaryMethod<Q, R, A> method, Door door, CallOptions options) {
        this.call = call;
        this.method = method;
        this.door = door;
        this.options = options;
    }

    static <Q, R, A> ServerCallHandler<Decoded<Q>, A> handler(UnaryMethod<Q, R, A> method, Door door) {
        return (call, headers) -> {
            UnaryCall<Q, R, A> listener = new UnaryCall<>(call, method, door, CallHeaders.options(headers));
            listener.start();
            return listener;
        };
    }

    private void start() {
        if (inboundBytes != null) {
            inboundBytes.onRefuse(() -> door.executor().execute(() -> fail(ByteBudget.exhausted())));
        }
        if (!method.carriesPayload()) {
            call.request(2);
            return;
        }
        CompletableFuture<ByteBudget.Permit> room = door.inbound().acquire(ByteBudget.NO_TENANT, ADMITTED_BYTES);
        if (room.isDone()) {
            admitted(room, room.getNow(null), null);
            return;
        }
        waitFor(room);
        var unused = room.orTimeout(MAX_ADMISSION_MILLIS, TimeUnit.MILLISECONDS)
                .whenCompleteAsync((permit, failure) -> admitted(room, permit, failure), door.executor());
    }

    private void admitted(
            CompletableFuture<ByteBudget.Permit> room,
            ByteBudget.@Nullable Permit permit,
            @Nullable Throwable failure) {
        if (permit == null) {
            room.cancel(true);
            KVStoreException why = failure == null ? ByteBudget.exhausted() : KVStoreException.of(failure);
            fail(failure instanceof TimeoutException ? ByteBudget.exhausted() : why);
            return;
        }
        if (hold(permit, true)) {
            // One more than a unary call has: a client that sends two is told so.
            call.request(2);
        }
    }

    @Override
    public void onMessage(Decoded<Q> message) {
        if (question != null) {
            dropQuestion(message);
            fail(new KVStoreException(Reason.INVALID_ARGUMENT, "more than one message in a unary call"));
            return;
        }
        question = message;
        startNanos = door.clock().nanos();
    }

    @Override
    public void onHalfClose() {
        Decoded<Q> asked = question;
        if (asked == null) {
            fail(new KVStoreException(Reason.INVALID_ARGUMENT, "no message in a unary call"));
            return;
        }
        if (ended.get()) {
            dropQuestion(asked);
            return;
        }
        if (method.carriesPayload()) {
            releaseAdmission();
        }
        ask(asked);
    }

    private void ask(Decoded<Q> asked) {
        try {
            Q message = asked.get();
            String tenant = method.tenant(message);
            CompletableFuture<R> result = method.ask(message, options);
            waitFor(result);
            var unused =
                    result.whenCompleteAsync((value, failure) -> answered(tenant, value, failure), door.executor());
        } catch (RuntimeException e) {
            fail(KVStoreException.of(e));
        }
    }

    private void answered(String tenant, @Nullable R result, @Nullable Throwable failure) {
        if (result == null || failure != null) {
            fail(KVStoreException.of(failure == null ? new NullPointerException("no result") : failure));
            return;
        }
        long bytes = method.payloadBytes(result);
        if (bytes == 0) {
            send(result);
            return;
        }
        CompletableFuture<ByteBudget.Permit> room = door.outbound().acquire(tenant, bytes);
        if (room.isDone() && !room.isCompletedExceptionally()) {
            sendWithin(result, room.join());
            return;
        }
        waitFor(room);
        var unused = room.whenCompleteAsync(
                (permit, refusal) -> {
                    if (permit != null) {
                        sendWithin(result, permit);
                    } else {
                        method.dropResult(result);
                        fail(refusal == null ? ByteBudget.exhausted() : KVStoreException.of(refusal));
                    }
                },
                door.executor());
    }

    private void sendWithin(R result, ByteBudget.Permit permit) {
        if (hold(permit, false)) {
            send(result);
        } else {
            method.dropResult(result);
        }
    }

    private void send(R result) {
        try {
            if (ended.compareAndSet(false, true)) {
                call.sendHeaders(new Metadata());
                call.sendMessage(method.answer(result, door.clock().since(startNanos, method.storageNanos(result))));
                call.close(Status.OK, new Metadata());
            }
        } finally {
            method.dropResult(result);
        }
    }

    private void fail(KVStoreException failure) {
        if (!ended.compareAndSet(false, true)) {
            return;
        }
        if (failure.reason() == Reason.INTERNAL) {
            log.error(
                    "{} failed, request id '{}'",
                    call.getMethodDescriptor().getFullMethodName(),
                    options.requestId(),
                    failure);
        }
        StatusRuntimeException status = StatusMapping.toStatus(failure);
        Metadata trailers = status.getTrailers();
        call.close(status.getStatus(), trailers == null ? new Metadata() : trailers);
        stop(false);
    }

    @Override
    public void onCancel() {
        ended.set(true);
        Decoded<Q> asked = question;
        if (asked != null) {
            // Closing what the store was given is harmless: it has a claim of its own.
            dropQuestion(asked);
        }
        stop(true);
    }

    @Override
    public void onComplete() {
        stop(true);
    }

    /** The call is over: gives back what it holds, and stops what it waits for. */
    private void stop(boolean sent) {
        CompletableFuture<?> waiting;
        ByteBudget.Permit permit;
        synchronized (this) {
            cancelled = true;
            waiting = pending;
            permit = sent ? held : null;
        }
        releaseAdmission();
        if (waiting != null) {
            waiting.cancel(true);
        }
        if (permit != null) {
            permit.close();
        }
    }

    private void releaseAdmission() {
        ByteBudget.Permit permit;
        synchronized (this) {
            permit = admission;
        }
        if (permit != null) {
            permit.close();
        }
        if (inboundBytes != null) {
            inboundBytes.settle();
        }
    }

    private void waitFor(CompletableFuture<?> future) {
        boolean over;
        synchronized (this) {
            pending = future;
            over = cancelled;
        }
        if (over) {
            future.cancel(true);
        }
    }

    /** Keeps the permit until the call is over; false when it is over already. */
    private boolean hold(ByteBudget.Permit permit, boolean forAdmission) {
        synchronized (this) {
            if (!cancelled) {
                if (forAdmission) {
                    admission = permit;
                } else {
                    held = permit;
                }
                return true;
            }
        }
        permit.close();
        return false;
    }

    private void dropQuestion(Decoded<Q> dropped) {
        if (dropped.message() != null) {
            method.dropQuestion(dropped.message());
        }
    }
}
