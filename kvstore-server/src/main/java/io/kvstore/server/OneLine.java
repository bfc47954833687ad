package io.kvstore.server;

/**
 * Text of unknown origin as it may be shown: on one line, without control characters, of bounded length. A client chooses
 * its request id; without this it could write log lines of its own.
 */
final class OneLine {

    private static final int MAX_CHARS = 4_096;

    private OneLine() {}

    static String of(String text) {
        int length = Math.min(text.length(), MAX_CHARS);
        StringBuilder out = new StringBuilder(length + 16);
        for (int i = 0; i < length; i++) {
            char c = text.charAt(i);
            if (isPlain(c)) {
                out.append(c);
            } else {
                out.append(String.format("\\u%04x", (int) c));
            }
        }
        return length < text.length() ? out + "... (" + text.length() + " characters)" : out.toString();
    }

    // Line and paragraph separators break lines in some viewers; format characters turn text around on a terminal.
    private static boolean isPlain(char c) {
        if (c >= ' ' && c < 0x7f) {
            return true;
        }
        return switch (Character.getType(c)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED -> false;
            default -> true;
        };
    }
}
