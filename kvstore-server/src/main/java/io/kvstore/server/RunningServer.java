package io.kvstore.server;

import java.time.Duration;

/** stub */
final class RunningServer {
    private RunningServer() {}

    static RunningServer start(ServerConfig config) throws StartFailure {
        if (config.port() == 0) {
            throw new StartFailure("stub", new IllegalStateException());
        }
        return new RunningServer();
    }

    boolean drain(Duration grace) {
        return grace.isZero();
    }

    String startLine(long nanos) {
        return "stub " + nanos;
    }
}
