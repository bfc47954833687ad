package io.kvstore.bench.figures;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Horizontal bars as SVG: readable on a phone, in the colours of the page around it. Groups of bars share a heading.
 */
final class BarChart {

    private static final int WIDTH = 640;
    private static final int LABEL_WIDTH = 190;
    private static final int VALUE_WIDTH = 70;
    private static final int BAR_HEIGHT = 20;
    private static final int STEP = 26;
    private static final int HEADING_HEIGHT = 30;

    /** One bar, of one part or two: {@code style} is a class of the page. */
    private record Bar(String heading, String label, String style, double first, double second) {
        double total() {
            return first + second;
        }
    }

    private final String title;
    private final int decimals;
    private final List<Bar> bars = new ArrayList<>();

    BarChart(String title, int decimals) {
        this.title = title;
        this.decimals = decimals;
    }

    /** Adds a bar; bars of one heading stand together. What is not known is left out. */
    void add(String heading, String label, String style, double first, double second) {
        if (!Double.isNaN(first + second)) {
            bars.add(new Bar(heading, label, style, first, second));
        }
    }

    boolean isEmpty() {
        return bars.isEmpty();
    }

    String svg() {
        double largest = bars.stream().mapToDouble(Bar::total).max().orElse(1);
        double scale = (WIDTH - LABEL_WIDTH - VALUE_WIDTH) / Math.max(largest, 1e-12);
        StringBuilder body = new StringBuilder();
        int y = 0;
        String heading = "";
        for (Bar bar : bars) {
            if (!bar.heading().equals(heading)) {
                heading = bar.heading();
                body.append(text(0, y + HEADING_HEIGHT - 9, "heading", heading));
                y += HEADING_HEIGHT;
            }
            body.append(bar(bar, y, scale));
            y += STEP;
        }
        return String.format(
                Locale.ROOT,
                "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\">%n%s</svg>%n",
                WIDTH,
                y + 4,
                Html.escape(title),
                body);
    }

    private String bar(Bar bar, int y, double scale) {
        double first = bar.first() * scale;
        double second = bar.second() * scale;
        return text(12, y + 15, "label", bar.label())
                + rectangle(LABEL_WIDTH, y, first, bar.style())
                + (second > 0 ? rectangle(LABEL_WIDTH + first, y, second, bar.style() + " second") : "")
                + text(LABEL_WIDTH + first + second + 6, y + 15, "value", Numbers.text(bar.total(), decimals));
    }

    private static String rectangle(double x, int y, double width, String style) {
        return String.format(
                Locale.ROOT,
                "<rect x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\" class=\"%s\"/>%n",
                x,
                y,
                width,
                BAR_HEIGHT,
                style);
    }

    private static String text(double x, int y, String style, String text) {
        return String.format(
                Locale.ROOT, "<text x=\"%.1f\" y=\"%d\" class=\"%s\">%s</text>%n", x, y, style, Html.escape(text));
    }
}
