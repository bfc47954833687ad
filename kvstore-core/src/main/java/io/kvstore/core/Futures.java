package io.kvstore.core;

import io.kvstore.api.KVStoreException;
import io.kvstore.api.Payload;
import io.kvstore.api.Reason;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** How an outcome moves from one future to the next without losing what must be closed. */
final class Futures {

    private Futures() {}

    /** Completes {@code to} with what completed another future. */
    @SuppressWarnings("NullAway") // one of the two is null, as whenComplete promises
    static <T> void pass(@Nullable T value, @Nullable Throwable failure, CompletableFuture<T> to) {
        if (failure != null) {
            to.completeExceptionally(failure);
        } else {
            to.complete(value);
        }
    }

    /**
     * An answer that is passed on after {@code note} has heard of it. The JDK runs what is hooked to one future last come,
     * first served: what is hooked above would come first.
     *
     * @param close lets go of an answer that nobody waits for any more
     */
    static <T> CompletableFuture<T> noting(
            CompletableFuture<T> answer, BiConsumer<? super T, ? super Throwable> note, Consumer<T> close) {
        if (answer.isDone()) {
            answer.whenComplete(note);
            return answer;
        }
        Relay<T> noted = new Relay<>();
        noted.follow(answer);
        answer.whenComplete((value, failure) -> {
            note.accept(value, failure);
            hand(value, failure, noted, close);
        });
        return noted;
    }

    /** Completes {@code to}, or runs {@code close} when nobody waits any more. */
    static <T> void deliver(T value, CompletableFuture<T> to, Runnable close) {
        if (!to.complete(value)) {
            close.run();
        }
    }

    /** As {@link #pass} for a value that holds a claim: closed when nobody waits any more. */
    @SuppressWarnings("NullAway") // one of the two is null, as whenComplete promises
    static <T> void hand(@Nullable T value, @Nullable Throwable failure, CompletableFuture<T> to, Consumer<T> close) {
        if (failure != null) {
            to.completeExceptionally(failure);
        } else {
            deliver(value, to, () -> close.accept(value));
        }
    }

    /**
     * Begins work that makes a claim its own. When it breaks off, out of memory say, the claim is closed: nobody else would.
     */
    static <T> T owning(Payload claim, Supplier<T> begin) {
        boolean begun = false;
        try {
            T result = begin.get();
            begun = true;
            return result;
        } finally {
            if (!begun) {
                claim.close();
            }
        }
    }

    /** The answer to a put whose payload the caller has closed already. */
    static <T> CompletableFuture<T> payloadClosed() {
        return CompletableFuture.failedFuture(
                new KVStoreException(Reason.INVALID_ARGUMENT, "chunk.buffer: the payload is closed"));
    }
}
