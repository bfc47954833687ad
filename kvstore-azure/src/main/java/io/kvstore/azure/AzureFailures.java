package io.kvstore.azure;

import static java.time.format.DateTimeFormatter.RFC_1123_DATE_TIME;

import com.azure.core.exception.ClientAuthenticationException;
import com.azure.core.exception.HttpResponseException;
import com.azure.core.http.HttpHeaderName;
import com.azure.core.http.HttpResponse;
import io.kvstore.api.KVStoreException;
import io.kvstore.api.Reason;
import io.netty.handler.codec.dns.DnsResponseCode;
import io.netty.resolver.dns.DnsErrorCauseException;
import java.net.UnknownHostException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;
import reactor.core.Exceptions;
import reactor.netty.internal.shaded.reactor.pool.PoolAcquirePendingLimitException;

/**
 * The one place that knows what failures of the storage, of the SDK and of the network mean. Messages are ours: nothing
 * that Azure or the SDK wrote reaches a client or a log.
 */
final class AzureFailures {

    /** When the storage does not say. */
    private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

    /** No client should be told to wait longer, whatever the storage says. */
    private static final Duration MAX_RETRY_AFTER = Duration.ofMinutes(1);

    private static final HttpHeaderName ERROR_CODE = HttpHeaderName.fromString("x-ms-error-code");

    private AzureFailures() {}

    /** What that failure means to a caller. */
    static KVStoreException of(Throwable thrown) {
        Throwable failure = unwrapped(thrown);
        return failure instanceof KVStoreException known ? known : of(failure, UntoldFailure.of(failure));
    }

    private static KVStoreException of(Throwable failure, UntoldFailure untold) {
        if (failure instanceof CancellationException) {
            return new KVStoreException(Reason.CANCELLED, "the call was cancelled", untold);
        }
        if (failure instanceof HttpResponseException answered && answered.getResponse() != null) {
            return ofStatus(answered, answered.getResponse(), untold);
        }
        if (failure instanceof ClientAuthenticationException) {
            return unavailable("this server could not get a token for the storage", RETRY_AFTER, untold);
        }
        if (isNoSuchHost(failure)) {
            return noSuchAccount(untold);
        }
        if (failure instanceof PoolAcquirePendingLimitException) {
            return new KVStoreException(
                    Reason.RESOURCE_EXHAUSTED, "too many calls wait for the storage", RETRY_AFTER, untold);
        }
        if (failure instanceof OutOfMemoryError) {
            return new KVStoreException(Reason.RESOURCE_EXHAUSTED, "no memory for the call", RETRY_AFTER, untold);
        }
        if (failure instanceof IllegalStateException || failure instanceof IllegalArgumentException) {
            return new KVStoreException(
                    Reason.INTERNAL,
                    "internal error: " + failure.getClass().getSimpleName(),
                    untold); // a defect of ours
        }
        // Connections refused, reset, cut, timed out, TLS that fails: all of it is a storage that can not be reached.
        return unavailable("the storage can not be reached", RETRY_AFTER, untold);
    }

    static KVStoreException noSuchAccount(@Nullable Throwable cause) {
        return new KVStoreException(Reason.NOT_FOUND, "the resource has no storage account", cause);
    }

    /** The name service does not know an account that was there. */
    static KVStoreException hostIsGone(Throwable failure) {
        return unavailable(
                "the name service does not know the resource's storage account any more",
                RETRY_AFTER,
                UntoldFailure.of(failure));
    }

    /** Whether the storage itself has said it. */
    static boolean isAnswer(Throwable thrown) {
        return unwrapped(thrown) instanceof HttpResponseException answered && answered.getResponse() != null;
    }

    private static KVStoreException ofStatus(
            HttpResponseException failure, HttpResponse response, UntoldFailure untold) {
        int status = response.getStatusCode();
        return switch (status) {
            case 401, 403 ->
                new KVStoreException(
                        Reason.PERMISSION_DENIED, "the storage does not let this server at the resource", untold);
            case 404 ->
                isContainerNotFound(failure)
                        ? new KVStoreException(Reason.NOT_FOUND, "the container does not exist", untold)
                        : unavailable("the storage answered with status 404", RETRY_AFTER, untold);
            case 408, 429, 500, 502, 503, 504 ->
                unavailable(
                        status == 429 || status == 503 ? "the storage is busy" : "the storage failed",
                        retryAfter(response),
                        untold);
            case 409, 412 ->
                unavailable("the blob or its container is being changed (status " + status + ")", RETRY_AFTER, untold);
            default ->
                new KVStoreException(
                        Reason.INTERNAL, "the storage refused a request of ours with status " + status, untold);
        };
    }

    private static KVStoreException unavailable(String message, Duration retryAfter, Throwable cause) {
        return new KVStoreException(Reason.UNAVAILABLE, message, retryAfter, cause);
    }

    /** When the caller is told to come back: what the storage asks for, within reason. */
    private static Duration retryAfter(HttpResponse response) {
        Duration asked = askedDelay(response).orElse(RETRY_AFTER);
        return asked.compareTo(MAX_RETRY_AFTER) > 0 ? MAX_RETRY_AFTER : asked;
    }

    /**
     * How long the storage asks to be left alone, in any of the ways that the SDK knows; the first that can be read.
     */
    static Optional<Duration> askedDelay(HttpResponse response) {
        for (HttpHeaderName millis : List.of(HttpHeaderName.X_MS_RETRY_AFTER_MS, HttpHeaderName.RETRY_AFTER_MS)) {
            Optional<Duration> asked = number(response.getHeaderValue(millis)).map(Duration::ofMillis);
            if (asked.isPresent()) {
                return asked;
            }
        }
        String asked = response.getHeaderValue(HttpHeaderName.RETRY_AFTER);
        Optional<Duration> seconds = number(asked).map(Duration::ofSeconds);
        return seconds.isPresent() ? seconds : untilDate(asked, response.getHeaderValue(HttpHeaderName.DATE));
    }

    private static Optional<Long> number(@Nullable String text) {
        return text == null || !text.matches("[0-9]{1,9}") ? Optional.empty() : Optional.of(Long.parseLong(text));
    }

    /** By the clock of who names the date: ours may be wrong. */
    private static Optional<Duration> untilDate(@Nullable String date, @Nullable String now) {
        if (date == null || now == null) {
            return Optional.empty();
        }
        try {
            Duration until = Duration.between(
                    RFC_1123_DATE_TIME.parse(now, Instant::from), RFC_1123_DATE_TIME.parse(date, Instant::from));
            return Optional.of(until.isNegative() ? Duration.ZERO : until);
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }

    /**
     * Whether the account is down, busy or out of reach. What the storage answers about one container or blob is not,
     * though a caller may have to come back for it: others in the account are served.
     */
    static boolean isOfTheAccount(Throwable thrown) {
        Throwable failure = unwrapped(thrown);
        if (failure instanceof KVStoreException) {
            return false; // said by us of a blob: of a newer release, say
        }
        if (failure instanceof HttpResponseException answered && answered.getResponse() != null) {
            int status = answered.getResponse().getStatusCode();
            return status == 408 || status == 429 || status >= 500;
        }
        return of(failure).reason() == Reason.UNAVAILABLE;
    }

    /**
     * The blob is not stored, as only the storage itself can say it: an unnamed 404 may come from anybody on the way.
     */
    static boolean isBlobNotFound(Throwable failure) {
        return has(failure, 404, "BlobNotFound");
    }

    static boolean isContainerNotFound(Throwable failure) {
        return has(failure, 404, "ContainerNotFound");
    }

    /** A blob of that name is stored. */
    static boolean isBlobThere(Throwable failure) {
        return has(failure, 409, "BlobAlreadyExists");
    }

    static boolean isContainerThere(Throwable failure) {
        return has(failure, 409, "ContainerAlreadyExists");
    }

    /** What is stored is not what the condition names, or the condition names nothing at all. */
    static boolean isConditionNotMet(Throwable failure) {
        return has(failure, 412, "ConditionNotMet") || has(failure, 400, "InvalidHeaderValue");
    }

    /** A page was asked for that never was. */
    static boolean isBadMarker(Throwable failure) {
        return has(failure, 400, "InvalidQueryParameterValue") || has(failure, 400, "OutOfRangeInput");
    }

    /** What happened in a few words, for a log: no address, no text of the storage's. */
    static String inShort(Throwable thrown) {
        Throwable failure = unwrapped(thrown);
        if (failure instanceof HttpResponseException answered && answered.getResponse() != null) {
            String code = answered.getResponse().getHeaderValue(ERROR_CODE);
            String known = code != null && code.matches("[A-Za-z]{1,64}") ? code : "no code";
            return "status " + answered.getResponse().getStatusCode() + " (" + known + ")";
        }
        return failure.getClass().getSimpleName();
    }

    private static boolean has(Throwable failure, int status, String code) {
        return unwrapped(failure) instanceof HttpResponseException answered
                && answered.getResponse() != null
                && answered.getResponse().getStatusCode() == status
                && code.equals(answered.getResponse().getHeaderValue(ERROR_CODE));
    }

    /** The name service says that there is no such name, which only Netty's tells. */
    static boolean isNoSuchHost(Throwable thrown) {
        Throwable failure = unwrapped(thrown);
        return failure instanceof UnknownHostException
                && failure.getCause() instanceof DnsErrorCauseException refused
                && DnsResponseCode.NXDOMAIN.equals(refused.getCode());
    }

    private static Throwable unwrapped(Throwable thrown) {
        Throwable failure = Exceptions.unwrap(thrown);
        @Nullable Throwable cause = failure.getCause();
        boolean wrapper = failure instanceof java.util.concurrent.CompletionException
                || failure instanceof java.io.UncheckedIOException;
        return wrapper && cause != null ? cause : failure;
    }
}
