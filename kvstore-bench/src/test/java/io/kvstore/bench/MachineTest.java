package io.kvstore.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.junit.jupiter.api.Test;

class MachineTest {

    @Test
    void figures_come_with_the_machine_and_the_versions() {
        assertThat(Machine.describe()).containsKeys("cpu", "cores", "memory", "kernel");
        assertThat(Machine.loadAverage()).matches("\\S+ \\S+ \\S+");
        assertThat(Machine.versions(Optional.empty()))
                .containsEntry("redis", "not there")
                .hasEntrySatisfying("kvstore", version -> assertThat(version).matches("\\d+\\.\\d+.*"))
                .hasEntrySatisfying("netty", version -> assertThat(version).matches("\\d+\\.\\d+.*"))
                .hasEntrySatisfying("grpc", version -> assertThat(version).matches("\\d+\\.\\d+.*"));
    }
}
