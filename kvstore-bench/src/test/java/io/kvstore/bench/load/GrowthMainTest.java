package io.kvstore.bench.load;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvstore.core.StoredPrompts;
import org.junit.jupiter.api.Test;

class GrowthMainTest {

    @Test
    void every_lookup_among_many_chunks_finds_its_own_blocks_and_no_others() {
        try (StoredPrompts engine = new StoredPrompts(2_500)) {
            Outcome outcome = GrowthMain.turn(engine, 0.01);
            assertThat(outcome.failure()).isEmpty();
            assertThat(outcome.operations()).isPositive();
            assertThat(outcome.server().cpuSeconds()).isPositive();
            assertThat(engine.store().lookup(engine.unknown()).join().cachedBlocks())
                    .isZero();
        }
    }
}
