package io.kvstore.grpc;

import io.grpc.Metadata;
import io.kvstore.api.CallerToken;
import java.util.Locale;

/** What a caller shows to say who it is, in the metadata {@code authorization: Bearer ...}. */
final class BearerTokens {

    static final Metadata.Key<String> KEY = Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

    private static final String SCHEME = "bearer ";

    private BearerTokens() {}

    /** Another scheme, or text that is no token, shows nothing: whether that matters, who knows the resource decides. */
    static CallerToken from(Metadata headers) {
        String shown = headers.get(KEY);
        if (shown == null
                || shown.length() <= SCHEME.length()
                || !shown.substring(0, SCHEME.length()).toLowerCase(Locale.ROOT).equals(SCHEME)) {
            return CallerToken.NONE;
        }
        String secret = shown.substring(SCHEME.length()).trim();
        return CallerToken.isToken(secret) ? CallerToken.of(secret) : CallerToken.NONE;
    }

    static void put(Metadata headers, CallerToken token) {
        if (token.isPresent()) {
            headers.put(KEY, "Bearer " + token.secret());
        }
    }
}
