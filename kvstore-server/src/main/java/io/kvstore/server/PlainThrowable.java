package io.kvstore.server;

import ch.qos.logback.classic.pattern.ThrowableHandlingConverter;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.StackTraceElementProxy;

/**
 * The exception of an event on the event's own line: each cause with its message and its innermost frames. An event is one
 * line for the tools that collect them, and messages of exceptions quote what clients sent.
 */
public final class PlainThrowable extends ThrowableHandlingConverter {

    private static final int MAX_CAUSES = 5;
    private static final int MAX_FRAMES = 8;

    /** Called by logback. */
    public PlainThrowable() {}

    @Override
    public String convert(ILoggingEvent event) {
        StringBuilder line = new StringBuilder();
        IThrowableProxy cause = event.getThrowableProxy();
        for (int depth = 0; cause != null && depth < MAX_CAUSES; depth++) {
            line.append(depth == 0 ? " | " : " | caused by ").append(cause.getClassName());
            if (cause.getMessage() != null) {
                line.append(": ").append(OneLine.of(cause.getMessage()));
            }
            StackTraceElementProxy[] frames = cause.getStackTraceElementProxyArray();
            for (int i = 0; i < Math.min(frames.length, MAX_FRAMES); i++) {
                line.append(i == 0 ? " at " : " < ").append(frames[i].getStackTraceElement());
            }
            cause = cause.getCause();
        }
        return line.toString();
    }
}
