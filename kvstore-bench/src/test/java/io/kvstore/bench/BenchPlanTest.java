package io.kvstore.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvstore.bench.figures.Contender;
import io.kvstore.bench.figures.Sizes;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class BenchPlanTest {

    private static final Pattern ALL = Pattern.compile("");

    private static List<String> names(BenchPlan plan, Contender contender) {
        return plan.groups().stream()
                .flatMap(group -> group.entries().stream())
                .filter(entry -> entry.contender() == contender)
                .map(entry -> entry.what().name())
                .toList();
    }

    @Test
    void everything_has_every_call_payload_and_depth_that_fits_into_memory() {
        List<String> names = names(BenchPlan.full().select(ALL, Set.of()), Contender.KVSTORE);
        assertThat(names)
                .doesNotHaveDuplicates()
                .contains(
                        "Read/0.5KB/1",
                        "StreamingRead/64KB/32",
                        "StreamingRead/1.2MB/4/open50",
                        "Write/40MB/8",
                        "Lookup/1000/half/32",
                        "Lookup/1/none/1",
                        "LookupUnderLoad/1000/all/1",
                        "LookupAmong/10000000/1000")
                .doesNotContain("Read/40MB/32");
    }

    @Test
    void each_group_of_payloads_begins_with_what_the_machine_can_do() {
        assertThat(BenchPlan.full().groups())
                .filteredOn(group -> !group.isLookup())
                .allSatisfy(
                        group -> assertThat(group.entries().get(0).contender()).isEqualTo(Contender.RAW));
    }

    @Test
    void a_part_comes_with_what_it_is_compared_with() {
        BenchPlan part = BenchPlan.full().select(Pattern.compile("^StreamingRead/1.2MB/4$"), Set.of());
        assertThat(names(part, Contender.KVSTORE)).containsExactly("StreamingRead/1.2MB/4");
        assertThat(names(part, Contender.RAW)).containsExactly("Read/1.2MB/4");
        assertThat(names(part, Contender.REDIS)).containsExactly("Read/1.2MB/4");
        assertThat(part.groups().get(0).payloadBytes()).isEqualTo(Sizes.USUAL);
    }

    @Test
    void in_front_of_a_storage_each_call_is_measured_with_caches_off_and_warm_and_reads_come_first() {
        List<String> off = names(BenchPlan.storage(), Contender.KVSTORE);

        assertThat(off)
                .containsExactlyElementsOf(names(BenchPlan.storage(), Contender.CACHED))
                .startsWith("Read/1.2MB/1", "StreamingRead/1.2MB/1")
                .contains("Read/1.2MB/32", "Write/1.2MB/8", "Lookup/1/all/8", "Lookup/8/all/8");
        assertThat(off.indexOf("Write/1.2MB/1")).isGreaterThan(off.lastIndexOf("StreamingRead/1.2MB/32"));
    }

    @Test
    void who_is_absent_takes_no_part() {
        assertThat(names(BenchPlan.goals().select(ALL, Set.of(Contender.REDIS)), Contender.REDIS))
                .isEmpty();
    }
}
