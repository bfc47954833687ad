package io.kvstore.api;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * The one exception of kvstore. Asynchronous methods never throw it: they fail their future with it, bare or as the
 * cause of a {@link CompletionException}; {@link #of} unwraps either. Its message is safe to show to the client that made
 * the call: no payload, no token, no secret, foreign text escaped.
 */
public final class KVStoreException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final Reason reason;
    private final transient @Nullable Duration retryAfter;

    public KVStoreException(Reason reason, String message) {
        this(reason, message, null, null);
    }

    public KVStoreException(Reason reason, String message, @Nullable Throwable cause) {
        this(reason, message, null, cause);
    }

    /**
     * With a hint.
     *
     * @param retryAfter how long to wait before a retry can help; null when none can, or nobody knows
     */
    public KVStoreException(Reason reason, String message, @Nullable Duration retryAfter, @Nullable Throwable cause) {
        super(message, cause);
        this.reason = reason;
        this.retryAfter = retryAfter;
    }

    public Reason reason() {
        return reason;
    }

    /** How long to wait before a retry can help, when that is known. */
    public Optional<Duration> retryAfter() {
        return Optional.ofNullable(retryAfter);
    }

    /**
     * What failed a future, as a KVStoreException: unwraps the JDK's wrappers, reads a cancelled future as {@link
     * Reason#CANCELLED} and anything unknown as {@link Reason#INTERNAL}, its cause kept.
     */
    public static KVStoreException of(Throwable failure) {
        Throwable cause = failure;
        while ((cause instanceof CompletionException || cause instanceof ExecutionException)
                && cause.getCause() != null) {
            cause = cause.getCause();
        }
        if (cause instanceof KVStoreException known) {
            return known;
        }
        if (cause instanceof java.util.concurrent.CancellationException) {
            return new KVStoreException(Reason.CANCELLED, "the call was cancelled", cause);
        }
        return new KVStoreException(
                Reason.INTERNAL, "internal error: " + cause.getClass().getSimpleName(), cause);
    }
}
