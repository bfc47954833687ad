package io.kvstore.server;

/** A setting that cannot be used: ends the start with its message, the usage and exit code 2. */
final class BadSetting extends RuntimeException {

    private static final long serialVersionUID = 1L;

    BadSetting(String message) {
        super(message);
    }
}
