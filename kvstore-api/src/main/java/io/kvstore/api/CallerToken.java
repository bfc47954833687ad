package io.kvstore.api;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * What a caller shows to say who it is: a secret, so that it is never in a log, a message or {@link #toString}. On the wire it
 * is the metadata {@code authorization: Bearer ...}.
 *
 * <p>Threading: safe for many threads.
 */
public final class CallerToken {

    /** Nothing was shown, or nothing that can be a token. */
    public static final CallerToken NONE = new CallerToken("");

    private static final int MAX_CHARS = 4_096;

    private final String secret;

    /** Computed once however many calls show it; a race computes it twice. */
    private volatile @Nullable String sha256;

    private CallerToken(String secret) {
        this.secret = secret;
    }

    /**
     * A token.
     *
     * @param secret 1 to 4,096 printable ASCII characters without blanks, as a header can carry them
     * @throws IllegalArgumentException for any other; the message does not show it
     */
    public static CallerToken of(String secret) {
        if (!isToken(secret)) {
            throw new IllegalArgumentException(
                    "token: expected 1 to " + MAX_CHARS + " printable ASCII characters without blanks");
        }
        return new CallerToken(secret);
    }

    /** Whether {@link #of} takes it. */
    public static boolean isToken(String secret) {
        return !secret.isEmpty()
                && secret.length() <= MAX_CHARS
                && secret.chars().allMatch(c -> c > ' ' && c < 0x7f);
    }

    /** Whether something was shown. */
    public boolean isPresent() {
        return !secret.isEmpty();
    }

    /** The secret itself, "" for none: to be sent or checked, never to be shown. */
    public String secret() {
        return secret;
    }

    /** SHA-256 of the secret as 64 lower-case hex digits: what a policy stores and compares in the secret's place. */
    public String sha256() {
        String known = sha256;
        if (known == null) {
            known = HexFormat.of().formatHex(digest(secret));
            sha256 = known;
        }
        return known;
    }

    private static byte[] digest(String text) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.US_ASCII));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /** Takes the same time wherever two secrets of one length differ. */
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof CallerToken token
                && MessageDigest.isEqual(
                        secret.getBytes(StandardCharsets.US_ASCII), token.secret.getBytes(StandardCharsets.US_ASCII));
    }

    @Override
    public int hashCode() {
        return secret.hashCode();
    }

    /** Says whether there is one, never which. */
    @Override
    public String toString() {
        return isPresent() ? "CallerToken[hidden]" : "CallerToken[none]";
    }
}
