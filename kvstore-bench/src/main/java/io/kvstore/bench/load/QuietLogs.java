package io.kvstore.bench.load;

import java.util.logging.LogManager;

/** Logs of a program that says what matters to a person by itself. */
public final class QuietLogs {

    private QuietLogs() {}

    /** To be called before the first logger is made: warnings only, on stderr. */
    public static void set() {
        setUnlessSet("logback.configurationFile", "io/kvstore/server/logging.xml");
        setUnlessSet("kvstore.log.level", "WARN");
        setUnlessSet("kvstore.log.library.level", "ERROR");
        if (System.getProperty("java.util.logging.config.file") == null) {
            // gRPC logs there, with stack traces, what its calls answer as well.
            LogManager.getLogManager().reset();
        }
    }

    private static void setUnlessSet(String property, String value) {
        if (System.getProperty(property) == null) {
            System.setProperty(property, value);
        }
    }
}
