package io.kvstore.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/**
 * What a run did, how long it took, and every way in which the store answered wrongly.
 *
 * <p>Threading: safe for many threads.
 */
final class Tally {

    /** The calls that are timed. */
    enum Call {
        LOOKUP,
        READ,
        WRITE
    }

    private static final int MAX_REMEMBERED = 20;
    private static final int DIGITS = 3;

    private final Map<Call, Histogram> nanos =
            Map.of(Call.LOOKUP, histogram(), Call.READ, histogram(), Call.WRITE, histogram());
    private final LongAdder asked = new LongAdder();
    private final LongAdder hit = new LongAdder();
    private final LongAdder written = new LongAdder();
    private final LongAdder read = new LongAdder();
    private final LongAdder expectedHits = new LongAdder();
    private final LongAdder differences = new LongAdder();
    private final LongAdder readNanos = new LongAdder();
    private final LongAdder writeNanos = new LongAdder();
    private final List<String> remembered = new ArrayList<>();

    private static Histogram histogram() {
        return new ConcurrentHistogram(DIGITS);
    }

    private Histogram histogram(Call call) {
        return Objects.requireNonNull(nanos.get(call));
    }

    void timed(Call call, long elapsedNanos) {
        histogram(call).recordValue(Math.max(0, elapsedNanos));
    }

    void lookedUp(int blocks, int hits, int expected) {
        asked.add(blocks);
        hit.add(hits);
        expectedHits.add(expected);
    }

    /** A block was stored by this run. */
    void wroteBlock() {
        written.increment();
    }

    /** A block was read and found right. */
    void readBlock() {
        read.increment();
    }

    /** Time during which anything was being read, for the throughput. */
    void spentReading(long elapsedNanos) {
        readNanos.add(elapsedNanos);
    }

    /** Time during which anything was being written, for the throughput. */
    void spentWriting(long elapsedNanos) {
        writeNanos.add(elapsedNanos);
    }

    /** The store answered wrongly, or not at all. */
    void differs(String what) {
        differences.increment();
        synchronized (remembered) {
            if (remembered.size() < MAX_REMEMBERED) {
                remembered.add(what);
            }
        }
    }

    long asked() {
        return asked.sum();
    }

    long hit() {
        return hit.sum();
    }

    long expectedHits() {
        return expectedHits.sum();
    }

    long written() {
        return written.sum();
    }

    long read() {
        return read.sum();
    }

    long differences() {
        return differences.sum();
    }

    long readNanos() {
        return readNanos.sum();
    }

    long writeNanos() {
        return writeNanos.sum();
    }

    long calls(Call call) {
        return histogram(call).getTotalCount();
    }

    double percentileMillis(Call call, double percentile) {
        return histogram(call).getValueAtPercentile(percentile) / 1e6;
    }

    /** The first differences, for a person. */
    List<String> firstDifferences() {
        synchronized (remembered) {
            return List.copyOf(remembered);
        }
    }
}
