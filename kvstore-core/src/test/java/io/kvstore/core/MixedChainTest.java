package io.kvstore.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvstore.api.BlockHasher;
import io.kvstore.api.BlockLocation;
import io.kvstore.api.KVStore;
import io.kvstore.api.Payload;
import io.kvstore.api.PromptChunk;
import io.kvstore.api.StoreId;
import io.kvstore.spi.BlobKey;
import io.kvstore.spi.Peek;
import io.kvstore.testkit.PromptChain;
import io.kvstore.testkit.Prompts;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Lookups name blocks before they know the hashes of those in front: whatever the hashes, the run is that of one by one. */
class MixedChainTest {

    private static final StoreId STORE = new StoreId("acme", "llama");
    private static final int CHAINS = 60;
    private static final int MOST_BLOCKS = 70;

    private final AtomicInteger peeks = new AtomicInteger();
    private final CoreKVStores stores = CoreKVStores.builder(
                    new ForwardingBlobStore(MemoryBlobStore.builder().build()) {
                        @Override
                        public Peek peek(StoreId store, BlobKey key) {
                            peeks.incrementAndGet();
                            return super.peek(store, key);
                        }
                    })
            .build();
    private final KVStore store = stores.store(STORE);

    @ParameterizedTest
    @ValueSource(doubles = {0, 0.05, 0.5, 1})
    void the_run_ends_at_the_first_block_that_is_not_stored(double foreign) {
        SplittableRandom random = new SplittableRandom(7);
        Prompts prompts = Prompts.seeded(7);
        for (int i = 0; i < CHAINS; i++) {
            PromptChain chain = chain(prompts, random, foreign);
            int hole = random.nextInt(chain.blockCount() + 1);
            for (int block = 0; block < chain.blockCount(); block++) {
                if (block != hole) {
                    write(chain, block);
                }
            }

            long[] found = store.lookup(chain.query()).join().blocks().stream()
                    .mapToLong(BlockLocation::hash)
                    .toArray();

            assertThat(found).isEqualTo(Arrays.copyOf(chain.hashes(), hole));
        }
    }

    @Test
    void a_chain_of_foreign_hashes_is_not_named_over_and_over() {
        PromptChain chain = chain(Prompts.seeded(8), new SplittableRandom(8), 1);
        for (int block = 0; block < chain.blockCount(); block++) {
            write(chain, block);
        }
        peeks.set(0);

        assertThat(store.lookup(chain.query()).join().cachedBlocks()).isEqualTo(chain.blockCount());
        assertThat(peeks.get()).isLessThanOrEqualTo(2 * chain.blockCount());
    }

    /** With so many foreign hashes among its own. */
    private static PromptChain chain(Prompts prompts, SplittableRandom random, double foreign) {
        int blocks = 1 + random.nextInt(MOST_BLOCKS);
        PromptChain own = prompts.chain(blocks);
        BlockHasher hasher = BlockHasher.forPartition("");
        long[] hashes = new long[blocks];
        for (int i = 0; i < blocks; i++) {
            hashes[i] = random.nextDouble() < foreign
                    ? random.nextLong()
                    : hasher.hash(own.tokens(), i, i == 0 ? 0 : hashes[i - 1]);
        }
        return PromptChain.foreign(own.tokens(), hashes);
    }

    private void write(PromptChain chain, int block) {
        try (PromptChunk chunk = chain.chunk(block, Payload.wrap(new byte[] {1}))) {
            store.write(chunk).join();
        }
    }
}
