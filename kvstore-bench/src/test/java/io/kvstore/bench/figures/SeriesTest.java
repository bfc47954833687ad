package io.kvstore.bench.figures;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.kvstore.bench.load.Call;
import io.kvstore.bench.load.Outcome;
import io.kvstore.bench.load.Usage;
import java.util.stream.DoubleStream;
import org.HdrHistogram.Histogram;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class SeriesTest {

    private static final Case STREAMED = Case.transfer(Call.STREAMING_READ, Sizes.USUAL, 4);
    private static final Offset<Double> EXACT = within(1e-9);

    private final Results results = new Results();

    /** A GB in so many milliseconds. */
    static Outcome round(long millis, double clientCpu, double serverCpu) {
        Histogram latency = new Histogram(3);
        latency.recordValue(millis * 1_000_000);
        return new Outcome(
                1_000,
                1_000_000_000,
                millis * 1_000_000,
                new Usage(clientCpu, 10_000_000),
                new Usage(serverCpu, Usage.UNKNOWN),
                "",
                latency);
    }

    private Series add(Contender contender, Case what, Outcome... rounds) {
        for (Outcome round : rounds) {
            results.add(contender, what, round);
        }
        return results.find(contender, what).orElseThrow();
    }

    @Test
    void the_median_is_the_middle_one_or_between_the_two_in_the_middle() {
        assertThat(Medians.of(DoubleStream.of(3, 1, 2))).isEqualTo(2);
        assertThat(Medians.of(DoubleStream.of(4, 1, 2, 3))).isEqualTo(2.5);
        assertThat(Medians.of(DoubleStream.empty())).isNaN();
        assertThat(Medians.of(DoubleStream.of(1, Double.NaN))).isNaN();
    }

    @Test
    void figures_are_medians_of_the_rounds_and_latencies_those_of_all_requests() {
        Series series =
                add(Contender.KVSTORE, STREAMED, round(500, 0.5, 0.25), round(1_000, 0.4, 0.3), round(2_000, 0.6, 0.2));
        assertThat(series.gigabytesPerSecond()).isCloseTo(1, EXACT);
        assertThat(series.operationsPerSecond()).isCloseTo(1_000, EXACT);
        assertThat(series.clientCpuPerGigabyte()).isCloseTo(0.5, EXACT);
        assertThat(series.serverCpuPerGigabyte()).isCloseTo(0.25, EXACT);
        assertThat(series.clientCpuMillisPerOperation()).isCloseTo(0.5, EXACT);
        assertThat(series.clientHeapPerPayloadByte()).isCloseTo(0.01, EXACT);
        assertThat(series.serverHeapPerPayloadByte()).isNaN();
        assertThat(series.percentileMillis(100)).isCloseTo(2_000, within(2.0));
        assertThat(series.percentileMillis(50)).isCloseTo(1_000, within(1.0));
    }

    @Test
    void a_ratio_compares_what_ran_in_the_same_round() {
        Series ours =
                add(Contender.KVSTORE, STREAMED, round(1_000, 0.2, 0.2), round(4_000, 0.8, 0.8), round(2_000, 1, 1));
        add(Contender.RAW, STREAMED.plain(), round(500, 0.2, 0.2), round(2_000, 0.8, 0.8), round(2_000, 0.5, 0.5));
        // Half in two rounds of three, whatever the medians of the absolute figures say.
        assertThat(Ratios.throughputToRaw(results, ours)).isCloseTo(0.5, EXACT);
        assertThat(Ratios.cpuToRaw(results, ours)).isCloseTo(1, EXACT);
        assertThat(Ratios.throughput(results, ours, Contender.REDIS)).isNaN();
    }

    @Test
    void a_failed_round_leaves_no_figure_and_is_told() {
        Series series = add(Contender.KVSTORE, STREAMED, round(500, 1, 1), failed());
        assertThat(series.gigabytesPerSecond()).isNaN();
        assertThat(results.failures()).containsExactly("kvstore StreamingRead/1.2MB/4: gone");
        assertThat(FigureTable.of(results)).contains("StreamingRead/1.2MB/4").contains("failed: gone");
    }

    private static Outcome failed() {
        return new Outcome(0, 0, 0, new Usage(0, 0), new Usage(0, 0), "gone", new Histogram(3));
    }

    @Test
    void a_table_names_what_others_do_and_leaves_empty_what_is_not_known() {
        add(Contender.KVSTORE, STREAMED, round(1_000, 0.2, 0.2));
        add(Contender.RAW, STREAMED.plain(), round(500, 0.1, 0.1));
        assertThat(FigureTable.of(results).lines().skip(2).toList())
                .anyMatch(row -> row.startsWith("StreamingRead/1.2MB/4 ") && row.contains(" 0.50 "))
                .anyMatch(row -> row.startsWith("receive/1.2MB/4 ") && row.endsWith(" -"));
    }

    @Test
    void names_say_what_is_measured() {
        assertThat(STREAMED.atShare(0.5).name()).isEqualTo("StreamingRead/1.2MB/4/open50");
        assertThat(Case.transfer(Call.WRITE, Sizes.SMALL, 1).name()).isEqualTo("Write/0.5KB/1");
        assertThat(Case.lookupUnderLoad(1_000).name()).isEqualTo("LookupUnderLoad/1000/all/1");
    }
}
