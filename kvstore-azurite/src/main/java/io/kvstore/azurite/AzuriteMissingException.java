package io.kvstore.azurite;

import java.io.IOException;

/** Azurite can't be had on this machine: no Node.js, no npm, or no way to download it. The message is one line that says which. */
public final class AzuriteMissingException extends IOException {

    private static final long serialVersionUID = 1;

    AzuriteMissingException(String message) {
        super(message);
    }

    AzuriteMissingException(String message, Throwable cause) {
        super(message, cause);
    }
}
