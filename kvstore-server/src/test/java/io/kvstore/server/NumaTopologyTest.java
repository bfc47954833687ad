package io.kvstore.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A machine in a folder, as Linux describes the real one. */
class NumaTopologyTest {

    private static final int PROCESSORS = 3;

    @TempDir
    private Path root;

    private Path status;

    @BeforeEach
    void describeTheProcess() throws IOException {
        status = root.resolve("status");
        allow("0-1023", "0-15");
    }

    private void allow(String cpus, String memories) throws IOException {
        Files.writeString(
                status,
                "Name:\tjava\nCpus_allowed:\tff\nCpus_allowed_list:\t" + cpus + "\nMems_allowed_list:\t" + memories
                        + "\n");
    }

    private void online(String nodes) throws IOException {
        Files.writeString(root.resolve("online"), nodes + "\n");
    }

    private void node(int id, String cpus, String memory) throws IOException {
        Path dir = Files.createDirectories(root.resolve("node" + id));
        Files.writeString(dir.resolve("cpulist"), cpus + "\n");
        Files.writeString(
                dir.resolve("meminfo"),
                "Node " + id + " MemTotal:       " + memory + " kB\nNode " + id + " MemFree:        1 kB\n");
    }

    private NumaTopology read() {
        return NumaTopology.read(root, status, PROCESSORS);
    }

    private static NumaNode node(int id, String cpus, long memoryBytes) {
        return new NumaNode(id, CpuList.parse(cpus), memoryBytes);
    }

    @Test
    void one_node_is_one_node() throws IOException {
        online("0");
        node(0, "0-7", "1000");
        assertThat(read().nodes()).containsExactly(node(0, "0-7", 1_024_000));
        assertThat(read().trouble()).isEmpty();
    }

    @Test
    void each_of_four_nodes_has_its_own_cpus_and_memory() throws IOException {
        online("0-3");
        for (int id = 0; id < 4; id++) {
            node(id, 4 * id + "-" + (4 * id + 3) + "," + (16 + id), Integer.toString(1 + id));
        }
        assertThat(read().nodes())
                .containsExactly(
                        node(0, "0-3,16", 1_024),
                        node(1, "4-7,17", 2_048),
                        node(2, "8-11,18", 3_072),
                        node(3, "12-15,19", 4_096));
    }

    /** Persistent memory or memory of another device: nobody can run there. */
    @Test
    void a_node_of_memory_alone_is_left_out() throws IOException {
        online("0-2");
        node(0, "0-1", "8");
        node(1, "2-3", "8");
        node(2, "", "1000000");
        assertThat(read().nodes()).containsExactly(node(0, "0-1", 8_192), node(1, "2-3", 8_192));
    }

    /** Linux lists a node's CPUs that are on: those that are off are missing in the middle, or are all there were. */
    @Test
    void cpus_and_nodes_that_are_off_are_left_out() throws IOException {
        online("0,2-3");
        node(0, "0,2-3", "8");
        node(1, "4-7", "8");
        node(2, "8-11", "8");
        node(3, "", "8");
        assertThat(read().nodes()).containsExactly(node(0, "0,2-3", 8_192), node(2, "8-11", 8_192));
    }

    /** A process that is given half a machine must not pin its children to the other half. */
    @Test
    void cpus_and_memory_that_this_process_may_not_use_are_left_out() throws IOException {
        online("0-2");
        node(0, "0-3", "8");
        node(1, "4-7", "8");
        node(2, "8-11", "8");
        allow("2-5", "0");
        assertThat(read().nodes()).containsExactly(node(0, "2-3", 8_192), node(1, "4-5", 0));
    }

    @Test
    void a_machine_that_does_not_describe_its_nodes_is_one_node_and_says_why() throws IOException {
        allow("0,2", "0");
        assertThat(read().nodes()).containsExactly(node(0, "0,2", 0));
        assertThat(read().trouble()).hasValue(root.resolve("online") + ": cannot be read (no such file or directory)");
    }

    @Test
    void a_system_that_says_nothing_at_all_is_one_node_of_all_processors() throws IOException {
        Files.delete(status);
        assertThat(read().nodes()).containsExactly(node(0, "0-2", 0));
        assertThat(read().trouble()).isPresent();
    }

    @ParameterizedTest
    @CsvSource({"online, 0-x", "node1/cpulist, 4..7", "node1/meminfo, nothing here", "status, Cpus_allowed_list: all"})
    void garbage_makes_one_node_and_not_half_of_a_machine(String file, String garbage) throws IOException {
        online("0-1");
        node(0, "0-3", "8");
        node(1, "4-7", "8");
        Files.writeString(root.resolve(file), garbage);
        NumaTopology topology = read();
        assertThat(topology.nodes()).hasSize(1);
        assertThat(topology.trouble())
                .hasValueSatisfying(why -> assertThat(why)
                        .startsWith(root.resolve(file).toString())
                        .doesNotContain("\n"));
    }

    @Test
    void nodes_without_a_cpu_for_this_process_are_no_topology() throws IOException {
        online("0");
        node(0, "0-3", "8");
        allow("8-9", "0");
        assertThat(read().nodes()).containsExactly(node(0, "8-9", 0));
        assertThat(read().trouble()).isPresent();
    }

    @Test
    void this_machine_has_a_node() {
        assertThat(NumaTopology.ofThisMachine().nodes()).isNotEmpty();
    }
}
