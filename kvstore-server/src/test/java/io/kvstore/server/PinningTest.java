package io.kvstore.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class PinningTest {

    private static final Share WITH_MEMORY = new Share(0, CpuList.parse("0-3,8"), List.of(0, 1), 0.5, 0.5, 2);
    private static final Share WITHOUT = new Share(1, CpuList.parse("4-7"), List.of(), 0.5, 0.5, 2);

    @Test
    void numactl_binds_memory_where_there_is_some() {
        assertThat(Pinning.NUMACTL.prefix(WITH_MEMORY))
                .containsExactly("numactl", "--physcpubind=0-3,8", "--membind=0,1");
        assertThat(Pinning.NUMACTL.prefix(WITHOUT)).containsExactly("numactl", "--physcpubind=4-7");
    }

    @Test
    void the_best_tool_is_one_that_works_for_every_process() {
        List<Share> shares = List.of(WITH_MEMORY, WITHOUT);
        assertThat(Pinning.best(shares, command -> true)).isEqualTo(Pinning.NUMACTL);
        // As in a container that has numactl and may not bind memory.
        assertThat(Pinning.best(shares, command -> !String.join(" ", command).contains("--membind")))
                .isEqualTo(Pinning.TASKSET);
        assertThat(Pinning.best(shares, command -> false)).isEqualTo(Pinning.NONE);
    }

    @Test
    void a_tool_is_tried_with_a_command_that_does_nothing() {
        Pinning.best(List.of(WITHOUT), command -> {
            assertThat(command).endsWith("true");
            return true;
        });
    }
}
