package io.kvstore.bench;

import java.io.PrintWriter;

/** Whether a run was right: in every answer, and in the sums, which a lost answer would show in. */
final class Verdict {

    private Verdict() {}

    /**
     * Says it and gives the exit code.
     *
     * @param expectedWritten blocks that the model says are stored now, all by this run
     * @param readHits whether every hit was to be read
     */
    static int of(Tally tally, long expectedWritten, boolean readHits, PrintWriter out) {
        boolean right = tally.differences() == 0
                && tally.hit() == tally.expectedHits()
                && tally.written() == expectedWritten
                && tally.read() == (readHits ? tally.expectedHits() : 0);
        if (right) {
            out.println("Right: every count as the model says" + (readHits ? ", every byte as written." : "."));
        } else {
            out.println("WRONG: " + tally.differences() + " answers differ, hit " + tally.hit() + " (expected: "
                    + tally.expectedHits() + "), written " + tally.written() + " (expected: " + expectedWritten + ")");
            tally.firstDifferences().forEach(difference -> out.println("  " + difference));
        }
        out.flush();
        return right ? Exit.OK : Exit.MISS;
    }
}
