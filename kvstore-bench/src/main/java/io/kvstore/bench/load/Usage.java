package io.kvstore.bench.load;

/**
 * What a process used while something ran.
 *
 * @param cpuSeconds user and system time of all its threads, in steps of 10 ms; NaN when not known
 * @param heapBytes allocated on the Java heap by the threads that lived at the end; {@link #UNKNOWN} for what is no JVM
 */
public record Usage(double cpuSeconds, long heapBytes) {

    /** Not known. */
    public static final long UNKNOWN = -1;

    Usage since(Usage before) {
        return new Usage(
                cpuSeconds - before.cpuSeconds,
                heapBytes == UNKNOWN || before.heapBytes == UNKNOWN ? UNKNOWN : heapBytes - before.heapBytes);
    }

    public boolean knowsHeap() {
        return heapBytes != UNKNOWN;
    }
}
