package io.kvstore.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvstore.testkit.ManualClock;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ProcessPagesTest {

    private final ManualClock clock = new ManualClock();
    private final FakeChildren first = new FakeChildren();
    private final FakeChildren second = new FakeChildren();
    private final List<SupervisedProcess> processes = List.of(process("node-0", first), process("node-1", second));
    private final ProcessPages pages = new ProcessPages(processes);

    private SupervisedProcess process(String name, FakeChildren children) {
        return new SupervisedProcess(name, 7_000, children, clock.scheduler(), clock);
    }

    @BeforeEach
    void startBoth() {
        processes.forEach(process -> process.start());
        clock.runDue();
        first.last().serve(7_000, OptionalInt.empty());
        clock.runDue();
    }

    private void serveSecond(int adminPort) {
        second.last().serve(7_001, OptionalInt.of(adminPort));
        clock.runDue();
    }

    @Test
    void health_is_that_of_all_and_names_who_does_not_serve() throws Exception {
        assertThat(pages.health()).isEqualTo(new Health(false, "node-1 is starting"));
        AtomicReference<Health> own = new AtomicReference<>(Health.SERVING);
        try (AdminEndpoint admin = AdminEndpoint.start(OptionalInt.of(0), own::get, Optional.empty())
                .orElseThrow()) {
            serveSecond(admin.port());
            assertThat(pages.health()).isEqualTo(Health.SERVING);
            own.set(Health.DRAINING);
            assertThat(pages.health()).isEqualTo(new Health(false, "node-1 is draining"));
        }
        assertThat(pages.health()).isEqualTo(new Health(false, "node-1 does not answer"));
        first.last().end(137);
        clock.runDue();
        assertThat(pages.health().text())
                .isEqualTo("node-0 ended (exit code 137) and starts again in 500 ms; node-1 does not answer");
    }

    @Test
    void metrics_are_those_of_all_that_answer_with_whose_they_are() throws Exception {
        try (AdminEndpoint admin = AdminEndpoint.start(
                        OptionalInt.of(0), () -> Health.SERVING, Optional.of(() -> "# TYPE apples gauge\napples 3\n"))
                .orElseThrow()) {
            serveSecond(admin.port());
            first.last().end(137);
            clock.runDue();
            assertThat(pages.metrics())
                    .contains(
                            "kvstore_process_up{node=\"0\"} 0.0",
                            "kvstore_process_up{node=\"1\"} 1.0",
                            "kvstore_process_starts_total{node=\"0\"} 1.0",
                            "# TYPE apples gauge\napples{node=\"1\"} 3");
        }
    }
}
