package io.kvstore.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvstore.api.BlockLocation;
import io.kvstore.api.KVStore;
import io.kvstore.api.KVStores;
import io.kvstore.api.LookupQuery;
import io.kvstore.api.LookupResult;
import io.kvstore.api.Payload;
import io.kvstore.api.PromptChunk;
import io.kvstore.api.ReadResult;
import io.kvstore.api.StoreId;
import io.kvstore.api.WriteResult;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/**
 * The stores under test, what the tests of {@link KVStoreContract} say of them in one word, and the end of every test.
 *
 * <p>The contract is one chain of classes, a subject each: inherited tests run and report under the name of the class that is
 * tested. Nested classes lost: they report under the contract's name, so that nobody sees which of two implementations failed
 * and a test filter finds neither.
 */
abstract class KVStoreFixture {

    static final StoreId STORE = new StoreId("tenant-a", "kv-cache");

    private static final Duration PATIENCE = Duration.ofSeconds(20);

    /** Payloads of this size take one frame on any wire. */
    static final int SMALL_BYTES = 600;

    final Prompts prompts = Prompts.seeded(20_261_122);
    final PayloadLedger ledger = new PayloadLedger();

    private final Deque<AutoCloseable> resources = new ArrayDeque<>();

    KVStores stores;
    KVStore store;

    @SuppressWarnings("NullAway.Init") // JUnit calls open before each test
    KVStoreFixture() {}

    /**
     * New, empty stores. Called before each test, which closes them; what they stand on (a server, a directory) is closed
     * after them when it was handed to {@link #closeAfterTest}.
     */
    protected abstract KVStores createStores() throws Exception;

    /** Closes {@code resource} after the test: the last one named first, and all of them after the stores. */
    protected final <T extends AutoCloseable> T closeAfterTest(T resource) {
        resources.push(resource);
        return resource;
    }

    @BeforeEach
    final void openStores() throws Exception {
        stores = closeAfterTest(createStores());
        store = stores.store(STORE);
    }

    @AfterEach
    final void closeStores() throws Exception {
        while (!resources.isEmpty()) {
            resources.pop().close();
        }
        ledger.awaitAllClosed(PATIENCE);
    }

    /** A payload of {@code sizeBytes} that nobody else has: f(key). */
    final Payload payload(long key, int sizeBytes) {
        return ledger.payload(prompts.payloadBytes(key, sizeBytes));
    }

    /** Writes, and closes the caller's claim as early as a caller may. */
    static CompletableFuture<WriteResult> startWrite(KVStore to, PromptChunk chunk) {
        try (chunk) {
            return to.write(chunk);
        }
    }

    static WriteResult write(KVStore to, PromptChunk chunk) {
        return Await.get(startWrite(to, chunk));
    }

    /** Writes block {@code index} of {@code chain} with the payload of its index; its location. */
    final String writeBlock(KVStore to, PromptChain chain, int index) {
        return write(to, chain.chunk(index, payload(index, SMALL_BYTES))).location();
    }

    /** Writes all of {@code chain}, each block with the payload of its index; the locations. */
    final List<String> writeAll(KVStore to, PromptChain chain) {
        List<CompletableFuture<WriteResult>> writes = new ArrayList<>();
        for (int i = 0; i < chain.blockCount(); i++) {
            writes.add(startWrite(to, chain.chunk(i, payload(i, SMALL_BYTES))));
        }
        return writes.stream().map(write -> Await.get(write).location()).toList();
    }

    static LookupResult lookup(KVStore in, LookupQuery query) {
        return Await.get(in.lookup(query));
    }

    /** What is read at {@code location}; the test closes it. */
    static ReadResult read(KVStore from, String location) {
        return Await.get(from.read(location));
    }

    static void assertAbsent(KVStore from, String location) {
        try (ReadResult result = read(from, location)) {
            assertThat(result.isFound()).isFalse();
            assertThat(result.failure()).isEmpty();
            assertThat(result.location()).isEqualTo(location);
        }
    }

    /** The run is the first {@code blocks} blocks of {@code chain}, in a healthy answer. */
    static void assertRun(LookupResult result, PromptChain chain, int blocks) {
        assertThat(result.degraded()).isFalse();
        assertThat(result.blocks()).extracting(BlockLocation::hash).containsExactlyElementsOf(hashes(chain, blocks));
        assertThat(result.cachedBlocks()).isEqualTo(blocks);
        assertThat(result.lastHash()).isEqualTo(blocks == 0 ? 0 : chain.hash(blocks - 1));
    }

    private static List<Long> hashes(PromptChain chain, int blocks) {
        List<Long> hashes = new ArrayList<>();
        for (int i = 0; i < blocks; i++) {
            hashes.add(chain.hash(i));
        }
        return hashes;
    }

    /** The result holds block {@code index} of {@code chain} with the payload of {@code key}, and is closed. */
    final void assertBlock(ReadResult result, PromptChain chain, int index, long key, int sizeBytes) {
        try (result) {
            assertThat(result.failure()).isEmpty();
            PromptChunk chunk = result.chunk().orElseThrow(() -> new AssertionError("expected: a chunk, came: none"));
            assertThat(chunk.hash()).isEqualTo(chain.hash(index));
            assertThat(chunk.parentHash()).isEqualTo(chain.parentHash(index));
            assertThat(chunk.partitionKey()).isEqualTo(chain.partitionKey());
            assertThat(chunk.tokens()).isEqualTo(chain.tokens().block(index));
            assertThat(chunk.payload().sizeBytes()).isEqualTo(sizeBytes);
            assertThat(prompts.verify(chunk.payload(), key)).isTrue();
        }
    }

    /** The result is what {@link #writeAll} wrote as block {@code index}. */
    final void assertBlock(ReadResult result, PromptChain chain, int index) {
        assertBlock(result, chain, index, index, SMALL_BYTES);
    }
}
