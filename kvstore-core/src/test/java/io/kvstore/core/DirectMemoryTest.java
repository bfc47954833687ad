package io.kvstore.core;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class DirectMemoryTest {

    @Test
    void what_fits_is_the_most_that_fits() {
        for (long bytes : new long[] {17L << 20, 100L << 20, 144L << 20, (144L << 20) + 1, 1L << 30, 12345678901L}) {
            long payloads = DirectMemory.payloadsIn(bytes);
            assertThat(DirectMemory.neededFor(payloads)).as("of %s", bytes).isLessThanOrEqualTo(bytes);
            assertThat(DirectMemory.neededFor(payloads + 1)).as("of %s", bytes).isGreaterThan(bytes);
        }
        assertThat(DirectMemory.payloadsIn(16L << 20)).isZero();
        assertThat(DirectMemory.payloadsIn(0)).isZero();
        assertThat(DirectMemory.neededFor(Long.MAX_VALUE)).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void one_store_leaves_others_some_of_what_the_jvm_has() {
        assertThat(DirectMemory.maxBytes()).isPositive();
        assertThat(DirectMemory.maxBytesOfOne())
                .isBetween(DirectMemory.maxBytes() / 2, DirectMemory.maxBytes() / 10 * 9);
    }
}
