package io.kvstore.bench.figures;

import static io.kvstore.bench.figures.Html.element;
import static io.kvstore.bench.figures.Html.escape;

import io.kvstore.bench.load.Call;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;

/** Everything a run measured, as one page that needs nothing else. */
public final class HtmlReport {

    private static final String STYLE = "report.css";

    private final Results results;
    private final StringBuilder out = new StringBuilder();

    private HtmlReport(Results results) {
        this.results = results;
    }

    /** The page. */
    public static String of(Environment environment, Results results, List<Goals.Goal> goals) throws IOException {
        HtmlReport report = new HtmlReport(results);
        report.head(environment);
        report.throughput("Reads", row -> !row.what().call().isWrite());
        report.throughput("Writes", row -> row.what().call().isWrite());
        report.lookups();
        report.goals(goals);
        report.table();
        report.facts("Machine", environment.machine());
        report.facts("Versions", environment.versions());
        report.facts("Settings", environment.settings());
        return report.out.append("</body>\n</html>\n").toString();
    }

    private void head(Environment environment) throws IOException {
        out.append("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n")
                .append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n")
                .append("<title>kvstore bench</title>\n<style>\n")
                .append(style())
                .append("</style>\n</head>\n<body>\n")
                .append(element("h1", "kvstore bench"))
                .append(element("p", String.join(", ", environment.machine().values())))
                .append(
                        "<p><b class=\"key kvstore\">kvstore</b>, <b class=\"key raw\">raw TCP</b> (what the machine can do)"
                                + " and <b class=\"key redis\">Redis</b>, each a server and a client on one machine, by turns in the"
                                + " same run. Bars in two shades: client, then server.</p>\n");
    }

    private static String style() throws IOException {
        try (InputStream css = Objects.requireNonNull(HtmlReport.class.getResourceAsStream(STYLE))) {
            return new String(css.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private void throughput(String what, Predicate<Series> wanted) {
        List<Series> rows = results.all().stream()
                .filter(row -> row.what().call() != Call.LOOKUP && row.failure().isEmpty())
                .filter(wanted)
                .toList();
        BarChart speed = new BarChart(what + ": GB a second", 2);
        BarChart cpu = new BarChart(what + ": processor seconds for a GB", 2);
        BarChart latency = new BarChart(what + ": latency p99", 2);
        for (Series row : rows) {
            String heading =
                    Sizes.label(row.what().payloadBytes()) + ", " + row.what().depth() + " in flight";
            String label = row.contender().label() + " " + row.verb();
            String style = style(row);
            if (row.what().isOpenLoop()) {
                String rate = String.format(
                        Locale.ROOT,
                        "%s, %.0f%% of the slowest's rate",
                        Sizes.label(row.what().payloadBytes()),
                        100 * row.what().rateShare());
                latency.add(rate, label, style, row.percentileMillis(99), 0);
                continue;
            }
            speed.add(heading, label, style, row.gigabytesPerSecond(), 0);
            cpu.add(heading, label, style, row.clientCpuPerGigabyte(), row.serverCpuPerGigabyte());
        }
        chart(what + ": GB a second", "More is better.", speed);
        chart(what + ": processor seconds for a GB", "Client, then server. Less is better.", cpu);
        chart(
                what + ": 99 of 100 took at most, in ms",
                "At a fixed rate, from when each was due. Less is better.",
                latency);
    }

    private void lookups() {
        BarChart chart = new BarChart("Lookups: ms", 3);
        for (Series row : results.all()) {
            if (row.what().call() == Call.LOOKUP && row.failure().isEmpty()) {
                chart.add(row.name(), "p50", "kvstore", row.percentileMillis(50), 0);
                chart.add(row.name(), "p99", "kvstore second", row.percentileMillis(99), 0);
            }
        }
        chart("Lookups: ms", "Less is better.", chart);
    }

    private static String style(Series row) {
        return row.contender().name().toLowerCase(Locale.ROOT);
    }

    private void chart(String title, String hint, BarChart chart) {
        if (!chart.isEmpty()) {
            out.append(element("h2", title)).append(element("p", hint)).append(chart.svg());
        }
    }

    private void goals(List<Goals.Goal> goals) {
        if (goals.isEmpty()) {
            return;
        }
        out.append(element("h2", "Goals")).append("<div class=\"wide\"><table>\n<tr>");
        List.of("goal", "", "bound", "measured").forEach(head -> out.append(element("th", head)));
        out.append("</tr>\n");
        for (Goals.Goal goal : goals) {
            String verdict = goal.verdict().name().toLowerCase(Locale.ROOT);
            out.append("<tr>")
                    .append(element("td", goal.what()))
                    .append("<td class=\"" + verdict + "\">" + verdict.replace('_', ' ') + "</td>")
                    .append(element("td", (goal.atLeast() ? "at least " : "at most ") + Numbers.text(goal.bound(), 2)))
                    .append(element("td", Numbers.text(goal.value(), 3)))
                    .append("</tr>\n");
        }
        out.append("</table></div>\n");
    }

    private void table() {
        out.append(element("h2", "All figures")).append("<div class=\"wide\"><table>\n<tr>");
        out.append(element("th", "call/payload/in flight")).append(element("th", ""));
        Column.ALL.forEach(column -> out.append(element("th", (column.over() + " " + column.head()).strip())));
        out.append("</tr>\n");
        for (Series row : results.all()) {
            out.append("<tr>")
                    .append(element("td", row.name()))
                    .append(element("td", row.contender().label()));
            if (row.failure().isEmpty()) {
                Column.ALL.forEach(column -> out.append(element("td", column.text(results, row))));
            } else {
                out.append("<td colspan=\"" + Column.ALL.size() + "\">failed: " + escape(row.failure()) + "</td>");
            }
            out.append("</tr>\n");
        }
        out.append("</table></div>\n");
    }

    private void facts(String title, Map<String, String> facts) {
        out.append(element("h2", title)).append("<table class=\"facts\">\n");
        facts.forEach((name, value) -> out.append("<tr>")
                .append(element("th", name))
                .append(element("td", value))
                .append("</tr>\n"));
        out.append("</table>\n");
    }
}
