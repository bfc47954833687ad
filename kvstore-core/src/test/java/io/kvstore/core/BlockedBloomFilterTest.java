package io.kvstore.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.kvstore.spi.BlobKey;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BlockedBloomFilterTest {

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 31, 33, 100_000})
    void what_was_added_is_found(int keys) {
        BlockedBloomFilter filter = new BlockedBloomFilter(keys);
        Keys source = new Keys(1);
        List<BlobKey> added = new ArrayList<>();
        for (int i = 0; i < keys; i++) {
            BlobKey key = source.next();
            filter.add(key);
            added.add(key);
        }

        assertThat(added).allMatch(filter::mayContain);
    }

    @Test
    void an_empty_filter_rules_everything_out() {
        BlockedBloomFilter filter = new BlockedBloomFilter(1_000);
        Keys source = new Keys(2);
        for (int i = 0; i < 1_000; i++) {
            assertThat(filter.mayContain(source.next())).isFalse();
        }
    }

    @Test
    void at_its_capacity_it_takes_fewer_than_two_in_a_thousand_absent_keys_for_present() {
        BlockedBloomFilter filter = new BlockedBloomFilter(200_000);
        Keys source = new Keys(3);
        for (int i = 0; i < 200_000; i++) {
            filter.add(source.next());
        }
        int wrong = 0;
        for (int i = 0; i < 200_000; i++) {
            wrong += filter.mayContain(source.next()) ? 1 : 0;
        }

        assertThat(wrong).isLessThan(400);
    }

    @Test
    void keys_added_by_threads_at_once_are_all_found() throws Exception {
        // Few blocks, so that threads meet in the same words.
        BlockedBloomFilter filter = new BlockedBloomFilter(2_000);
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < 8; t++) {
            Keys source = new Keys(100 + t);
            threads.add(new Thread(() -> {
                for (int i = 0; i < 1_000; i++) {
                    filter.add(source.next());
                }
            }));
        }
        threads.forEach(Thread::start);
        for (Thread thread : threads) {
            thread.join();
        }

        for (int t = 0; t < 8; t++) {
            Keys source = new Keys(100 + t);
            for (int i = 0; i < 1_000; i++) {
                assertThat(filter.mayContain(source.next())).isTrue();
            }
        }
    }

    @Test
    void it_counts_distinct_keys() {
        BlockedBloomFilter filter = new BlockedBloomFilter(10_000);
        for (int round = 0; round < 2; round++) {
            Keys source = new Keys(4);
            for (int i = 0; i < 5_000; i++) {
                filter.add(source.next());
            }
        }

        assertThat(filter.approximateKeys()).isBetween(4_990L, 5_000L);
    }

    @Test
    void a_size_beyond_its_limit_is_refused() {
        assertThatIllegalArgumentException().isThrownBy(() -> new BlockedBloomFilter(BlockedBloomFilter.MAX_KEYS + 1));
    }
}
