package io.kvstore.bench.figures;

import java.util.Locale;

/** The figures as lines of text, a row for each contender in each case. */
public final class FigureTable {

    private static final String NAME = "%-32s %-8s";
    private static final String CELL = " %10s";

    private FigureTable() {}

    /** Two lines of headings, then the rows. */
    public static String of(Results results) {
        StringBuilder out = new StringBuilder(String.format(Locale.ROOT, NAME, "", ""));
        String over = "";
        for (Column column : Column.ALL) {
            out.append(String.format(Locale.ROOT, CELL, column.over().equals(over) ? "" : column.over()));
            over = column.over();
        }
        out.append(String.format(Locale.ROOT, "%n" + NAME, "call/payload/in flight", ""));
        Column.ALL.forEach(column -> out.append(String.format(Locale.ROOT, CELL, column.head())));
        out.append(System.lineSeparator());
        results.all().forEach(row -> out.append(row(results, row)));
        return out.toString();
    }

    private static String row(Results results, Series row) {
        StringBuilder out = new StringBuilder(
                String.format(Locale.ROOT, NAME, row.name(), row.contender().label()));
        if (row.failure().isEmpty()) {
            Column.ALL.forEach(column -> out.append(String.format(Locale.ROOT, CELL, column.text(results, row))));
        } else {
            out.append(" failed: ").append(row.failure());
        }
        return out.append(System.lineSeparator()).toString();
    }
}
