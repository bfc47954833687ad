package io.kvstore.azure;

import java.io.PrintWriter;
import java.io.StringWriter;

/** What a log has of things. */
final class Texts {

    private Texts() {}

    /** A failure with its causes. */
    static String ofStack(Throwable failure) {
        StringWriter text = new StringWriter();
        failure.printStackTrace(new PrintWriter(text));
        return text.toString();
    }
}
