package io.kvstore.core;

import io.kvstore.api.KVStore;
import io.kvstore.api.Limits;
import io.kvstore.api.LookupQuery;
import io.kvstore.api.StoreId;
import io.kvstore.api.TokenBlocks;
import io.kvstore.spi.BlobKey;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;

/**
 * An engine that knows a number of chunks: prompts of 1,000 blocks, whose tokens are made when they are asked for, and beyond
 * a million chunks others that only take up room. Every lookup takes the next prompt, so that what it needs of a large index
 * lies in memory and not in the processor's cache.
 */
public final class StoredPrompts implements AutoCloseable {

    /** Blocks of a prompt. */
    public static final int BLOCKS = 1_000;

    private static final StoreId STORE = new StoreId("bench", "lookups");
    private static final int PAYLOAD_BYTES = 1_200_000;
    private static final int MAX_PROMPTS = 1_000;
    private static final int VOCABULARY = 128_000;
    private static final long UNKNOWN = 1L << 40;

    private final CoreKVStores stores;
    private final int prompts;
    private long next;

    /** Knows so many chunks; at least {@value #BLOCKS}. Takes about 40 s for ten million. */
    public StoredPrompts(int chunks) {
        prompts = Math.min(MAX_PROMPTS, chunks / BLOCKS);
        IndexOnlyBlobStore index = new IndexOnlyBlobStore();
        BlockKeys keys = new BlockKeys("");
        for (int i = 0; i < prompts; i++) {
            TokenBlocks tokens = tokens(i);
            long parent = 0;
            for (int block = 0; block < BLOCKS; block++) {
                BlobKey key = keys.key(tokens, block, parent);
                parent = BlockKeys.ownHash(key);
                index.put(STORE, key, parent, PAYLOAD_BYTES);
            }
        }
        addOthers(index, chunks - prompts * BLOCKS);
        stores = CoreKVStores.builder(index).build();
    }

    private static void addOthers(IndexOnlyBlobStore index, int count) {
        SplittableRandom random = new SplittableRandom(count);
        ByteBuffer key = ByteBuffer.allocate(BlobKey.BYTES);
        for (int i = 0; i < count; i++) {
            key.clear();
            while (key.hasRemaining()) {
                key.putLong(random.nextLong());
            }
            index.put(STORE, BlobKey.read(key.flip()), random.nextLong(), PAYLOAD_BYTES);
        }
    }

    private static TokenBlocks tokens(long prompt) {
        SplittableRandom random = new SplittableRandom(prompt);
        long[] tokens = new long[BLOCKS * Limits.BLOCK_TOKENS];
        for (int i = 0; i < tokens.length; i++) {
            tokens[i] = random.nextInt(VOCABULARY);
        }
        return TokenBlocks.of(tokens);
    }

    public KVStore store() {
        return stores.store(STORE);
    }

    /** Asks for the next prompt, all of whose blocks are stored. */
    public LookupQuery nextStored() {
        next = (next + 1) % prompts;
        return LookupQuery.of(tokens(next));
    }

    /** Asks for a prompt of which nothing is stored. */
    public LookupQuery unknown() {
        return LookupQuery.of(tokens(UNKNOWN));
    }

    @Override
    public void close() {
        stores.close();
    }
}
