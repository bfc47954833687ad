package io.kvstore.accounts;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvstore.testkit.ManualClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class NamesAheadTest {

    private static final Duration PERIOD = Duration.ofSeconds(10);

    private final ManualClock clock = new ManualClock();
    private final AtomicInteger readings = new AtomicInteger();
    private final List<Integer> told = new ArrayList<>();

    private void assertReadOnAfter(NamesAhead<Integer> names) {
        try (names) {
            names.awaitFirst();
            clock.advance(PERIOD);
            clock.advance(PERIOD);
            assertThat(told).containsExactly(1, 3);
        }
    }

    /** The failure: new resources were never read ahead again, and nothing said so. */
    @Test
    void names_are_read_on_when_a_reading_could_not_begin() {
        assertReadOnAfter(NamesAhead.start(
                () -> {
                    int number = readings.incrementAndGet();
                    if (number == 2) {
                        throw new IllegalStateException("meant to fail");
                    }
                    return CompletableFuture.completedFuture(number);
                },
                told::add,
                PERIOD,
                clock.scheduler()));
    }

    @Test
    void names_are_read_on_when_whoever_keeps_them_fails() {
        assertReadOnAfter(NamesAhead.start(
                () -> CompletableFuture.completedFuture(readings.incrementAndGet()),
                number -> {
                    if (number == 2) {
                        throw new IllegalStateException("meant to fail");
                    }
                    told.add(number);
                },
                PERIOD,
                clock.scheduler()));
    }
}
