package io.kvstore.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ShareTest {

    private static NumaTopology machine(NumaNode... nodes) {
        return new NumaTopology(List.of(nodes), Optional.empty());
    }

    private static NumaNode node(int id, String cpus, long memoryBytes) {
        return new NumaNode(id, CpuList.parse(cpus), memoryBytes);
    }

    private static List<String> cpus(List<Share> shares) {
        return shares.stream().map(share -> share.cpus().toString()).toList();
    }

    @Test
    void a_process_a_node_has_the_cpus_and_the_part_of_memory_of_its_node() {
        List<Share> shares = Share.oneForEachNode(machine(node(0, "0-3", 300), node(2, "4-15", 100)));
        assertThat(shares)
                .containsExactly(
                        new Share(0, CpuList.parse("0-3"), List.of(0), 0.25, 0.75, 2),
                        new Share(1, CpuList.parse("4-15"), List.of(2), 0.75, 0.25, 2));
        assertThat(shares.get(0).memoryOf(1_000)).isEqualTo(750);
        assertThat(shares.get(0).threadsOf(8)).isEqualTo(2);
        assertThat(shares.get(1).threadsOf(8)).isEqualTo(6);
        assertThat(shares.get(1).diskOf(1_000)).isEqualTo(500);
        assertThat(shares.get(1).name()).isEqualTo("node-1");
    }

    /** numactl refuses to bind to a node that has no memory. */
    @Test
    void a_node_without_memory_is_not_bound_and_all_parts_go_by_cpus() {
        List<Share> shares = Share.oneForEachNode(machine(node(0, "0-2", 1_000), node(1, "3", 0)));
        assertThat(shares.get(1).memoryNodes()).isEmpty();
        assertThat(shares).extracting(Share::memoryPart).containsExactly(0.75, 0.25);
    }

    @Test
    void one_node_is_divided_evenly() {
        List<Share> shares = Share.ofCount(machine(node(0, "0-4", 500)), 2);
        assertThat(cpus(shares)).containsExactly("0-1", "2-4");
        assertThat(shares).extracting(Share::memoryPart).containsExactly(0.4, 0.6);
        assertThat(shares).extracting(Share::memoryNodes).containsOnly(List.of(0));
    }

    @Test
    void a_multiple_of_the_nodes_leaves_no_process_on_two_of_them() {
        List<Share> shares = Share.ofCount(machine(node(0, "0-1", 100), node(1, "2-7", 100)), 4);
        assertThat(cpus(shares)).containsExactly("0", "1", "2-4", "5-7");
        assertThat(shares)
                .extracting(Share::memoryNodes)
                .containsExactly(List.of(0), List.of(0), List.of(1), List.of(1));
    }

    @Test
    void another_number_takes_memory_from_all_nodes_that_a_process_has_cpus_of() {
        List<Share> shares = Share.ofCount(machine(node(0, "0-2", 300), node(1, "4-6", 300)), 3);
        assertThat(cpus(shares)).containsExactly("0-1", "2,4", "5-6");
        assertThat(shares.get(1).memoryNodes()).containsExactly(0, 1);
    }

    @Test
    void fewer_processes_than_nodes_share_them_too() {
        assertThat(cpus(Share.ofCount(machine(node(0, "0", 1), node(1, "1", 1), node(2, "2", 1)), 1)))
                .containsExactly("0-2");
    }

    @Test
    void more_processes_than_cpus_are_refused() {
        assertThatThrownBy(() -> Share.ofCount(machine(node(0, "0-1", 1)), 3))
                .isInstanceOf(BadSetting.class)
                .hasMessage("--numa: '3' (expected: at most 2, the CPUs that this process may use)");
    }
}
