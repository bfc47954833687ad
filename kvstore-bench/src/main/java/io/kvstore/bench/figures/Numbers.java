package io.kvstore.bench.figures;

import java.util.Locale;

/** Figures as people read them. */
final class Numbers {

    private static final String UNKNOWN = "-";

    private Numbers() {}

    /** With so many digits behind the point; "-" for what is not known. */
    static String text(double value, int decimals) {
        return Double.isNaN(value) || Double.isInfinite(value)
                ? UNKNOWN
                : String.format(Locale.ROOT, "%,." + decimals + "f", value);
    }
}
