package io.kvstore.bench.figures;

import java.util.List;
import java.util.function.ToDoubleBiFunction;

/**
 * One figure of every row, in every kind of report.
 *
 * @param key its name in JSON
 * @param over what the columns beside it have in common
 * @param head its own name
 * @param decimals digits behind the point
 */
record Column(String key, String over, String head, int decimals, ToDoubleBiFunction<Results, Series> figure) {

    static final List<Column> ALL = List.of(
            new Column("gigabytesPerSecond", "", "GB/s", 3, (all, row) -> row.gigabytesPerSecond()),
            new Column("operationsPerSecond", "", "ops/s", 0, (all, row) -> row.operationsPerSecond()),
            new Column("clientCpuSecondsPerGb", "CPU s/GB", "client", 2, (all, row) -> row.clientCpuPerGigabyte()),
            new Column("serverCpuSecondsPerGb", "CPU s/GB", "server", 2, (all, row) -> row.serverCpuPerGigabyte()),
            new Column(
                    "clientCpuMillisPerOp", "CPU ms/op", "client", 3, (all, row) -> row.clientCpuMillisPerOperation()),
            new Column(
                    "serverCpuMillisPerOp", "CPU ms/op", "server", 3, (all, row) -> row.serverCpuMillisPerOperation()),
            new Column("p50Millis", "latency ms", "p50", 3, (all, row) -> row.percentileMillis(50)),
            new Column("p99Millis", "latency ms", "p99", 3, (all, row) -> row.percentileMillis(99)),
            new Column("p999Millis", "latency ms", "p99.9", 3, (all, row) -> row.percentileMillis(99.9)),
            new Column("throughputToRaw", "x raw", "GB/s", 2, Ratios::throughputToRaw),
            new Column("cpuToRaw", "x raw", "CPU", 2, Ratios::cpuToRaw),
            new Column(
                    "clientHeapPerPayloadByte", "heap B/B", "client", 4, (all, row) -> row.clientHeapPerPayloadByte()),
            new Column(
                    "serverHeapPerPayloadByte", "heap B/B", "server", 4, (all, row) -> row.serverHeapPerPayloadByte()));

    double of(Results results, Series row) {
        return figure.applyAsDouble(results, row);
    }

    String text(Results results, Series row) {
        return Numbers.text(of(results, row), decimals);
    }
}
