package io.kvstore.server;

/** Points logback at the configuration in the jar. Must run before the first logger is made. */
final class Logging {

    private static final String CONFIGURATION = "logback.configurationFile";

    private Logging() {}

    /** An operator's own {@code -Dlogback.configurationFile} wins. */
    static void configure(ServerConfig.LogLevel level) {
        if (System.getProperty(CONFIGURATION) == null) {
            System.setProperty(CONFIGURATION, "io/kvstore/server/logging.xml");
        }
        System.setProperty(
                "kvstore.log.level",
                switch (level) {
                    case ERROR -> "ERROR";
                    case INFO -> "INFO";
                    case VERBOSE -> "DEBUG";
                });
        System.setProperty(
                "kvstore.log.library.level",
                switch (level) {
                    case ERROR -> "ERROR";
                    case INFO -> "WARN";
                    case VERBOSE -> "INFO";
                });
    }
}
