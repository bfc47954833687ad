package io.kvstore.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvstore.testkit.ManualClock;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class LogLimitTest {

    @Test
    void one_line_a_second_passes_and_says_how_many_did_not() {
        ManualClock clock = new ManualClock();
        LogLimit limit = new LogLimit(clock);

        assertThat(limit.passing()).hasValue(0);
        clock.advance(Duration.ofMillis(999));
        assertThat(limit.passing()).isEmpty();
        assertThat(limit.passing()).isEmpty();
        clock.advance(Duration.ofMillis(1));
        assertThat(limit.passing()).hasValue(2);
    }
}
