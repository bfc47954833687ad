package io.kvstore.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvstore.api.KVStore;
import io.kvstore.api.LookupQuery;
import io.kvstore.api.Payload;
import io.kvstore.api.Reason;
import io.kvstore.api.StoreId;
import io.kvstore.api.TokenBlocks;
import io.kvstore.testkit.MemoryKVStores;
import io.kvstore.testkit.PromptChain;
import io.kvstore.testkit.Prompts;
import org.junit.jupiter.api.Test;

/** The test of a user's service in README.md; {@link ReadmeTest} compares it with the page. */
class ReadmeServiceTest {

    // readme: begin
    record PrefixReuse(KVStore store) {
        int blocksToCompute(TokenBlocks prompt) {
            return store.lookup(LookupQuery.of(prompt))
                    .thenApply(found -> prompt.blockCount() - found.cachedBlocks())
                    .exceptionally(failure -> prompt.blockCount()) // an outage costs time, not an answer
                    .join();
        }
    }

    private final MemoryKVStores stores = new MemoryKVStores();
    private final KVStore store = stores.store(new StoreId("acme", "llama-70b"));
    private final PromptChain prompt = Prompts.seeded(1).chain(3);

    @Test
    void only_what_is_not_stored_is_computed() {
        store.write(prompt.chunk(0, Payload.wrap(new byte[64]))).join();
        assertThat(new PrefixReuse(store).blocksToCompute(prompt.tokens())).isEqualTo(2);
    }

    @Test
    void an_outage_of_the_store_costs_time_and_no_answer() {
        stores.failNext(Reason.UNAVAILABLE);
        assertThat(new PrefixReuse(store).blocksToCompute(prompt.tokens())).isEqualTo(3);
    }
    // readme: end
}
