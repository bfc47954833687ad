package io.kvstore.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvstore.server.SupervisedProcess.Phase;
import io.kvstore.testkit.ManualClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class SupervisedProcessTest {

    private final ManualClock clock = new ManualClock();
    private final FakeChildren children = new FakeChildren();
    private final SupervisedProcess process = process("node-0", children);

    private SupervisedProcess process(String name, FakeChildren launcher) {
        return new SupervisedProcess(name, 0, launcher, clock.scheduler(), clock);
    }

    private CompletableFuture<StartLine> start() {
        CompletableFuture<StartLine> first = process.start();
        clock.runDue();
        return first;
    }

    private void serve() {
        children.last().serve(7_000, OptionalInt.of(9_000));
        clock.runDue();
    }

    private void end() {
        children.last().end(137);
        clock.runDue();
    }

    /** How long it takes until a process that ended is started again. */
    private Duration pause() {
        int before = children.count();
        Duration pause = Duration.ZERO;
        while (children.count() == before) {
            clock.advance(Duration.ofMillis(100));
            pause = pause.plusMillis(100);
            assertThat(pause).isLessThan(Duration.ofHours(1));
        }
        return pause;
    }

    @Test
    void it_serves_once_its_line_is_there() {
        CompletableFuture<StartLine> first = start();
        assertThat(process.state().phase()).isEqualTo(Phase.STARTING);
        assertThat(first).isNotDone();
        serve();
        assertThat(first).isCompletedWithValueMatching(line -> line.port() == 7_000);
        assertThat(process.state())
                .isEqualTo(new SupervisedProcess.State(Phase.SERVING, "serves", OptionalInt.of(9_000), 1));
    }

    @Test
    void an_end_is_followed_by_a_start_on_the_same_port() {
        start();
        serve();
        end();
        assertThat(process.state().phase()).isEqualTo(Phase.WAITING);
        assertThat(process.state().why()).isEqualTo("ended (exit code 137) and starts again in 500 ms");
        assertThat(process.state().adminPort()).isEmpty();
        assertThat(pause()).isEqualTo(Duration.ofMillis(500));
        assertThat(children.last().port()).isEqualTo(7_000);
        serve();
        assertThat(process.state().phase()).isEqualTo(Phase.SERVING);
        assertThat(process.state().starts()).isEqualTo(2);
    }

    /** The failure: the process goes on unseen, with the port and the data of the one that is to follow it. */
    @Test
    void a_process_that_an_error_leaves_unwatched_is_killed_and_another_started() {
        start();
        serve();
        children.failToWatchNext();
        end();
        pause();

        assertThat(children.last().killed()).isTrue();
        assertThat(process.state().phase()).isEqualTo(Phase.WAITING);
        pause();
        serve();
        assertThat(process.state().phase()).isEqualTo(Phase.SERVING);
    }

    /** A process that dies at once, started without a pause, takes the machine from those that serve. */
    @Test
    void pauses_double_up_to_half_a_minute() {
        start();
        serve();
        List<Long> seconds = new ArrayList<>();
        for (int i = 0; i < 9; i++) {
            end();
            seconds.add(pause().toMillis());
        }
        assertThat(seconds).containsExactly(500L, 1_000L, 2_000L, 4_000L, 8_000L, 16_000L, 30_000L, 30_000L, 30_000L);
    }

    @Test
    void a_minute_of_service_forgets_what_was_before() {
        start();
        serve();
        for (int i = 0; i < 5; i++) {
            end();
            pause();
            serve();
        }
        clock.advance(Duration.ofSeconds(59));
        end();
        assertThat(pause()).isEqualTo(Duration.ofSeconds(16));
        serve();
        clock.advance(Duration.ofSeconds(60));
        end();
        assertThat(pause()).isEqualTo(Duration.ofMillis(500));
    }

    /** What was up for long once and does not come up any more has not been stable. */
    @Test
    void starts_that_fail_after_a_long_life_wait_longer_and_longer() {
        start();
        serve();
        clock.advance(Duration.ofHours(1));
        end();
        pause();
        end();
        assertThat(pause()).isEqualTo(Duration.ofSeconds(1));
        end();
        assertThat(pause()).isEqualTo(Duration.ofSeconds(2));
    }

    @Test
    void a_first_start_that_fails_is_not_tried_again() {
        CompletableFuture<StartLine> first = start();
        children.last().end(1);
        clock.advance(Duration.ofHours(1));
        assertThat(first)
                .isCompletedExceptionally()
                .failsWithin(Duration.ZERO)
                .withThrowableThat()
                .withMessageContaining("node-0 did not start (exit code 1)");
        assertThat(children.count()).isEqualTo(1);
        assertThat(process.stop(Duration.ZERO)).isCompletedWithValue(1);
    }

    @Test
    void a_machine_without_room_for_a_process_fails_the_first_start_and_delays_others() {
        start();
        serve();
        children.refuse();
        end();
        clock.advance(Duration.ofMillis(500));
        assertThat(process.state().why()).contains("cannot be run: error=11", "starts again in 1000 ms");

        FakeChildren none = new FakeChildren();
        none.refuse();
        CompletableFuture<StartLine> first = process("node-1", none).start();
        clock.runDue();
        assertThat(first).isCompletedExceptionally();
    }

    /** The scheduler would keep it to itself, and whoever waits for the start wait for ever. */
    @Test
    void a_defect_before_there_is_a_process_is_a_start_that_failed() {
        SupervisedProcess broken = new SupervisedProcess(
                "node-1",
                0,
                port -> {
                    throw new IllegalStateException("no command");
                },
                clock.scheduler(),
                clock);
        CompletableFuture<StartLine> first = broken.start();
        clock.runDue();
        assertThat(first)
                .isCompletedExceptionally()
                .failsWithin(Duration.ZERO)
                .withThrowableThat()
                .withMessageContaining("cannot be run: no command");
    }

    @Test
    void a_start_that_hangs_is_ended() {
        CompletableFuture<StartLine> first = start();
        clock.advance(Duration.ofMinutes(10));
        assertThat(children.last().killed()).isTrue();
        clock.runDue();
        assertThat(first).isCompletedExceptionally();
    }

    @Test
    void one_that_serves_is_not_ended_for_a_slow_start() {
        start();
        serve();
        clock.advance(Duration.ofHours(5));
        assertThat(children.last().killed()).isFalse();
    }

    @Test
    void told_to_stop_it_ends_in_order_and_for_good() {
        start();
        serve();
        CompletableFuture<Integer> code = process.stop(Duration.ofSeconds(20));
        clock.runDue();
        assertThat(children.last().terminated()).isTrue();
        assertThat(code).isNotDone();
        children.last().end(0);
        clock.advance(Duration.ofHours(1));
        assertThat(code).isCompletedWithValue(0);
        assertThat(children.last().killed()).isFalse();
        assertThat(children.count()).isEqualTo(1);
        assertThat(clock.pendingTasks()).isZero();
    }

    @Test
    void one_that_does_not_end_is_killed() {
        start();
        serve();
        CompletableFuture<Integer> code = process.stop(Duration.ofSeconds(20));
        clock.advance(Duration.ofSeconds(19));
        assertThat(children.last().killed()).isFalse();
        clock.advance(Duration.ofSeconds(1));
        assertThat(code).isCompletedWithValue(137);
    }

    /** A service manager ends all at a time: a process may be on its way up again because it was ended first. */
    @Test
    void one_that_is_starting_has_nothing_to_end_in_order() {
        start();
        serve();
        end();
        pause();
        CompletableFuture<Integer> code = process.stop(Duration.ofSeconds(20));
        clock.runDue();
        children.last().end(143);
        clock.runDue();
        assertThat(code).isCompletedWithValue(0);
    }

    @Test
    void one_that_waits_to_be_started_is_not_started_any_more() {
        start();
        serve();
        end();
        assertThat(process.stop(Duration.ofSeconds(20))).isNotDone();
        clock.advance(Duration.ofHours(1));
        assertThat(process.stop(Duration.ofSeconds(20))).isCompletedWithValue(0);
        assertThat(children.count()).isEqualTo(1);
    }

    /** Events of a process that is gone may come late. */
    @Test
    void what_an_earlier_process_has_to_say_does_not_count() {
        start();
        FakeChildren.Fake earlier = children.last();
        serve();
        end();
        pause();
        earlier.serve(1, OptionalInt.empty());
        clock.runDue();
        assertThat(process.state().phase()).isEqualTo(Phase.STARTING);
    }

    @Test
    void several_start_together_and_serve_when_all_do() {
        FakeChildren others = new FakeChildren();
        ServerProcesses both = new ServerProcesses(List.of(process, process("node-1", others)));
        CompletableFuture<List<StartLine>> all = both.start();
        clock.runDue();
        serve();
        assertThat(all).isNotDone();
        others.last().serve(7_001, OptionalInt.empty());
        clock.runDue();
        assertThat(all)
                .isCompletedWithValueMatching(
                        lines -> lines.stream().map(StartLine::port).toList().equals(List.of(7_000, 7_001)));

        CompletableFuture<Boolean> stopped = both.stop(Duration.ofSeconds(5));
        clock.runDue();
        assertThat(children.last().terminated()).isTrue();
        assertThat(others.last().terminated()).isTrue();
        children.last().end(0);
        others.last().end(0);
        clock.runDue();
        assertThat(stopped).isCompletedWithValue(true);
    }

    /** The operator is told at once, not when the last has started or failed. */
    @Test
    void one_of_several_that_cannot_start_fails_the_start_while_others_are_on_their_way() {
        FakeChildren others = new FakeChildren();
        ServerProcesses both = new ServerProcesses(List.of(process, process("node-1", others)));
        CompletableFuture<List<StartLine>> all = both.start();
        clock.runDue();
        others.last().end(2);
        clock.runDue();
        assertThat(all).isCompletedExceptionally();
        CompletableFuture<Boolean> stopped = both.stop(Duration.ofSeconds(5));
        clock.runDue();
        assertThat(children.last().terminated()).isTrue();
        children.last().end(143);
        clock.runDue();
        assertThat(stopped).isCompletedWithValue(false);
    }
}
