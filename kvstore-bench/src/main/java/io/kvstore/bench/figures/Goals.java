package io.kvstore.bench.figures;

import io.kvstore.bench.load.Call;
import io.kvstore.bench.load.Hits;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** What the project wants to reach, and whether a run did. */
public final class Goals {

    /** Whether a goal is reached. */
    public enum Verdict {
        REACHED,
        MISSED,
        NOT_MEASURED
    }

    /**
     * One of them.
     *
     * @param atLeast whether more is better
     * @param value what was measured, NaN for nothing
     */
    public record Goal(String what, boolean atLeast, double bound, double value) {

        public Verdict verdict() {
            if (Double.isNaN(value)) {
                return Verdict.NOT_MEASURED;
            }
            return (atLeast ? value >= bound : value <= bound) ? Verdict.REACHED : Verdict.MISSED;
        }
    }

    private static final int DEPTH = 4;
    private static final int BLOCKS = 1_000;
    private static final int FEW_CHUNKS = 10_000;
    private static final int MANY_CHUNKS = 10_000_000;

    private static final Case STREAMED = Case.transfer(Call.STREAMING_READ, Sizes.USUAL, DEPTH);
    private static final Case READ = Case.transfer(Call.READ, Sizes.USUAL, DEPTH);
    private static final Case WRITTEN = Case.transfer(Call.WRITE, Sizes.USUAL, DEPTH);
    private static final Case ALL_STORED = Case.lookup(BLOCKS, Hits.ALL, 1);
    private static final Case NONE_STORED = Case.lookup(BLOCKS, Hits.NONE, 1);

    private static final int STORAGE_DEPTH = 8;
    private static final Case OVER_STORAGE_READ = Case.transfer(Call.READ, Sizes.USUAL, STORAGE_DEPTH);
    private static final Case OVER_STORAGE_STREAM = Case.transfer(Call.STREAMING_READ, Sizes.USUAL, STORAGE_DEPTH);
    private static final Case OVER_STORAGE_WRITE = Case.transfer(Call.WRITE, Sizes.USUAL, STORAGE_DEPTH);
    private static final Case OVER_STORAGE_LOOKUP = Case.lookup(8, Hits.ALL, STORAGE_DEPTH);

    private Goals() {}

    /** All of them, with what this run measured. */
    public static List<Goal> of(Results results) {
        Ratio of = new Ratio(results);
        return List.of(
                atLeast("StreamingRead 1.2MB, 4 in flight: GB/s x raw", 0.80, of.throughput(STREAMED, Contender.RAW)),
                atMost("StreamingRead 1.2MB, 4 in flight: CPU x raw", 1.4, of.cpu(STREAMED, Contender.RAW)),
                atLeast(
                        "StreamingRead 1.2MB, 4 in flight: GB/s x Redis GET",
                        1.5,
                        of.throughput(STREAMED, Contender.REDIS)),
                atMost(
                        "StreamingRead 1.2MB, 4 in flight: server's CPU x Redis GET",
                        0.65,
                        of.serverCpu(STREAMED, Contender.REDIS)),
                atLeast("Read 1.2MB, 4 in flight: GB/s x raw", 0.5, of.throughput(READ, Contender.RAW)),
                atMost("Read 1.2MB, 4 in flight: CPU x raw", 2.2, of.cpu(READ, Contender.RAW)),
                atMost("Write 1.2MB, 4 in flight: CPU x raw", 2.0, of.cpu(WRITTEN, Contender.RAW)),
                atLeast("StreamingRead 16MB: GB/s x raw", 0.95, of.throughput(streamed(Sizes.MB_16), Contender.RAW)),
                atMost("StreamingRead 16MB: CPU x raw", 1.35, of.cpu(streamed(Sizes.MB_16), Contender.RAW)),
                atLeast("StreamingRead 40MB: GB/s x raw", 0.95, of.throughput(streamed(Sizes.MB_40), Contender.RAW)),
                atMost("StreamingRead 40MB: CPU x raw", 1.35, of.cpu(streamed(Sizes.MB_40), Contender.RAW)),
                atMost(
                        "Lookup of 1,000 stored blocks: p50 ms",
                        2,
                        figure(results, ALL_STORED, s -> s.percentileMillis(50))),
                atMost(
                        "Lookup of 1,000 stored blocks: p99 ms",
                        5,
                        figure(results, ALL_STORED, s -> s.percentileMillis(99))),
                atMost(
                        "Lookup of 1,000 blocks, none stored: p50 ms",
                        0.5,
                        figure(results, NONE_STORED, s -> s.percentileMillis(50))),
                atMost(
                        "Lookup of 1,000 stored blocks while reads saturate: p99 ms",
                        10,
                        figure(results, Case.lookupUnderLoad(BLOCKS), s -> s.percentileMillis(99))),
                atMost(
                        "StreamingRead 1.2MB: heap bytes a payload byte, the worse of server and client",
                        0.02,
                        figure(results, STREAMED, Goals::heap)),
                atMost(
                        "Write 1.2MB: heap bytes a payload byte, the worse of server and client",
                        0.02,
                        figure(results, WRITTEN, Goals::heap)),
                atMost("Lookup among 10^7 chunks: CPU x among 10^4", 1.5, growth(results)),
                atLeast(
                        "StreamingRead 0.5KB, 32 in flight: answers/s",
                        50_000,
                        figure(
                                results,
                                Case.transfer(Call.STREAMING_READ, Sizes.SMALL, 32),
                                Series::operationsPerSecond)));
    }

    /**
     * Of a server in front of a storage that costs next to nothing, 8 in flight: processor time for an operation. They come from
     * another implementation on machines of this type, of which ours is to take 0.6 (lookups: 0.2) with its caches off and 0.2
     * with warm ones.
     */
    public static List<Goal> overStorage(Results results) {
        return List.of(
                overStorage(results, "Lookup of 8 blocks", Contender.KVSTORE, OVER_STORAGE_LOOKUP, 1, 0.46),
                overStorage(results, "Read", Contender.KVSTORE, OVER_STORAGE_READ, 1, 1.8),
                overStorage(results, "StreamingRead, of 8", Contender.KVSTORE, OVER_STORAGE_STREAM, 8, 13.8),
                overStorage(results, "Write", Contender.KVSTORE, OVER_STORAGE_WRITE, 1, 1.74),
                overStorage(results, "Lookup of 8 blocks", Contender.CACHED, OVER_STORAGE_LOOKUP, 1, 0.5),
                overStorage(results, "Read", Contender.CACHED, OVER_STORAGE_READ, 1, 0.6),
                overStorage(results, "StreamingRead, of 8", Contender.CACHED, OVER_STORAGE_STREAM, 8, 4.6));
    }

    private static Goal overStorage(
            Results results, String call, Contender who, Case what, int times, double boundMillis) {
        double each =
                results.find(who, what).map(Series::serverCpuMillisPerOperation).orElse(Double.NaN);
        String caches = who == Contender.CACHED ? "warm caches" : "caches off";
        return atMost(call + ", " + caches + ", 8 in flight: server's CPU ms", boundMillis, times * each);
    }

    private static Goal atLeast(String what, double bound, double value) {
        return new Goal(what, true, bound, value);
    }

    private static Goal atMost(String what, double bound, double value) {
        return new Goal(what, false, bound, value);
    }

    private static Case streamed(int payloadBytes) {
        return Case.transfer(Call.STREAMING_READ, payloadBytes, DEPTH);
    }

    private static double figure(Results results, Case what, ToDoubleFunction<Series> figure) {
        return results.find(Contender.KVSTORE, what)
                .map(series -> figure.applyAsDouble(series))
                .orElse(Double.NaN);
    }

    private static double heap(Series series) {
        return Math.max(series.clientHeapPerPayloadByte(), series.serverHeapPerPayloadByte());
    }

    private static double growth(Results results) {
        return figure(results, Case.lookupAmong(MANY_CHUNKS, BLOCKS), Series::serverCpuMillisPerOperation)
                / figure(results, Case.lookupAmong(FEW_CHUNKS, BLOCKS), Series::serverCpuMillisPerOperation);
    }

    /** Of kvstore to another. */
    private record Ratio(Results results) {

        double throughput(Case what, Contender to) {
            return figure(results, what, series -> Ratios.throughput(results, series, to));
        }

        double cpu(Case what, Contender to) {
            return figure(results, what, series -> Ratios.cpu(results, series, to));
        }

        double serverCpu(Case what, Contender to) {
            return figure(results, what, series -> Ratios.serverCpu(results, series, to));
        }
    }

    /** As lines of text. */
    public static String table(List<Goal> goals) {
        StringBuilder out = new StringBuilder();
        for (Goal goal : goals) {
            out.append(String.format(
                    Locale.ROOT,
                    "%-12s %-78s %s %-8s %s%n",
                    goal.verdict().name().toLowerCase(Locale.ROOT).replace('_', ' '),
                    goal.what(),
                    goal.atLeast() ? ">=" : "<=",
                    Numbers.text(goal.bound(), 2),
                    Numbers.text(goal.value(), goal.bound() < 0.1 ? 4 : 2)));
        }
        return out.toString();
    }
}
