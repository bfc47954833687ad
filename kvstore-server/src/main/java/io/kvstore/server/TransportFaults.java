package io.kvstore.server;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What the transport warns of. A client causes as much of it as it likes, by a malformed header or just by cancelling,
 * and gRPC logs each with its stack trace: 50 bytes of log for each byte sent. Here each logger gets a line a minute,
 * with the failure in short and the number of those that got none; errors, which no client causes, get all. Safe for
 * many threads.
 */
public final class TransportFaults extends ConsoleAppender<ILoggingEvent> {

    private static final Duration BETWEEN_LINES = Duration.ofMinutes(1);

    /** Messages of failures quote what clients sent. */
    private static final int MAX_MESSAGE_CHARS = 200;

    private final Map<String, Told> toldByLogger = new ConcurrentHashMap<>();
    private boolean every;

    /** Called by logback. */
    public TransportFaults() {}

    /** Called by logback: whether all events are written as they are, for whoever looks into one client's trouble. */
    public void setEvery(boolean every) {
        this.every = every;
    }

    @Override
    protected void append(ILoggingEvent event) {
        if (every || !event.getLevel().equals(Level.WARN)) {
            super.append(event);
            return;
        }
        toldByLogger
                .computeIfAbsent(event.getLoggerName(), name -> new Told())
                .untoldBefore(event.getInstant())
                .ifPresent(untold -> super.append(shortened(event, untold)));
    }

    private static ILoggingEvent shortened(ILoggingEvent event, long untold) {
        LoggingEvent line = new LoggingEvent();
        line.setLoggerName(event.getLoggerName());
        line.setLoggerContextRemoteView(event.getLoggerContextVO());
        line.setLevel(event.getLevel());
        line.setThreadName(event.getThreadName());
        line.setInstant(event.getInstant());
        line.setMDCPropertyMap(event.getMDCPropertyMap());
        line.setMessage(event.getFormattedMessage() + cause(event.getThrowableProxy()) + " untoldBefore=" + untold);
        return line;
    }

    private static String cause(@Nullable IThrowableProxy failure) {
        if (failure == null) {
            return ":";
        }
        String name = failure.getClassName();
        String message = String.valueOf(failure.getMessage());
        return ": cause=" + name.substring(name.lastIndexOf('.') + 1) + " message='"
                + message.substring(0, Math.min(message.length(), MAX_MESSAGE_CHARS)) + "'";
    }

    /** What a logger's last line was, and how much came since. */
    private static final class Told {

        private Instant at = Instant.EPOCH;
        private long untold;

        /** How many got no line since the last; empty for one that gets none. A clock set back keeps nothing quiet. */
        synchronized OptionalLong untoldBefore(Instant now) {
            if (!now.isBefore(at) && now.isBefore(at.plus(BETWEEN_LINES))) {
                untold++;
                return OptionalLong.empty();
            }
            OptionalLong before = OptionalLong.of(untold);
            at = now;
            untold = 0;
            return before;
        }
    }
}
