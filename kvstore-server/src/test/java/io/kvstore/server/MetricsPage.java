package io.kvstore.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** What a server tells on its admin endpoint. */
final class MetricsPage {

    private final String text;

    private MetricsPage(String text) {
        this.text = text;
    }

    static MetricsPage of(RunningServer server) throws Exception {
        int port =
                StartLine.parse(server.startLine(0)).orElseThrow().adminPort().orElseThrow();
        URI address = URI.create("http://127.0.0.1:" + port + "/metrics");
        return new MetricsPage(HttpClient.newHttpClient()
                .send(HttpRequest.newBuilder(address).build(), BodyHandlers.ofString())
                .body());
    }

    /** The value of that sample: a metric's name, and its labels as the format has them. */
    double valueOf(String sample) {
        List<String> values = text.lines()
                .filter(line -> line.startsWith(sample + " "))
                .map(line -> line.substring(sample.length() + 1))
                .toList();
        assertThat(values).as(sample + " in\n" + text).hasSize(1);
        return Double.parseDouble(values.get(0));
    }

    /** The metrics on a page, by their own names. */
    static Set<String> names(String page) {
        return Pattern.compile("^# TYPE (kvstore_\\w+) ", Pattern.MULTILINE)
                .matcher(page)
                .results()
                .map(heading -> heading.group(1))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    String text() {
        return text;
    }
}
