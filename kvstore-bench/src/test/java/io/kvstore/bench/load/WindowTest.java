package io.kvstore.bench.load;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class WindowTest {

    private static final Job CLOSED = Job.transfer(Call.READ, 10, 1, 1).lasting(1);
    private static final Usage NOTHING = new Usage(0, 0);

    private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 5);

    private void pass(long millis) {
        nanos.addAndGet(TimeUnit.MILLISECONDS.toNanos(millis));
    }

    private static Turn next(Window window) {
        return Objects.requireNonNull(window.next());
    }

    @Test
    void a_closed_loop_starts_requests_until_its_time_is_over_and_waits_for_the_last() throws InterruptedException {
        Window window = new Window(CLOSED, nanos::get);
        Turn first = next(window);
        pass(900);
        window.finished(first, 10);
        Turn last = next(window);
        pass(600);
        assertThat(window.next()).isNull();
        window.finished(last, 10);
        window.awaitEnd(0);
        Outcome outcome = window.outcome(NOTHING, NOTHING);
        assertThat(outcome.operations()).isEqualTo(2);
        assertThat(outcome.payloadBytes()).isEqualTo(20);
        assertThat(outcome.nanos()).isEqualTo(TimeUnit.MILLISECONDS.toNanos(1_500));
        assertThat(outcome.failed()).isFalse();
    }

    @Test
    void no_more_requests_are_started_than_allowed() {
        Window window = new Window(CLOSED.writing(0, 1), nanos::get);
        next(window);
        assertThat(window.next()).isNull();
    }

    @Test
    void in_an_open_loop_a_stall_is_charged_to_every_request_that_was_due_in_it() {
        Window window = new Window(CLOSED.atRate(10), nanos::get);
        Turn first = next(window);
        pass(900);
        window.finished(first, 10);
        for (int i = 1; i < 10; i++) {
            window.finished(next(window), 10);
        }
        // Due every 100 ms; all were answered after 900.
        Outcome outcome = window.outcome(NOTHING, NOTHING);
        assertThat(outcome.latencyNanos().getTotalCount()).isEqualTo(10);
        assertThat(outcome.latencyNanos().getMean() / 1e6).isBetween(449.0, 451.0);
        assertThat(outcome.latencyNanos().getMaxValue() / 1e6).isBetween(899.0, 901.0);
    }

    @Test
    void a_failure_ends_it_and_is_told() throws InterruptedException {
        Window window = new Window(CLOSED, nanos::get);
        next(window);
        window.failed("no such chunk");
        assertThat(window.next()).isNull();
        window.awaitEnd(0);
        assertThat(window.outcome(NOTHING, NOTHING).failure()).isEqualTo("no such chunk");
    }

    @Test
    void a_request_that_is_never_answered_is_a_failure() throws InterruptedException {
        Window window = new Window(CLOSED, nanos::get);
        next(window);
        window.awaitEnd(0);
        assertThat(window.outcome(NOTHING, NOTHING).failure()).isEqualTo("1 requests were never answered");
    }
}
