package io.kvstore.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvstore.core.DirectMemory;
import java.util.Map;
import org.junit.jupiter.api.Test;

class MemoryPlanTest {

    private static final CommandLineReader COMMAND_LINE = new CommandLineReader("test");

    /** As {@code java -jar} has it on a machine of 16 GB: 4 GiB of direct memory, half of them for the network. */
    private static final MemoryPlan.Room WITHOUT_FLAGS = new MemoryPlan.Room(4L << 30, 2L << 30);

    /** As {@code ./kvstore} has it there: Netty has memory of its own. */
    private static final MemoryPlan.Room WITH_OURS = new MemoryPlan.Room(4L << 30, 0);

    /** As {@code java -jar} has it on a machine of 1 GB. */
    private static final MemoryPlan.Room SMALL = new MemoryPlan.Room(256L << 20, 256L << 20);

    private static ServerConfig config(String... arguments) {
        return ServerConfig.from(
                Settings.merge(CommandLineReader.flags(COMMAND_LINE.parse(arguments)), Map.of(), Map.of(), "f"));
    }

    private static MemoryPlan plan(MemoryPlan.Room room, String... arguments) throws StartFailure {
        return MemoryPlan.of(config(arguments), room);
    }

    @Test
    void what_fits_is_as_it_was_asked_for() throws StartFailure {
        assertThat(plan(WITHOUT_FLAGS)).isEqualTo(new MemoryPlan(0, 0));
        assertThat(plan(WITHOUT_FLAGS, "--memory-cache", "1g")).isEqualTo(new MemoryPlan(0, 1L << 30));
        assertThat(plan(WITHOUT_FLAGS, "--backend", "memory")).isEqualTo(new MemoryPlan(1L << 30, 0));
        assertThat(plan(WITH_OURS, "--backend", "memory", "--data-max-bytes", "2g", "--memory-cache", "1g"))
                .isEqualTo(new MemoryPlan(2L << 30, 1L << 30));
        assertThat(plan(WITHOUT_FLAGS, "--data-max-bytes", "100g")).isEqualTo(new MemoryPlan(0, 0));
    }

    /** The failure: it took all direct memory, and then nothing could be received any more, what was stored not even read. */
    @Test
    void a_cache_that_leaves_the_network_nothing_is_refused_and_told_what_fits() throws StartFailure {
        assertThatThrownBy(() -> plan(WITHOUT_FLAGS, "--memory-cache", "4g"))
                .isInstanceOf(StartFailure.class)
                .hasMessage(
                        "--memory-cache: 4g (expected: at most 1820m, as this JVM has 4096m of direct memory, of which"
                                + " the network and others may need 2048m; -XX:MaxDirectMemorySize sets it)");
        assertThat(plan(WITHOUT_FLAGS, "--memory-cache", "1820m").cacheBytes()).isEqualTo(1820L << 20);
        assertThatThrownBy(() -> plan(WITH_OURS, "--memory-cache", "4g"))
                .hasMessageContaining("at most 3584m, as this JVM has 4096m");
    }

    @Test
    void a_backend_that_was_asked_for_and_does_not_fit_is_refused() {
        assertThatThrownBy(() -> plan(SMALL, "--backend", "memory", "--data-max-bytes", "1g"))
                .hasMessageStartingWith("--data-max-bytes: 1g (expected: at most 112m, ");
        assertThatThrownBy(() ->
                        plan(WITHOUT_FLAGS, "--backend", "memory", "--data-max-bytes", "1g", "--memory-cache", "1g"))
                .hasMessageStartingWith("--memory-cache: 1g (expected: at most 796m, ");
    }

    /** Nobody asked for a gigabyte: a small machine has a small store, and says so. */
    @Test
    void a_backend_of_the_default_size_is_made_to_fit() throws StartFailure {
        MemoryPlan alone = plan(SMALL, "--backend", "memory");
        assertThat(alone.backendBytes()).isEqualTo(112L << 20);

        MemoryPlan beside = plan(SMALL, "--backend", "memory", "--memory-cache", "50m");
        assertThat(beside.cacheBytes()).isEqualTo(50L << 20);
        assertThat(DirectMemory.neededFor(beside.backendBytes()) + DirectMemory.neededFor(50L << 20))
                .isEqualTo(128L << 20);
    }

    @Test
    void a_process_makes_its_part_fit_whatever_was_divided() {
        ServerConfig part = config("--backend", "memory", "--data-max-bytes", "256m", "--memory-cache", "20m");
        MemoryPlan plan = MemoryPlan.ofPart(part, SMALL);
        assertThat(plan.cacheBytes()).isEqualTo(20L << 20);
        assertThat(plan.backendBytes()).isEqualTo(76L << 20);
        assertThat(MemoryPlan.ofPart(part, WITH_OURS)).isEqualTo(new MemoryPlan(256L << 20, 20L << 20));
    }

    @Test
    void what_is_read_from_azure_takes_no_more_than_what_may_be_sent() {
        assertThat(MemoryPlan.readBytes(config("--max-in-flight", "1g"), 4L << 30))
                .isEqualTo(512L << 20);
        assertThat(MemoryPlan.readBytes(config("--max-in-flight", "1g"), 256L << 20))
                .isEqualTo(64L << 20);
    }
}
