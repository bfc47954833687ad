package io.kvstore.bench.figures;

import io.kvstore.bench.load.Call;
import java.util.Locale;

/** The figures as lines of text, a row for each contender in each case. */
public final class FigureTable {

    private static final String HEAD = "%-30s %-8s %8s %10s  %6s %6s  %8s %8s  %8s %8s %8s  %6s %6s  %7s %7s%n";
    private static final String UNKNOWN = "-";

    private FigureTable() {}

    public static String of(Results results) {
        StringBuilder out = new StringBuilder();
        out.append(String.format(
                Locale.ROOT,
                HEAD,
                "",
                "",
                "",
                "",
                "CPU s",
                "per GB",
                "CPU ms",
                "per op",
                "latency",
                "ms",
                "",
                "x raw",
                "x raw",
                "heap B per",
                "byte"));
        out.append(String.format(
                Locale.ROOT,
                HEAD,
                "call/payload/in flight",
                "",
                "GB/s",
                "ops/s",
                "client",
                "server",
                "client",
                "server",
                "p50",
                "p99",
                "p99.9",
                "GB/s",
                "CPU",
                "client",
                "server"));
        for (Series series : results.all()) {
            out.append(series.failure().isEmpty() ? row(results, series) : failed(series));
        }
        return out.toString();
    }

    private static String failed(Series series) {
        return String.format(
                Locale.ROOT,
                "%-30s %-8s failed: %s%n",
                name(series),
                series.contender().label(),
                series.failure());
    }

    private static String row(Results results, Series series) {
        return String.format(
                Locale.ROOT,
                HEAD,
                name(series),
                series.contender().label(),
                number(series.gigabytesPerSecond(), 3),
                number(series.operationsPerSecond(), series.operationsPerSecond() < 1_000 ? 1 : 0),
                number(series.clientCpuPerGigabyte(), 2),
                number(series.serverCpuPerGigabyte(), 2),
                number(series.clientCpuMillisPerOperation(), 3),
                number(series.serverCpuMillisPerOperation(), 3),
                number(series.percentileMillis(50), 3),
                number(series.percentileMillis(99), 3),
                number(series.percentileMillis(99.9), 3),
                number(Ratios.throughputToRaw(results, series), 2),
                number(Ratios.cpuToRaw(results, series), 2),
                number(series.clientHeapPerPayloadByte(), 4),
                number(series.serverHeapPerPayloadByte(), 4));
    }

    // Redis and a plain connection know no difference between Read and StreamingRead.
    private static String name(Series series) {
        String name = series.what().name();
        return switch (series.contender()) {
            case KVSTORE -> name;
            case RAW -> name.replaceFirst("Read|Write", series.what().call() == Call.WRITE ? "send" : "receive");
            case REDIS -> name.replaceFirst("Read|Write", series.what().call() == Call.WRITE ? "SET" : "GET");
        };
    }

    private static String number(double value, int decimals) {
        return Double.isNaN(value) || Double.isInfinite(value)
                ? UNKNOWN
                : String.format(Locale.ROOT, "%,." + decimals + "f", value);
    }
}
