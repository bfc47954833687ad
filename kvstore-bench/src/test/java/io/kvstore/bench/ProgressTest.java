package io.kvstore.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ProgressTest {

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final AtomicLong nanos = new AtomicLong();

    private String run(boolean terminal) {
        try (Progress progress = new Progress(
                new PrintStream(out, true, StandardCharsets.UTF_8), terminal, "requests", 10, nanos::get)) {
            for (int i = 1; i <= 10; i++) {
                nanos.addAndGet(1_000_000_000L);
                progress.at(i);
            }
        }
        return out.toString(StandardCharsets.UTF_8);
    }

    @Test
    void a_terminal_gets_a_bar_that_is_wiped_at_the_end() {
        assertThat(run(true))
                .doesNotContain("\n")
                .contains("[####", "5 of 10 requests, 50%, 5 s left")
                .endsWith("\r\u001b[K");
    }

    @Test
    void elsewhere_a_plain_line_comes_now_and_then() {
        assertThat(run(false))
                .isEqualToNormalizingNewlines("5 of 10 requests, 50%, 5 s left\n10 of 10 requests, 100%, 0 s left\n");
    }
}
