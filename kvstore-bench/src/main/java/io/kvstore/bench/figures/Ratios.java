package io.kvstore.bench.figures;

/** How one contender stands to another that moved the same bytes in the same rounds; NaN when the other did not. */
final class Ratios {

    private Ratios() {}

    static double throughput(Results results, Series series, Contender to) {
        return results.counterpart(series, to)
                .map(other -> series.ratio(other, Series::gigabytesPerSecond))
                .orElse(Double.NaN);
    }

    /** Of client and server together. */
    static double cpu(Results results, Series series, Contender to) {
        return results.counterpart(series, to)
                .map(other -> series.ratio(other, Series::cpuPerGigabyte))
                .orElse(Double.NaN);
    }

    /** Of the servers alone. */
    static double serverCpu(Results results, Series series, Contender to) {
        return results.counterpart(series, to)
                .map(other -> series.ratio(other, Series::serverCpuPerGigabyte))
                .orElse(Double.NaN);
    }

    static double throughputToRaw(Results results, Series series) {
        return throughput(results, series, Contender.RAW);
    }

    static double cpuToRaw(Results results, Series series) {
        return cpu(results, series, Contender.RAW);
    }
}
