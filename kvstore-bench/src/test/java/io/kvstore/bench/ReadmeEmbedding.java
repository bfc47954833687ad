package io.kvstore.bench;

import io.kvstore.api.BlockHasher;
import io.kvstore.api.KVStore;
import io.kvstore.api.KVStores;
import io.kvstore.api.LookupQuery;
import io.kvstore.api.LookupResult;
import io.kvstore.api.Payload;
import io.kvstore.api.PromptChunk;
import io.kvstore.api.StoreId;
import io.kvstore.api.TokenBlocks;
import io.kvstore.core.CoreKVStores;
import io.kvstore.core.FileBlobStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.IntFunction;

/** The embedding example of README.md; {@link ReadmeTest} runs it and compares it with the page. */
final class ReadmeEmbedding {

    private ReadmeEmbedding() {}

    static int blocksFound(Path dir, long[] tokens, IntFunction<Payload> computeKv) throws IOException {
        // readme: begin
        FileBlobStore files = FileBlobStore.builder(dir).open();
        try (KVStores stores = CoreKVStores.builder(files).build()) {
            KVStore store = stores.store(new StoreId("acme", "llama-70b"));
            TokenBlocks prompt = TokenBlocks.of(tokens);
            long[] hashes = BlockHasher.chain("", prompt);
            LookupResult found = store.lookup(LookupQuery.of(prompt)).join();
            for (int i = found.cachedBlocks(); i < hashes.length; i++) {
                try (Payload kv = computeKv.apply(i)) {
                    PromptChunk chunk = new PromptChunk(hashes[i], i == 0 ? 0 : hashes[i - 1], prompt.block(i), kv);
                    store.write(chunk).join();
                }
            }
            return found.cachedBlocks();
        }
        // readme: end
    }
}
