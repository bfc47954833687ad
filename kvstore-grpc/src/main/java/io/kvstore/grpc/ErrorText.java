package io.kvstore.grpc;

import io.kvstore.api.KVStoreException;
import io.kvstore.api.Reason;

/**
 * The {@code error} field of an answer: {@code REASON: message}. An item of a stream has no status of its own, so the reason
 * goes in front of the text; servers before us send text only.
 */
final class ErrorText {

    private static final int MAX_CHARS = 1_000;

    private ErrorText() {}

    static String of(KVStoreException failure) {
        return failure.reason() + ": " + messageOf(failure);
    }

    /** The failure's message, safe to send. */
    static String messageOf(KVStoreException failure) {
        String message = failure.getMessage();
        return message == null ? "" : printable(message);
    }

    /** What an answer without success means. */
    static KVStoreException parse(String error) {
        int colon = error.indexOf(": ");
        if (colon > 0) {
            for (Reason reason : Reason.values()) {
                if (error.startsWith(reason.name()) && colon == reason.name().length()) {
                    return new KVStoreException(reason, printable(error.substring(colon + 2)));
                }
            }
        }
        return new KVStoreException(Reason.INTERNAL, "the server answered without success: '" + printable(error) + "'");
    }

    /** Foreign text, cut, everything but printable ASCII escaped. */
    static String printable(String text) {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < text.length() && i < MAX_CHARS; i++) {
            char c = text.charAt(i);
            if (c >= ' ' && c < 0x7f) {
                out.append(c);
            } else {
                out.append(String.format("\\u%04x", (int) c));
            }
        }
        return text.length() > MAX_CHARS ? out + "..." : out.toString();
    }
}
