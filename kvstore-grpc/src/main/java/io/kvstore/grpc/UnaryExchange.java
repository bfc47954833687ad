package io.kvstore.grpc;

import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import io.kvstore.api.KVStoreException;
import io.kvstore.api.Reason;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One unary call of the client, as a future. Cancelling the future cancels the call.
 *
 * @param <A> answer as received
 * @param <R> result as handed to the caller
 */
final class UnaryExchange<A, R> extends ClientCall.Listener<A> {

    private final ClientCall<?, A> call;
    private final Function<A, R> toResult;
    private final Consumer<R> dropResult;
    private final Runnable atEnd;
    private final CompletableFuture<R> future = new CallFuture();
    private @Nullable A answer;

    private UnaryExchange(ClientCall<?, A> call, Function<A, R> toResult, Consumer<R> dropResult, Runnable atEnd) {
        this.call = call;
        this.toResult = toResult;
        this.dropResult = dropResult;
        this.atEnd = atEnd;
    }

    /**
     * Makes the call.
     *
     * @param toResult makes a result of the answer, or throws KVStoreException and has let go of the answer then
     * @param dropResult lets go of a result that nobody waits for any more
     * @param atEnd run once, when the transport needs the question no longer
     */
    static <Q, A, R> CompletableFuture<R> start(
            ClientCall<Q, A> call,
            Metadata headers,
            Q question,
            Function<A, R> toResult,
            Consumer<R> dropResult,
            Runnable atEnd) {
        UnaryExchange<A, R> exchange = new UnaryExchange<>(call, toResult, dropResult, atEnd);
        try {
            call.start(exchange, headers);
            call.request(2);
            call.sendMessage(question);
            call.halfClose();
        } catch (RuntimeException e) {
            exchange.future.completeExceptionally(KVStoreException.of(e));
            call.cancel("the question could not be sent", e);
        }
        return exchange.future;
    }

    @Override
    public void onMessage(A message) {
        if (answer != null) {
            drop();
            future.completeExceptionally(
                    new KVStoreException(Reason.INTERNAL, "the server answered a unary call twice"));
            call.cancel("the server answered a unary call twice", null);
        }
        answer = message;
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
        atEnd.run();
        if (!status.isOk()) {
            drop();
            future.completeExceptionally(StatusMapping.toException(status, trailers));
            // A server that refuses a message half-way lets the rest of it wait in the connection for ever. Not before
            // the failure is told: who is still sending fails for it.
            call.cancel("the server ended the call", null);
            return;
        }
        A received = answer;
        if (received == null) {
            future.completeExceptionally(new KVStoreException(Reason.INTERNAL, "the server answered nothing"));
            return;
        }
        try {
            R result = toResult.apply(received);
            if (!future.complete(result)) {
                dropResult.accept(result);
            }
        } catch (RuntimeException e) {
            future.completeExceptionally(KVStoreException.of(e));
        }
    }

    /** An answer that came before a failure. */
    private void drop() {
        A received = answer;
        if (received == null) {
            return;
        }
        try {
            dropResult.accept(toResult.apply(received));
        } catch (KVStoreException e) {
            // It was no good answer either, and is let go of.
        }
    }

    private final class CallFuture extends CompletableFuture<R> {
        @Override
        public boolean cancel(boolean mayInterruptIfRunning) {
            boolean cancelled = super.cancel(mayInterruptIfRunning);
            if (cancelled) {
                call.cancel("cancelled by the caller", null);
            }
            return cancelled;
        }
    }
}
