package io.kvstore.bench;

import java.io.PrintStream;
import java.util.Locale;
import java.util.function.LongSupplier;

/**
 * How far a long run is: a bar that is drawn over and over on a terminal, a plain line now and then elsewhere. Ours, because
 * the usual library draws in a thread of its own and brings a terminal library along for what these lines do.
 */
final class Progress implements AutoCloseable {

    private static final int BAR_CHARS = 40;
    private static final long BAR_EVERY_NANOS = 100_000_000L;
    private static final long LINE_EVERY_NANOS = 5_000_000_000L;

    private final PrintStream out;
    private final boolean terminal;
    private final String what;
    private final long total;
    private final LongSupplier nanoClock;
    private final long startNanos;
    private long lastNanos;
    private boolean closed;

    /** Progress of {@code total} steps on stderr; {@code what} names them. */
    static Progress onStderr(String what, long total, LongSupplier nanoClock) {
        return new Progress(System.err, Terminal.attached(), what, total, nanoClock);
    }

    Progress(PrintStream out, boolean terminal, String what, long total, LongSupplier nanoClock) {
        this.out = out;
        this.terminal = terminal;
        this.what = what;
        this.total = Math.max(1, total);
        this.nanoClock = nanoClock;
        this.startNanos = nanoClock.getAsLong();
        this.lastNanos = startNanos;
    }

    /** {@code done} steps are done. */
    synchronized void at(long done) {
        long now = nanoClock.getAsLong();
        if (closed || now - lastNanos < (terminal ? BAR_EVERY_NANOS : LINE_EVERY_NANOS)) {
            return;
        }
        lastNanos = now;
        double share = Math.min(1.0, (double) done / total);
        double leftSeconds = (now - startNanos) / 1e9 * (1 - share) / Math.max(share, 1e-9);
        String text = String.format(
                Locale.ROOT, "%,d of %,d %s, %.0f%%, %.0f s left", done, total, what, 100 * share, leftSeconds);
        if (terminal) {
            int full = (int) (share * BAR_CHARS);
            out.print("\r[" + "#".repeat(full) + " ".repeat(BAR_CHARS - full) + "] " + text + "\u001b[K");
            out.flush();
        } else {
            out.println(text);
        }
    }

    /** Wipes the bar and draws no other, also when the process ends while one is drawn. */
    @Override
    public synchronized void close() {
        boolean first = !closed;
        closed = true;
        if (terminal && first) {
            out.print("\r\u001b[K");
            out.flush();
        }
    }
}
