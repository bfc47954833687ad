package io.kvstore.grpc;

import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.Status;
import io.kvstore.api.CallOptions;
import io.kvstore.api.KVStoreException;
import io.kvstore.api.Reason;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * One unary call: lets the question in, asks the store, sends the answer when the budget has room for it.
 *
 * <p>The listener methods come one after another from gRPC; the store answers on any thread. Whatever happens first, an
 * answer, a failure or a cancel, the question and the result are closed once and the call ends once.
 */
final class UnaryCall<Q, R, A> extends ServerCall.Listener<Decoded<Q>> implements TimedCall {

    /** Room that must be free before a message with a payload is let in: its length is not known then. */
    static final long ADMITTED_BYTES = 1 << 20;

    private final ServerCall<Decoded<Q>, A> call;
    private final UnaryMethod<Q, R, A> method;
    private final Door door;
    private final CallOptions options;
    private final InboundBytes inbound;

    /** Whoever sets it closes the call. */
    private final AtomicBoolean ended = new AtomicBoolean();

    /** Only the listener methods touch it. */
    private @Nullable Decoded<Q> question;

    private long startNanos;

    private final QuestionPace pace = new QuestionPace();
    private boolean over;
    private Patience patience = Patience.STORE;
    private long waitingNanos;
    private @Nullable CompletableFuture<?> pending;
    private ByteBudget.@Nullable Permit held;

    private UnaryCall(ServerCall<Decoded<Q>, A> call, UnaryMethod<Q, R, A> method, Door door, CallOptions options) {
        this.call = call;
        this.method = method;
        this.door = door;
        this.options = options;
        this.inbound = InboundBytes.current(door.inbound());
    }

    static <Q, R, A> ServerCallHandler<Decoded<Q>, A> handler(UnaryMethod<Q, R, A> method, Door door) {
        return (call, headers) -> {
            UnaryCall<Q, R, A> listener = new UnaryCall<>(call, method, door, CallHeaders.options(headers));
            listener.start();
            return listener;
        };
    }

    private void start() {
        inbound.onRefuse(() -> door.executor().execute(() -> fail(ByteBudget.exhausted())));
        if (method.carriesPayload()) {
            CompletableFuture<ByteBudget.Permit> room =
                    door.inbound().acquire(CallHeaders.connection(call.getAttributes()), ADMITTED_BYTES);
            waitFor(room, Patience.ADMISSION);
            then(room, this::admitted);
        } else {
            takeQuestion();
        }
    }

    private void admitted(ByteBudget.@Nullable Permit permit, @Nullable Throwable refusal) {
        if (permit == null) {
            fail(StatusMapping.failureOf(refusal));
            return;
        }
        inbound.reserve(permit);
        takeQuestion();
    }

    private void takeQuestion() {
        waitFor(null, Patience.QUESTION);
        // One more than a unary call has: a client that sends two is told so.
        call.request(2);
    }

    /** On the current thread when the future is complete: most are, and a hand-over costs more than the rest. */
    private <T> void then(CompletableFuture<T> future, BiConsumer<@Nullable T, @Nullable Throwable> next) {
        Executor where = future.isDone() ? Runnable::run : door.executor();
        var unused = future.whenCompleteAsync(next, where);
    }

    @Override
    public void onMessage(Decoded<Q> message) {
        if (question != null) {
            inbound.received(message.bytes(), 0);
            dropQuestion(message);
            fail(new KVStoreException(Reason.INVALID_ARGUMENT, "more than one message in a unary call"));
            return;
        }
        question = message;
        startNanos = door.clock().nanos();
        inbound.received(message.bytes(), message.message() == null ? 0 : method.questionBytes(message.message()));
    }

    @Override
    public void onHalfClose() {
        Decoded<Q> asked = question;
        if (asked == null) {
            fail(new KVStoreException(Reason.INVALID_ARGUMENT, "no message in a unary call"));
            return;
        }
        if (!ended.get()) {
            question = null;
            ask(asked);
        }
    }

    private void ask(Decoded<Q> asked) {
        try {
            Q message = asked.get();
            String tenant = method.tenant(message);
            if (method.carriesPayload()) {
                inbound.letGo(method.questionBytes(message));
            }
            CompletableFuture<R> result = method.ask(message, options);
            waitFor(result, Patience.STORE);
            then(result, (value, failure) -> answered(tenant, value, failure));
        } catch (RuntimeException e) {
            fail(KVStoreException.of(e));
        }
    }

    private void answered(String tenant, @Nullable R result, @Nullable Throwable failure) {
        if (result == null) {
            fail(StatusMapping.failureOf(failure));
            return;
        }
        long bytes = method.answerBytes(result);
        if (bytes == 0) {
            send(result, null);
            return;
        }
        CompletableFuture<ByteBudget.Permit> room = door.outbound().acquire(tenant, bytes);
        waitFor(room, Patience.ROOM);
        then(room, (permit, refusal) -> {
            if (permit == null) {
                method.dropResult(result);
                fail(StatusMapping.failureOf(refusal));
            } else {
                send(result, permit);
            }
        });
    }

    private void send(R result, ByteBudget.@Nullable Permit permit) {
        try {
            hold(permit);
            A answer = method.answer(result, door.clock().since(startNanos, method.storageNanos(result)));
            if (ended.compareAndSet(false, true)) {
                waitFor(null, Patience.READER);
                sendNow(answer);
            }
        } catch (RuntimeException | OutOfMemoryError e) {
            fail(StatusMapping.failureOf(e));
        } finally {
            method.dropResult(result);
        }
    }

    private void sendNow(A answer) {
        try {
            call.sendHeaders(new Metadata());
            call.sendMessage(answer);
            call.close(Status.OK, new Metadata());
        } catch (RuntimeException | OutOfMemoryError e) {
            StatusMapping.close(call, StatusMapping.failureOf(e), options);
            stop(false);
        }
    }

    private void fail(KVStoreException failure) {
        if (ended.compareAndSet(false, true)) {
            StatusMapping.close(call, failure, options);
            stop(false);
        }
    }

    @Override
    public void onCancel() {
        onComplete();
    }

    @Override
    public void onComplete() {
        ended.set(true);
        Decoded<Q> unasked = question;
        if (unasked != null) {
            dropQuestion(unasked);
        }
        stop(true);
    }

    @Override
    public void check(long nowNanos) {
        Patience with;
        CompletableFuture<?> future;
        synchronized (this) {
            with = patience;
            future = pending;
            if (!isLate(nowNanos)) {
                return;
            }
        }
        switch (with) {
            case QUESTION, IDLE_QUESTION ->
                door.executor().execute(() -> fail(ByteBudget.exhausted("the question came too slowly")));
            case READER, IDLE_READER -> inbound.abort();
            case ADMISSION, ROOM, STORE -> {
                if (future != null) {
                    future.completeExceptionally(ByteBudget.exhausted());
                }
            }
        }
    }

    // Guarded by this.
    private boolean isLate(long nowNanos) {
        if (patience == Patience.QUESTION) {
            boolean wanted = door.inbound().isStarved() && inbound.isLarge();
            return pace.isLate(nowNanos, inbound.arrivingBytes(), wanted);
        }
        if (patience == Patience.READER && held != null) {
            return Patience.reader(door.outbound().isStarved()).isOver(nowNanos - waitingNanos, held.bytes());
        }
        return patience.isOver(nowNanos - waitingNanos, 0);
    }

    @Override
    public void abandon() {
        fail(ActiveCalls.goingAway());
    }

    /** Gives back what the call received and stops what it waits for; when it is over, what it sends as well. */
    private void stop(boolean sent) {
        CompletableFuture<?> waiting;
        ByteBudget.Permit permit;
        synchronized (this) {
            over = true;
            waiting = pending;
            permit = sent ? held : null;
        }
        inbound.close();
        if (waiting != null) {
            waiting.cancel(true);
        }
        if (permit != null) {
            permit.close();
        }
    }

    private void waitFor(@Nullable CompletableFuture<?> future, Patience with) {
        boolean late;
        synchronized (this) {
            pending = future;
            patience = with;
            waitingNanos = door.clock().nanos();
            pace.start(waitingNanos);
            late = over;
        }
        if (late && future != null) {
            future.cancel(true);
        }
    }

    /** Keeps the permit until the call is over. */
    private void hold(ByteBudget.@Nullable Permit permit) {
        synchronized (this) {
            if (!over) {
                held = permit;
                return;
            }
        }
        if (permit != null) {
            permit.close();
        }
    }

    private void dropQuestion(Decoded<Q> dropped) {
        if (dropped.message() != null) {
            method.dropQuestion(dropped.message());
        }
    }
}
