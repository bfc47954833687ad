package io.kvstore.testkit.azure;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.function.Predicate;

/** The rules of a {@link FakeBlobService}, the youngest first. */
final class Faults {

    private final Deque<Line> lines = new ArrayDeque<>();
    /** Read on every request; most have no rule to look for. */
    private volatile boolean any;

    synchronized void add(Predicate<BlobRequest> matches, long skip, long times, Fault fault) {
        lines.push(new Line(matches, skip, times, fault));
        any = true;
    }

    synchronized void clear() {
        lines.clear();
        any = false;
    }

    /** What is to go wrong with {@code request}; uses the rule up by one. */
    Fault take(BlobRequest request) {
        return any ? find(request) : Fault.NONE;
    }

    private synchronized Fault find(BlobRequest request) {
        for (Iterator<Line> all = lines.iterator(); all.hasNext(); ) {
            Line line = all.next();
            if (!line.matches.test(request)) {
                continue;
            }
            if (line.skip > 0) {
                line.skip--;
                continue;
            }
            line.timesLeft--;
            if (line.timesLeft == 0) {
                all.remove();
                any = !lines.isEmpty();
            }
            return line.fault;
        }
        return Fault.NONE;
    }

    private static final class Line {
        final Predicate<BlobRequest> matches;
        final Fault fault;
        long skip;
        long timesLeft;

        Line(Predicate<BlobRequest> matches, long skip, long timesLeft, Fault fault) {
            this.matches = matches;
            this.skip = skip;
            this.timesLeft = timesLeft;
            this.fault = fault;
        }
    }
}
