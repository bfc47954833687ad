package io.kvstore.bench.load;

import io.kvstore.api.LookupQuery;
import io.kvstore.api.LookupResult;
import io.kvstore.core.StoredPrompts;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.LinkedHashMap;
import java.util.Map;
import org.HdrHistogram.Histogram;

/**
 * A process that says what a lookup of 1,000 stored blocks costs an engine that knows few chunks, and many: processor time of
 * the thread that looks up, tokens made before the clock. Sizes take turns in each round.
 */
public final class GrowthMain {

    /** Heap of the process: 150 bytes a chunk, and room. */
    public static final String HEAP_FLAG = "-Xmx3500m";

    private GrowthMain() {}

    /** Arguments: rounds, seconds of a turn, and the sizes. Prints {@code outcome SIZE OUTCOME} for each turn. */
    public static void main(String... args) {
        QuietLogs.set();
        int rounds = Integer.parseInt(args[0]);
        double seconds = Double.parseDouble(args[1]);
        Map<Integer, StoredPrompts> engines = new LinkedHashMap<>();
        for (int i = 2; i < args.length; i++) {
            int chunks = Integer.parseInt(args[i]);
            engines.put(chunks, new StoredPrompts(chunks));
        }
        // One round more than is told: the first warms up.
        for (int round = 0; round <= rounds; round++) {
            for (Map.Entry<Integer, StoredPrompts> engine : engines.entrySet()) {
                Outcome outcome = turn(engine.getValue(), seconds);
                if (round > 0) {
                    System.out.println(LoadMain.OUTCOME_PREFIX + engine.getKey() + " " + outcome.toLine());
                }
            }
        }
        engines.values().forEach(StoredPrompts::close);
        System.exit(0);
    }

    static Outcome turn(StoredPrompts engine, double seconds) {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        Histogram latency = new Histogram(3);
        long end = System.nanoTime() + (long) (seconds * 1e9);
        long cpuNanos = 0;
        long lookups = 0;
        long busyNanos = 0;
        do {
            LookupQuery query = engine.nextStored();
            long startNanos = System.nanoTime();
            long startCpu = threads.getCurrentThreadCpuTime();
            LookupResult found = engine.store().lookup(query).join();
            cpuNanos += threads.getCurrentThreadCpuTime() - startCpu;
            long elapsed = System.nanoTime() - startNanos;
            if (found.cachedBlocks() != StoredPrompts.BLOCKS) {
                return Outcome.failed("a lookup found " + found.cachedBlocks() + " blocks");
            }
            latency.recordValue(elapsed);
            busyNanos += elapsed;
            lookups++;
        } while (System.nanoTime() - end < 0);
        Usage nothing = new Usage(Double.NaN, Usage.UNKNOWN);
        return new Outcome(lookups, 0, busyNanos, nothing, new Usage(cpuNanos / 1e9, Usage.UNKNOWN), "", latency);
    }
}
