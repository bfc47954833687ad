package io.kvstore.bench.figures;

import java.util.stream.DoubleStream;

/** The middle of a few figures. */
final class Medians {

    private Medians() {}

    /** The middle one, or the mean of the two in the middle; NaN for none, or when one of them is. */
    static double of(DoubleStream figures) {
        double[] sorted = figures.sorted().toArray();
        if (sorted.length == 0 || Double.isNaN(sorted[sorted.length - 1])) {
            return Double.NaN;
        }
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
