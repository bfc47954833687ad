package io.kvstore.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.logging.LogManager;
import org.junit.jupiter.api.Test;
import org.slf4j.bridge.SLF4JBridgeHandler;

class LoggingTest {

    @Test
    void what_libraries_log_by_java_util_logging_goes_through_our_logger_alone() {
        Logging.configure(ServerConfig.LogLevel.INFO, false);
        Logging.configure(ServerConfig.LogLevel.INFO, false);
        try {
            assertThat(LogManager.getLogManager().getLogger("").getHandlers())
                    .hasSize(1)
                    .hasOnlyElementsOfType(SLF4JBridgeHandler.class);
        } finally {
            SLF4JBridgeHandler.uninstall();
        }
    }
}
