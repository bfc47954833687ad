package io.kvstore.bench.figures;

import io.kvstore.bench.load.Outcome;
import io.kvstore.bench.load.Usage;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.HdrHistogram.Histogram;

/**
 * One contender in one case, round by round. A figure is the median of the rounds, a percentile that of all requests of all
 * rounds; NaN is what is not known.
 */
public final class Series {

    private static final double GIGA = 1e9;
    private static final double MILLI = 1e-3;
    private static final double NANOS_PER_MILLI = 1e6;

    private final Contender contender;
    private final Case what;
    private final List<Outcome> rounds = new ArrayList<>();

    Series(Contender contender, Case what) {
        this.contender = contender;
        this.what = what;
    }

    void add(Outcome outcome) {
        rounds.add(outcome);
    }

    public Contender contender() {
        return contender;
    }

    public Case what() {
        return what;
    }

    /** What it does in its own words: Redis and a plain connection know no difference between Read and StreamingRead. */
    String verb() {
        boolean write = what.call().isWrite();
        return switch (contender) {
            case KVSTORE, CACHED -> what.callName();
            case RAW -> write ? "send" : "receive";
            case REDIS -> write ? "SET" : "GET";
        };
    }

    /** The case's name in its own words. */
    String name() {
        return contender.isOurs() ? what.name() : what.name().replaceFirst("^[A-Za-z]+", verb());
    }

    List<Outcome> rounds() {
        return List.copyOf(rounds);
    }

    /** Why it is worth nothing; empty when every round was right. */
    public String failure() {
        return rounds.stream()
                .map(Outcome::failure)
                .filter(why -> !why.isEmpty())
                .findFirst()
                .orElse("");
    }

    public double operationsPerSecond() {
        return median(Series::operationsPerSecond);
    }

    static double operationsPerSecond(Outcome round) {
        return round.operations() / (round.nanos() / GIGA);
    }

    double gigabytesPerSecond() {
        return median(Series::gigabytesPerSecond);
    }

    static double gigabytesPerSecond(Outcome round) {
        return known(round.payloadBytes() / (double) round.nanos(), round.payloadBytes());
    }

    double clientCpuPerGigabyte() {
        return median(round -> perGigabyte(round, round.client().cpuSeconds()));
    }

    double serverCpuPerGigabyte() {
        return median(Series::serverCpuPerGigabyte);
    }

    static double serverCpuPerGigabyte(Outcome round) {
        return perGigabyte(round, round.server().cpuSeconds());
    }

    /** Of client and server together. */
    static double cpuPerGigabyte(Outcome round) {
        return perGigabyte(round, round.client().cpuSeconds() + round.server().cpuSeconds());
    }

    private static double perGigabyte(Outcome round, double seconds) {
        return known(seconds / (round.payloadBytes() / GIGA), round.payloadBytes());
    }

    double clientCpuMillisPerOperation() {
        return median(round -> perOperation(round, round.client()));
    }

    double serverCpuMillisPerOperation() {
        return what.underLoad() ? Double.NaN : median(round -> perOperation(round, round.server()));
    }

    private static double perOperation(Outcome round, Usage usage) {
        return known(usage.cpuSeconds() / MILLI / round.operations(), round.operations());
    }

    double clientHeapPerPayloadByte() {
        return median(round -> heapPerPayloadByte(round, round.client()));
    }

    double serverHeapPerPayloadByte() {
        return median(round -> heapPerPayloadByte(round, round.server()));
    }

    private static double heapPerPayloadByte(Outcome round, Usage usage) {
        return usage.knowsHeap()
                ? known(usage.heapBytes() / (double) round.payloadBytes(), round.payloadBytes())
                : Double.NaN;
    }

    private static double known(double value, long of) {
        return of == 0 ? Double.NaN : value;
    }

    double percentileMillis(double percentile) {
        Histogram all = new Histogram(3);
        rounds.forEach(round -> all.add(round.latencyNanos()));
        return all.getTotalCount() == 0 ? Double.NaN : all.getValueAtPercentile(percentile) / NANOS_PER_MILLI;
    }

    private double median(ToDoubleFunction<Outcome> figure) {
        return failure().isEmpty() ? Medians.of(rounds.stream().mapToDouble(figure)) : Double.NaN;
    }

    /**
     * The median of what this has times as much as the other, round by round: the two ran one after the other in each, on a
     * machine that may have been slower in the next.
     */
    double ratio(Series other, ToDoubleFunction<Outcome> figure) {
        int pairs = Math.min(rounds.size(), other.rounds.size());
        if (pairs == 0 || !failure().isEmpty() || !other.failure().isEmpty()) {
            return Double.NaN;
        }
        return Medians.of(java.util.stream.IntStream.range(0, pairs)
                .mapToDouble(i -> figure.applyAsDouble(rounds.get(i)) / figure.applyAsDouble(other.rounds.get(i))));
    }
}
