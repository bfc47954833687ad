package io.kvstore.api;

import java.time.Duration;
import java.util.Optional;

/**
 * What goes with a call besides its question.
 *
 * @param timeout the time the call may take, counted from when it is made; empty for the implementation's default, which is
 *     never endless
 * @param requestId carried into logs and traces, "" for none; at most 128 characters are kept
 * @param token what the caller shows to say who it is; resources that are open to everybody do not look at it
 */
public record CallOptions(Optional<Duration> timeout, String requestId, CallerToken token) {

    /** The default time, no request id, no token. */
    public static final CallOptions DEFAULT = new CallOptions(Optional.empty(), "", CallerToken.NONE);

    private static final int MAX_REQUEST_ID_CHARS = 128;

    public CallOptions {
        if (requestId.length() > MAX_REQUEST_ID_CHARS) {
            requestId = requestId.substring(0, MAX_REQUEST_ID_CHARS);
        }
    }

    public CallOptions withTimeout(Duration time) {
        return new CallOptions(Optional.of(time), requestId, token);
    }

    public CallOptions withRequestId(String id) {
        return new CallOptions(timeout, id, token);
    }

    public CallOptions withToken(CallerToken shown) {
        return new CallOptions(timeout, requestId, shown);
    }
}
