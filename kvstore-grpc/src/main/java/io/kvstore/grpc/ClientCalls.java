package io.kvstore.grpc;

import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.kvstore.api.CallOptions;
import io.kvstore.api.CallerToken;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * What goes with every call of the client: deadline, request id, token.
 *
 * @param defaultToken shown by calls that bring none
 */
record ClientCalls(Channel channel, Duration defaultTimeout, CallerToken defaultToken) {

    /** Beyond a century a deadline is none, and its nanoseconds no longer fit. */
    private static final Duration MAX_TIMEOUT = Duration.ofDays(36_500);

    private static final Duration MIN_TIMEOUT = MAX_TIMEOUT.negated();

    <Q, A> ClientCall<Q, A> unary(MethodDescriptor<Q, A> method, CallOptions options) {
        return newCall(method, options.timeout().orElse(defaultTimeout));
    }

    /** A stream may last as long as it is used, unless the caller says otherwise. */
    <Q, A> ClientCall<Q, A> stream(MethodDescriptor<Q, A> method, CallOptions options) {
        return options.timeout().isPresent()
                ? newCall(method, options.timeout().get())
                : channel.newCall(method, io.grpc.CallOptions.DEFAULT);
    }

    private <Q, A> ClientCall<Q, A> newCall(MethodDescriptor<Q, A> method, Duration timeout) {
        Duration bounded = timeout.compareTo(MAX_TIMEOUT) > 0 ? MAX_TIMEOUT : timeout;
        bounded = bounded.compareTo(MIN_TIMEOUT) < 0 ? MIN_TIMEOUT : bounded;
        return channel.newCall(
                method, io.grpc.CallOptions.DEFAULT.withDeadlineAfter(bounded.toNanos(), TimeUnit.NANOSECONDS));
    }

    Metadata headers(CallOptions options) {
        Metadata headers = new Metadata();
        if (!options.requestId().isEmpty()) {
            headers.put(RequestIds.KEY, RequestIds.sanitized(options.requestId()));
        }
        BearerTokens.put(headers, options.token().isPresent() ? options.token() : defaultToken);
        return headers;
    }
}
