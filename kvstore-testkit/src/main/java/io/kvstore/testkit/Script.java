package io.kvstore.testkit;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.Optional;
import java.util.function.Predicate;

/** The rules of a {@link ScriptedBlobStore}, the youngest first. */
final class Script {

    final HeldCalls held;
    final HeldCalls lost;
    private final Deque<Line> lines = new ArrayDeque<>();

    /**
     * Without rules.
     *
     * @param held where calls wait for the test
     * @param lost where calls wait that are never answered
     */
    Script(HeldCalls held, HeldCalls lost) {
        this.held = held;
        this.lost = lost;
    }

    synchronized void add(Predicate<BlobCall> matches, long times, Fault fault) {
        lines.push(new Line(matches, times, fault));
    }

    synchronized void clear() {
        lines.clear();
    }

    /** What is to go wrong with {@code call}, if anything; uses the rule up by one. */
    synchronized Optional<Fault> take(BlobCall call) {
        for (Iterator<Line> all = lines.iterator(); all.hasNext(); ) {
            Line line = all.next();
            if (line.matches.test(call)) {
                line.timesLeft--;
                if (line.timesLeft == 0) {
                    all.remove();
                }
                return Optional.of(line.fault);
            }
        }
        return Optional.empty();
    }

    private static final class Line {
        final Predicate<BlobCall> matches;
        final Fault fault;
        long timesLeft;

        Line(Predicate<BlobCall> matches, long timesLeft, Fault fault) {
            this.matches = matches;
            this.timesLeft = timesLeft;
            this.fault = fault;
        }
    }
}
