package io.kvstore.bench.load;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Test;

class ProcessCpuTest {

    @Test
    void user_and_system_ticks_are_found_behind_any_name() {
        String stat = "42 (a) S (b 1 ) S 1 42 42 0 -1 4194304 100 0 0 0 150 50 7 7 20 0 30 0 100 0 0";
        assertThat(ProcessCpu.parse(stat)).isEqualTo(2.0);
    }

    @Test
    void this_process_has_used_some() throws IOException {
        assertThat(ProcessCpu.seconds(ProcessHandle.current().pid())).isPositive();
    }
}
