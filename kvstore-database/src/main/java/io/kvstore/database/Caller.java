package io.kvstore.database;

import io.kvstore.api.CallerToken;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Optional;
import java.util.Set;

/**
 * Who may show a token. Tokens are {@code <name>.<43 random characters>}: the name says which digest to compare with, so that
 * nothing secret is ever searched for, and invented tokens cost the database no more than invented names.
 *
 * @param tokenSha256 of the whole token
 * @param resources that it may use
 */
record Caller(String name, String tokenSha256, Set<String> resources) {

    private static final int SECRET_BYTES = 32;

    /** A token that nobody has. */
    static CallerToken newToken(String name, SecureRandom random) {
        byte[] secret = new byte[SECRET_BYTES];
        random.nextBytes(secret);
        return CallerToken.of(
                name + "." + Base64.getUrlEncoder().withoutPadding().encodeToString(secret));
    }

    /** Whose token that claims to be. */
    static Optional<String> nameIn(CallerToken token) {
        int dot = token.secret().indexOf('.');
        String name = dot < 0 ? "" : token.secret().substring(0, dot);
        return ResourceEntry.isCaller(name) ? Optional.of(name) : Optional.empty();
    }

    /** Whether it is this caller's; takes the same time wherever two digests differ. */
    boolean owns(CallerToken token) {
        return MessageDigest.isEqual(
                tokenSha256.getBytes(StandardCharsets.US_ASCII), token.sha256().getBytes(StandardCharsets.US_ASCII));
    }
}
