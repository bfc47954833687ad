package io.kvstore.bench;

import java.util.Locale;

/** The table at the end of a run. */
final class Report {

    private static final double MEGA = 1e6;
    private static final double NANOS = 1e9;

    private Report() {}

    /** The counts and the table, on lines of their own. */
    static String of(Tally tally, int payloadBytes) {
        StringBuilder out = new StringBuilder();
        out.append(line("blocks asked   %,12d", tally.asked()));
        out.append(line("blocks hit     %,12d", tally.hit()));
        out.append(line("blocks written %,12d", tally.written()));
        out.append(line("blocks read    %,12d%s", tally.read(), tally.read() == 0 ? "" : "   every byte compared"));
        out.append(line("hit rate       %11.2f%%", 100.0 * tally.hit() / Math.max(1, tally.asked())));
        out.append(line("%n%-22s %10s %12s %12s %10s", "call", "calls", "p50 ms", "p99 ms", "MB/s"));
        out.append(row("Lookup", tally, Tally.Call.LOOKUP, "-"));
        out.append(row(
                "StreamingRead, whole", tally, Tally.Call.READ, rate(tally.read(), payloadBytes, tally.readNanos())));
        out.append(row("Write", tally, Tally.Call.WRITE, rate(tally.written(), payloadBytes, tally.writeNanos())));
        return out.toString();
    }

    private static String row(String name, Tally tally, Tally.Call call, String rate) {
        return line(
                "%-22s %,10d %12.3f %12.3f %10s",
                name, tally.calls(call), tally.percentileMillis(call, 50), tally.percentileMillis(call, 99), rate);
    }

    private static String rate(long blocks, int payloadBytes, long nanos) {
        double megabytes = (double) blocks * payloadBytes / MEGA;
        return nanos == 0 ? "-" : String.format(Locale.ROOT, "%,.1f", megabytes / (nanos / NANOS));
    }

    /** The heading of a list of blocks; {@code location} is one of those that come below. */
    static String blockHeading(String location, String last) {
        return line("%6s  %-16s  %-" + location.length() + "s  %s", "block", "hash", "location", last);
    }

    static String line(String format, Object... values) {
        return String.format(Locale.ROOT, format + "%n", values);
    }
}
