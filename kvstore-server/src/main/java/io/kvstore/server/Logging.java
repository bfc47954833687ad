package io.kvstore.server;

import org.slf4j.bridge.SLF4JBridgeHandler;

/** Points logback at the configuration in the jar. Must run before the first logger is made. */
final class Logging {

    private static final String CONFIGURATION = "logback.configurationFile";

    private Logging() {}

    /**
     * An operator's own {@code -Dlogback.configurationFile} wins.
     *
     * @param azureRequests whether to show what the Azure SDK says of each request
     */
    static void configure(ServerConfig.LogLevel level, boolean azureRequests) {
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
        System.setProperty("kvstore.log.transport.every", String.valueOf(level == ServerConfig.LogLevel.VERBOSE));
        System.setProperty("kvstore.log.azure.level", azureRequests ? "INFO" : "ERROR");
        // grpc-java and Netty's parts of it speak through java.util.logging, which prints two lines an event on its
        // own.
        SLF4JBridgeHandler.removeHandlersForRootLogger();
        SLF4JBridgeHandler.install();
    }
}
