package io.kvstore.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class StartLineTest {

    /** A parent waits for this line and would wait for ever. */
    @Test
    void what_is_written_is_read() {
        for (StartLine line : new StartLine[] {
            new StartLine("0.0.0.0", 50_051, "memory", OptionalLong.of(0), "nio", OptionalInt.empty(), 12),
            new StartLine(
                    "::1",
                    1,
                    "file /a (b), 3 c, durability sync",
                    OptionalLong.of(7),
                    "epoll+tls",
                    OptionalInt.of(9),
                    0),
            new StartLine("h", 1, "file /a, 3 chunks found", OptionalLong.of(7), "nio", OptionalInt.of(9), 0),
            new StartLine("h", 1, "azurite /a", OptionalLong.empty(), "nio", OptionalInt.empty(), 0)
        }) {
            assertThat(StartLine.parse(line.text())).hasValue(line);
        }
    }

    @Test
    void anything_else_is_no_start_line() {
        assertThat(StartLine.parse("Error occurred during initialization of VM"))
                .isEmpty();
        assertThat(StartLine.parse("")).isEmpty();
    }
}
