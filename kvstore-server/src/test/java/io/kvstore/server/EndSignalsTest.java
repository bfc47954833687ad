package io.kvstore.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvstore.server.EndSignals.Wish;
import io.kvstore.testkit.ManualClock;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class EndSignalsTest {

    private final ManualClock clock = new ManualClock();
    private final EndSignals signals = new EndSignals(clock);

    /** timeout(1) sends SIGTERM to its command and to the group of both: calls under way would be lost each time. */
    @Test
    void a_signal_that_was_sent_twice_is_one_wish() {
        assertThat(signals.received()).isEqualTo(Wish.END);
        assertThat(signals.received()).isEqualTo(Wish.NOTHING_NEW);
        clock.advance(Duration.ofMillis(499));
        assertThat(signals.received()).isEqualTo(Wish.NOTHING_NEW);
    }

    @Test
    void a_later_one_is_another() {
        assertThat(signals.received()).isEqualTo(Wish.END);
        clock.advance(Duration.ofMillis(500));
        assertThat(signals.received()).isEqualTo(Wish.END_AT_ONCE);
    }
}
