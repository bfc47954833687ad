package io.kvstore.server;

import ch.qos.logback.classic.pattern.ClassicConverter;
import ch.qos.logback.classic.spi.ILoggingEvent;

/** The message of an event on one line: whatever a client sent, it cannot start a line of its own. */
public final class PlainMessage extends ClassicConverter {

    /** Called by logback. */
    public PlainMessage() {}

    @Override
    public String convert(ILoggingEvent event) {
        String message = event.getFormattedMessage();
        return message == null ? "" : OneLine.of(message);
    }
}
