package io.kvstore.grpc;

/** What went wrong, for a message of one line. */
final class FirstLine {

    private FirstLine() {}

    /** The first line of the innermost cause's message, its kind when it has none. */
    static String of(Throwable failure) {
        Throwable cause = failure;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        String message = cause.getMessage();
        return message == null
                ? cause.getClass().getSimpleName()
                : message.lines().findFirst().orElse("");
    }
}
