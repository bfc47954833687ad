package io.kvstore.api;

import java.nio.charset.StandardCharsets;

/** Makes the INVALID_ARGUMENT of a field: it names the field and the rule, and shows hostile text only escaped and cut. */
final class Rejected {

    private static final int SHOWN_CHARS = 80;

    private Rejected() {}

    static KVStoreException field(String field, String rule) {
        return new KVStoreException(Reason.INVALID_ARGUMENT, field + ": " + rule);
    }

    static KVStoreException value(String field, String value, String rule) {
        return new KVStoreException(
                Reason.INVALID_ARGUMENT, field + ": '" + printable(value) + "' (expected: " + rule + ")");
    }

    /** Checks that {@code text} is well-formed and takes at most {@code maxBytes} of UTF-8; returns it. */
    static String atMostUtf8(String field, String text, int maxBytes) {
        // Each char is at least one byte, so a long text is refused before it is encoded.
        if (text.length() > maxBytes || text.getBytes(StandardCharsets.UTF_8).length > maxBytes) {
            throw field(field, "longer than " + maxBytes + " bytes of UTF-8");
        }
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isHighSurrogate(c) && i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))) {
                i++;
            } else if (Character.isSurrogate(c)) {
                // An unpaired surrogate encodes as '?': two different texts would become one partition.
                throw field(field, "is not well-formed Unicode");
            }
        }
        return text;
    }

    private static String printable(String value) {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < value.length() && i < SHOWN_CHARS; i++) {
            char c = value.charAt(i);
            if (c >= ' ' && c < 0x7f && c != '\'' && c != '\\') {
                out.append(c);
            } else {
                out.append(String.format("\\u%04x", (int) c));
            }
        }
        return value.length() > SHOWN_CHARS ? out + "... (over " + SHOWN_CHARS + " characters)" : out.toString();
    }
}
