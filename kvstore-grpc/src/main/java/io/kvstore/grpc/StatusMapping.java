package io.kvstore.grpc;

import com.google.protobuf.Any;
import com.google.protobuf.Duration;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.RetryInfo;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.kvstore.api.CallOptions;
import io.kvstore.api.KVStoreException;
import io.kvstore.api.Reason;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The one place where a {@link Reason} becomes a gRPC status and back. */
final class StatusMapping {

    private static final Logger log = LoggerFactory.getLogger(StatusMapping.class);

    private StatusMapping() {}

    /** Ends a call with a failure, which is logged when it is our mistake; nothing when gRPC has ended it already. */
    static void close(ServerCall<?, ?> call, KVStoreException failure, CallOptions options) {
        logIfInternal(call, failure, options);
        StatusRuntimeException status = toStatus(failure);
        Metadata trailers = status.getTrailers();
        try {
            call.close(status.getStatus(), trailers == null ? new Metadata() : trailers);
        } catch (IllegalStateException closed) {
            // gRPC ends a call by itself when a message could not be written.
            log.debug("already closed", closed);
        }
    }

    static void logIfInternal(ServerCall<?, ?> call, KVStoreException failure, CallOptions options) {
        if (failure.reason() == Reason.INTERNAL) {
            log.error(
                    "{} failed, request id '{}'",
                    call.getMethodDescriptor().getFullMethodName(),
                    options.requestId(),
                    failure);
        }
    }

    /** What went wrong, for the caller of a call; null stands for a result that is missing. */
    static KVStoreException failureOf(@Nullable Throwable failure) {
        if (failure instanceof OutOfMemoryError) {
            return ByteBudget.exhausted("no memory for the answer; retry later");
        }
        return KVStoreException.of(failure == null ? new NullPointerException("no result") : failure);
    }

    /**
     * The status of a failure, never OK, its description the failure's message. A retry delay travels as {@code
     * google.rpc.RetryInfo} in the trailer {@code grpc-status-details-bin}, where gRPC clients of all languages look for it.
     */
    static StatusRuntimeException toStatus(KVStoreException failure) {
        String message = ErrorText.messageOf(failure);
        com.google.rpc.Status.Builder status = com.google.rpc.Status.newBuilder()
                .setCode(code(failure.reason()).value())
                .setMessage(message);
        if (failure.retryAfter().isEmpty()) {
            return Status.fromCode(code(failure.reason()))
                    .withDescription(message)
                    .asRuntimeException(new Metadata());
        }
        java.time.Duration delay = failure.retryAfter().get();
        RetryInfo retry = RetryInfo.newBuilder()
                .setRetryDelay(
                        Duration.newBuilder().setSeconds(delay.getSeconds()).setNanos(delay.getNano()))
                .build();
        return StatusProto.toStatusRuntimeException(
                status.addDetails(Any.pack(retry)).build());
    }

    /** What a status that is not OK means to the caller of our client. */
    static KVStoreException toException(Status status, @Nullable Metadata trailers) {
        Reason reason = reason(status.getCode());
        String description = status.getDescription() == null ? "" : ErrorText.printable(status.getDescription());
        String message = reason.name().equals(status.getCode().name())
                ? description
                : "the server answered " + status.getCode() + (description.isEmpty() ? "" : ": " + description);
        return new KVStoreException(
                reason,
                (message.isEmpty() ? "the server answered " + status.getCode() : message) + because(status),
                retryDelay(status, trailers),
                status.getCause());
    }

    /** What the transport failed for, which gRPC tells apart: "io exception" alone is of no use to anybody. */
    private static String because(Status status) {
        Throwable cause = status.getCause();
        return cause instanceof IOException && cause.getMessage() != null
                ? ": " + ErrorText.printable(cause.getMessage())
                : "";
    }

    private static java.time.@Nullable Duration retryDelay(Status status, @Nullable Metadata trailers) {
        if (trailers == null) {
            return null;
        }
        try {
            com.google.rpc.Status details = StatusProto.fromStatusAndTrailers(status, trailers);
            for (Any detail : details.getDetailsList()) {
                if (detail.is(RetryInfo.class)) {
                    Duration delay = detail.unpack(RetryInfo.class).getRetryDelay();
                    return java.time.Duration.ofSeconds(delay.getSeconds(), delay.getNanos());
                }
            }
            return null;
        } catch (InvalidProtocolBufferException | RuntimeException e) {
            // A hint only: one that cannot be read does not hide the failure it came with.
            return null;
        }
    }

    private static Status.Code code(Reason reason) {
        return switch (reason) {
            case INVALID_ARGUMENT -> Status.Code.INVALID_ARGUMENT;
            case NOT_FOUND -> Status.Code.NOT_FOUND;
            case UNAUTHENTICATED -> Status.Code.UNAUTHENTICATED;
            case PERMISSION_DENIED -> Status.Code.PERMISSION_DENIED;
            case ALREADY_EXISTS -> Status.Code.ALREADY_EXISTS;
            case RESOURCE_EXHAUSTED -> Status.Code.RESOURCE_EXHAUSTED;
            case UNAVAILABLE -> Status.Code.UNAVAILABLE;
            case DATA_LOSS -> Status.Code.DATA_LOSS;
            case DEADLINE_EXCEEDED -> Status.Code.DEADLINE_EXCEEDED;
            case CANCELLED -> Status.Code.CANCELLED;
            case INTERNAL -> Status.Code.INTERNAL;
        };
    }

    private static Reason reason(Status.Code code) {
        return switch (code) {
            case INVALID_ARGUMENT -> Reason.INVALID_ARGUMENT;
            case NOT_FOUND -> Reason.NOT_FOUND;
            case UNAUTHENTICATED -> Reason.UNAUTHENTICATED;
            case PERMISSION_DENIED -> Reason.PERMISSION_DENIED;
            case ALREADY_EXISTS -> Reason.ALREADY_EXISTS;
            case RESOURCE_EXHAUSTED -> Reason.RESOURCE_EXHAUSTED;
            case UNAVAILABLE -> Reason.UNAVAILABLE;
            case DATA_LOSS -> Reason.DATA_LOSS;
            case DEADLINE_EXCEEDED -> Reason.DEADLINE_EXCEEDED;
            case CANCELLED -> Reason.CANCELLED;
            case OK, UNKNOWN, FAILED_PRECONDITION, ABORTED, OUT_OF_RANGE, UNIMPLEMENTED, INTERNAL -> Reason.INTERNAL;
        };
    }
}
