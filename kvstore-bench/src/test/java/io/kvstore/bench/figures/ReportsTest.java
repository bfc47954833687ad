package io.kvstore.bench.figures;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.kvstore.bench.load.Call;
import io.kvstore.bench.load.Hits;
import io.kvstore.bench.load.Outcome;
import io.kvstore.bench.load.Usage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.xml.parsers.DocumentBuilderFactory;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;

/** What is written is what others can read, whatever was measured and whatever it is called. */
class ReportsTest {

    private static final Case STREAMED = Case.transfer(Call.STREAMING_READ, Sizes.USUAL, 4);
    private static final Environment HERE = new Environment(
            Map.of("cpu", "A \"fast\" <one> & more"), Map.of("jdk", "17"), Map.of("server", "--backend memory"));

    private final Results results = new Results();

    @BeforeEach
    void measure() {
        for (int i = 0; i < 3; i++) {
            results.add(Contender.KVSTORE, STREAMED, SeriesTest.round(1_000, 0.2, 0.2));
            results.add(Contender.RAW, STREAMED.plain(), SeriesTest.round(900, 0.15, 0.15));
            results.add(Contender.KVSTORE, STREAMED.atShare(0.5), SeriesTest.round(2_000, 0.2, 0.2));
            results.add(Contender.KVSTORE, Case.lookup(1_000, Hits.ALL, 1), SeriesTest.round(1, 0.1, 0.1));
        }
        results.add(
                Contender.REDIS,
                STREAMED.plain(),
                new Outcome(0, 0, 0, new Usage(0, 0), new Usage(0, 0), "no <room>", new Histogram(3)));
    }

    private String json() throws IOException {
        StringWriter out = new StringWriter();
        JsonReport.write(HERE, results, Goals.of(results), out);
        return out.toString();
    }

    private static List<String> values(String json, String field) throws IOException {
        List<String> values = new ArrayList<>();
        try (JsonParser parser = new JsonFactory().createParser(json)) {
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                if (token == JsonToken.FIELD_NAME && field.equals(parser.currentName())) {
                    parser.nextToken();
                    values.add(parser.getText());
                }
            }
        }
        return values;
    }

    @Test
    void json_has_every_row_with_its_figures_and_null_for_what_is_not_known() throws IOException {
        String json = json();
        assertThat(values(json, "case"))
                .containsExactly(
                        "StreamingRead/1.2MB/4",
                        "Read/1.2MB/4",
                        "StreamingRead/1.2MB/4/open50",
                        "Lookup/1000/all/1",
                        "Read/1.2MB/4");
        assertThat(values(json, "gigabytesPerSecond").get(0)).isEqualTo("1.0");
        assertThat(values(json, "serverHeapPerPayloadByte").get(0)).isEqualTo("null");
        assertThat(values(json, "failure")).endsWith("no <room>");
        assertThat(values(json, "cpu")).containsExactly("A \"fast\" <one> & more");
        assertThat(values(json, "operations")).hasSize(13);
        assertThat(values(json, "verdict")).hasSize(Goals.of(results).size());
    }

    @Test
    void the_page_is_well_formed_and_loads_nothing() throws Exception {
        String page = HtmlReport.of(HERE, results, Goals.overStorage(results));
        Document document = DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new ByteArrayInputStream(
                        page.replace("<!doctype html>", "").getBytes(StandardCharsets.UTF_8)));
        assertThat(document.getElementsByTagName("svg").getLength()).isEqualTo(4);
        assertThat(document.getElementsByTagName("rect").getLength()).isPositive();
        assertThat(page)
                .doesNotContain("http", "src=", "href=", "url(", "@import")
                .contains(Goals.overStorage(results).get(0).what())
                .contains("no &lt;room&gt;", "prefers-color-scheme: dark", "width=device-width");
    }

    @Test
    void a_goal_is_reached_missed_or_not_measured() {
        List<Goals.Goal> goals = Goals.of(results);
        assertThat(verdict(goals, "StreamingRead 1.2MB, 4 in flight: GB/s x raw"))
                .isEqualTo(Goals.Verdict.REACHED);
        assertThat(verdict(goals, "StreamingRead 1.2MB, 4 in flight: CPU x raw"))
                .isEqualTo(Goals.Verdict.REACHED);
        assertThat(verdict(goals, "Lookup of 1,000 stored blocks: p50 ms")).isEqualTo(Goals.Verdict.REACHED);
        assertThat(verdict(goals, "StreamingRead 1.2MB, 4 in flight: GB/s x Redis GET"))
                .isEqualTo(Goals.Verdict.NOT_MEASURED);
        assertThat(verdict(goals, "Write 1.2MB, 4 in flight: CPU x raw")).isEqualTo(Goals.Verdict.NOT_MEASURED);
        results.add(Contender.KVSTORE, Case.lookup(1_000, Hits.NONE, 1), SeriesTest.round(1, 0.1, 0.1));
        assertThat(verdict(Goals.of(results), "Lookup of 1,000 blocks, none stored: p50 ms"))
                .isEqualTo(Goals.Verdict.MISSED);
        assertThat(Goals.table(goals)).contains("reached", "not measured");
    }

    private static Goals.Verdict verdict(List<Goals.Goal> goals, String what) {
        return goals.stream()
                .filter(goal -> goal.what().equals(what))
                .findFirst()
                .orElseThrow()
                .verdict();
    }

    @Test
    void a_stream_of_eight_chunks_over_a_storage_is_eight_times_one_of_them() {
        Results results = new Results();
        Case streamed = Case.transfer(Call.STREAMING_READ, Sizes.USUAL, 8);
        // 1.6 and 0.6 ms of processor time a chunk.
        results.add(Contender.KVSTORE, streamed, SeriesTest.round(1_000, 0.2, 1.6));
        results.add(Contender.CACHED, streamed, SeriesTest.round(1_000, 0.2, 0.6));

        assertThat(Goals.table(Goals.overStorage(results)).lines())
                .filteredOn(line -> line.contains("StreamingRead"))
                .satisfiesExactly(
                        off -> assertThat(off).startsWith("reached").endsWith("<= 13.80    12.80"),
                        warm -> assertThat(warm).startsWith("missed").endsWith("<= 4.60     4.80"));
    }
}
