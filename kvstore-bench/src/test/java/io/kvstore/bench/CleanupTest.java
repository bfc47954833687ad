package io.kvstore.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class CleanupTest {

    private final List<String> said = new ArrayList<>();

    private AutoCloseable open(String name) {
        said.add("open " + name);
        return () -> said.add("close " + name);
    }

    @Test
    void the_last_opened_is_closed_first() throws IOException {
        try (Cleanup cleanup = new Cleanup()) {
            cleanup.open(() -> open("directory"));
            cleanup.open(() -> open("server"));
        }
        assertThat(said).containsExactly("open directory", "open server", "close server", "close directory");
    }

    @Test
    void nothing_is_opened_after_the_end() {
        Cleanup cleanup = new Cleanup();
        cleanup.close();
        assertThatThrownBy(() -> cleanup.open(() -> open("server"))).isInstanceOf(CommandFailure.class);
        assertThat(said).isEmpty();
    }
}
