package io.kvstore.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class ManualClockTest {

    private final ManualClock clock = new ManualClock();
    private final List<String> done = new ArrayList<>();
    private final long startNanos = clock.getAsLong();

    @Test
    void time_passes_only_when_told_to_and_across_the_overflow() {
        assertThat(clock.getAsLong()).isEqualTo(startNanos);

        clock.advance(Duration.ofSeconds(8));

        assertThat(clock.getAsLong() - startNanos)
                .isEqualTo(Duration.ofSeconds(8).toNanos());
        assertThat(clock.getAsLong()).isNegative();
    }

    @Test
    void tasks_run_in_order_each_at_its_own_time_on_the_caller() {
        after(7, "late");
        after(2, "early");
        after(2, "early too");
        after(9, "never");

        clock.advance(Duration.ofSeconds(8));

        assertThat(done).containsExactly("early at 2", "early too at 2", "late at 7");
        assertThat(clock.pendingTasks()).isEqualTo(1);
    }

    @Test
    void nothing_runs_by_itself() {
        clock.scheduler().execute(() -> note("now"));
        assertThat(done).isEmpty();

        clock.runDue();

        assertThat(done).containsExactly("now at 0");
    }

    @Test
    void what_a_task_schedules_within_the_time_runs_too() {
        var unused = clock.scheduler().schedule(() -> after(3, "second"), 2, TimeUnit.SECONDS);

        clock.advance(Duration.ofSeconds(5));

        assertThat(done).containsExactly("second at 5");
    }

    @Test
    void periodic_tasks_run_until_cancelled_or_failing() {
        Future<?> rate = clock.scheduler().scheduleAtFixedRate(() -> note("rate"), 1, 2, TimeUnit.SECONDS);
        Future<?> failing = clock.scheduler()
                .scheduleWithFixedDelay(
                        () -> {
                            note("failing");
                            throw new IllegalStateException("once");
                        },
                        2,
                        1,
                        TimeUnit.SECONDS);

        clock.advance(Duration.ofSeconds(5));
        rate.cancel(false);
        clock.advance(Duration.ofSeconds(5));

        assertThat(done).containsExactly("rate at 1", "failing at 2", "rate at 3", "rate at 5");
        assertThat(failing).isDone();
        assertThat(clock.pendingTasks()).isZero();
    }

    @Test
    void a_cancelled_task_neither_runs_nor_stays() {
        Future<String> task = clock.scheduler().schedule((Callable<String>) () -> "x", 1, TimeUnit.SECONDS);

        task.cancel(true);

        assertThat(clock.pendingTasks()).isZero();
        clock.advance(Duration.ofSeconds(2));
        assertThat(task).isCancelled();
    }

    @Test
    void a_scheduler_shut_down_takes_nothing_and_drops_what_waits() {
        after(1, "dropped");

        clock.scheduler().shutdown();

        assertThat(clock.scheduler().isTerminated()).isTrue();
        assertThatThrownBy(() -> after(1, "refused")).isInstanceOf(RejectedExecutionException.class);
        clock.advance(Duration.ofSeconds(2));
        assertThat(done).isEmpty();
    }

    @Test
    void time_does_not_go_back() {
        assertThatThrownBy(() -> clock.advance(Duration.ofNanos(-1))).hasMessageContaining("expected: not negative");
    }

    private void after(long seconds, String name) {
        var unused = clock.scheduler().schedule(() -> note(name), seconds, TimeUnit.SECONDS);
    }

    private void note(String name) {
        done.add(name + " at " + TimeUnit.NANOSECONDS.toSeconds(clock.getAsLong() - startNanos));
    }
}
