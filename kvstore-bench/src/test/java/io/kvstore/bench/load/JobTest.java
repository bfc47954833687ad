package io.kvstore.bench.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;

class JobTest {

    @Test
    void a_job_is_the_same_on_the_other_side_of_a_pipe() {
        Job job = Job.transfer(Call.WRITE, 1_200_000, 100, 4)
                .lasting(0.25)
                .atRate(123.5)
                .writing(7, 99);
        assertThat(Job.parse(job.toLine())).isEqualTo(job);
        Job lookup = Job.lookup(64, Hits.HALF, 8);
        assertThat(Job.parse(lookup.toLine())).isEqualTo(lookup);
    }

    @Test
    void what_is_no_job_is_refused() {
        assertThatThrownBy(() -> Job.parse("READ 1 2")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void an_outcome_is_the_same_on_the_other_side_of_a_pipe() {
        Histogram latency = new Histogram(3);
        latency.recordValue(1_000_000);
        latency.recordValue(70_000_000_000L);
        Outcome outcome = new Outcome(
                2, 24, 1_000, new Usage(0.25, 77), new Usage(Double.NaN, Usage.UNKNOWN), "a b = c", latency);
        Outcome read = Outcome.parse(outcome.toLine());
        assertThat(read.toLine()).isEqualTo(outcome.toLine());
        assertThat(read.failure()).isEqualTo("a b = c");
        assertThat(read.server().knowsHeap()).isFalse();
        assertThat(read.latencyNanos().getMaxValue()).isEqualTo(latency.getMaxValue());
        assertThat(Outcome.parse(Outcome.nothing().toLine()).failed()).isFalse();
    }
}
