package io.kvstore.server;

import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Metrics as Prometheus reads them. Pages of several processes become one: each sample gets a label that says whose it is,
 * and those of a metric stand together under one heading, as the format asks for.
 */
final class MetricsText {

    static final String CONTENT_TYPE = PrometheusTextFormatWriter.CONTENT_TYPE;

    private static final Pattern HEADING = Pattern.compile("# (?:HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*)( .*)?");
    private static final Pattern SAMPLE = Pattern.compile("([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\\{(.*)\\})?( [^{}]+)");

    private record Family(Set<String> headings, List<String> samples) {}

    private final Map<String, Family> families = new LinkedHashMap<>();

    /** The page of a registry. */
    static String of(PrometheusRegistry registry) {
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        try {
            PrometheusTextFormatWriter.create().write(text, registry.scrape());
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        return text.toString(StandardCharsets.UTF_8);
    }

    /** Adds a page as it is. */
    void add(String page) {
        addLabelled("", page);
    }

    /** Adds a page of the process with this number. */
    void add(int process, String page) {
        addLabelled("node=\"" + process + "\"", page);
    }

    private void addLabelled(String label, String page) {
        String family = "";
        for (String line : page.split("\n", -1)) {
            Matcher heading = HEADING.matcher(line);
            Matcher sample = SAMPLE.matcher(line);
            if (heading.matches()) {
                family = heading.group(1);
                family(family).headings().add(line);
            } else if (sample.matches()) {
                String labels = sample.group(2) == null ? "" : sample.group(2);
                String both = label + (label.isEmpty() || labels.isEmpty() ? "" : ",") + labels;
                family(family)
                        .samples()
                        .add(sample.group(1) + (both.isEmpty() ? "" : "{" + both + "}") + sample.group(3));
            }
        }
    }

    private Family family(String name) {
        return families.computeIfAbsent(name, unused -> new Family(new LinkedHashSet<>(), new ArrayList<>()));
    }

    /** All that was added, as one page. */
    String text() {
        StringBuilder text = new StringBuilder();
        for (Family family : families.values()) {
            family.headings().forEach(line -> text.append(line).append('\n'));
            family.samples().forEach(line -> text.append(line).append('\n'));
        }
        return text.toString();
    }
}
