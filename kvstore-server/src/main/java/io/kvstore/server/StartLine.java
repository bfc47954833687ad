package io.kvstore.server;

import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The one line on stdout that says that a server serves, and where. Tools wait for it, and so does the parent of several
 * processes.
 *
 * @param host as it was asked for
 * @param backend what it keeps chunks in, for a person
 * @param chunksFound empty where that would have to be asked of a storage
 * @param adminPort empty when there is no admin endpoint
 */
record StartLine(
        String host,
        int port,
        String backend,
        OptionalLong chunksFound,
        String transport,
        OptionalInt adminPort,
        long startMillis) {

    private static final Pattern FORM = Pattern.compile("kvstore listening on (.*):(\\d{1,5}) \\(backend (.*?)"
            + "(?:, (\\d{1,18}) chunks found)?, transport ([\\w+]+)(?:, admin 127\\.0\\.0\\.1:(\\d{1,5}))?,"
            + " started in (\\d{1,18}) ms\\)");

    /** What a line says, empty when it is not a start line. */
    static Optional<StartLine> parse(String line) {
        Matcher form = FORM.matcher(line);
        if (!form.matches()) {
            return Optional.empty();
        }
        String host = form.group(1);
        return Optional.of(new StartLine(
                host.startsWith("[") ? host.substring(1, host.length() - 1) : host,
                Integer.parseInt(form.group(2)),
                form.group(3),
                form.group(4) == null ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(form.group(4))),
                form.group(5),
                form.group(6) == null ? OptionalInt.empty() : OptionalInt.of(Integer.parseInt(form.group(6))),
                Long.parseLong(form.group(7))));
    }

    /** Where it listens, as a client would be told. */
    String address() {
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }

    /** The line. */
    String text() {
        return text(address(), "");
    }

    /** The line of several processes: this one's particulars, and what is different. */
    String text(String addresses, String processes) {
        return String.format(
                Locale.ROOT,
                "kvstore listening on %s (%sbackend %s%s, transport %s%s, started in %d ms)",
                addresses,
                processes,
                backend,
                chunksFound.isPresent() ? ", " + chunksFound.getAsLong() + " chunks found" : "",
                transport,
                adminPort.isPresent() ? ", admin 127.0.0.1:" + adminPort.getAsInt() : "",
                startMillis);
    }
}
