package io.kvstore.server;

/** The machine does not allow what the settings ask for: ends the start with its message and exit code 1. */
final class StartFailure extends Exception {

    private static final long serialVersionUID = 1L;

    StartFailure(String message) {
        super(message);
    }

    StartFailure(String message, Throwable cause) {
        super(message, cause);
    }
}
