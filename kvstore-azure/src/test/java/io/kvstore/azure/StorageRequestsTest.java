package io.kvstore.azure;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvstore.api.BlockLocation;
import io.kvstore.api.KVStore;
import io.kvstore.api.LookupResult;
import io.kvstore.api.Payload;
import io.kvstore.api.PromptChunk;
import io.kvstore.api.ReadResult;
import io.kvstore.api.StoreId;
import io.kvstore.api.Tier;
import io.kvstore.core.CoreKVStores;
import io.kvstore.testkit.PromptChain;
import io.kvstore.testkit.Prompts;
import io.kvstore.testkit.RecordingBlobStore;
import io.kvstore.testkit.azure.FakeBlobService;
import io.kvstore.testkit.azure.RequestKind;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How many requests reach the storage, through the whole stack: each costs money, and a round trip. */
class StorageRequestsTest {

    private static final StoreId STORE = new StoreId("acme", "kv-cache");
    private static final int BLOCKS = 1_000;
    private static final int BYTES = 300_000;
    private static final long PATIENCE_SECONDS = 60;

    private final Prompts prompts = Prompts.seeded(3);
    private final Deque<CoreKVStores> servers = new ArrayDeque<>();
    private FakeBlobService azure;

    @TempDir
    Path directory;

    @SuppressWarnings("NullAway.Init") // JUnit calls open before each test
    StorageRequestsTest() {}

    @BeforeEach
    void open() throws Exception {
        azure = FakeBlobService.builder().start();
    }

    @AfterEach
    void close() {
        servers.forEach(CoreKVStores::close);
        azure.close();
    }

    /** A server that has just started and knows what is stored, its caches as the test says. */
    private KVStore start(UnaryOperator<CoreKVStores.Builder> caches) throws Exception {
        RecordingBlobStore backend = RecordingBlobStore.over(EmulatedStores.over(azure));
        CoreKVStores server = caches.apply(CoreKVStores.builder(backend)).build();
        servers.push(server);
        KVStore store = server.store(STORE);
        ReadyFilter.await(store, backend);
        azure.resetCounts();
        return store;
    }

    private KVStore start() throws Exception {
        return start(UnaryOperator.identity());
    }

    private void stop() {
        servers.pop().close();
    }

    private PromptChain stored(KVStore store, int blocks, int bytes) throws Exception {
        PromptChain chain = prompts.chain(blocks);
        for (int i = 0; i < blocks; i++) {
            try (PromptChunk chunk = chain.chunk(i, Payload.wrap(prompts.payloadBytes(i, bytes)))) {
                get(store.write(chunk));
            }
        }
        azure.resetCounts();
        return chain;
    }

    private static <T> T get(Future<T> call) throws Exception {
        return call.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    private long requests() {
        return Arrays.stream(RequestKind.values())
                .mapToLong(azure::requestCount)
                .sum();
    }

    @Test
    void a_lookup_of_a_thousand_stored_blocks_is_one_request_and_the_next_is_none() throws Exception {
        PromptChain chain = stored(start(), BLOCKS, 64);
        stop();
        KVStore cold = start();

        LookupResult first = get(cold.lookup(chain.query()));

        assertThat(first.cachedBlocks()).isEqualTo(BLOCKS);
        assertThat(first.blocks()).extracting(BlockLocation::tier).containsOnly(Tier.REMOTE);
        assertThat(requests()).isEqualTo(1);
        assertThat(azure.requestCount(RequestKind.HEAD_BLOB)).isEqualTo(1);

        assertThat(get(cold.lookup(chain.query())).cachedBlocks()).isEqualTo(BLOCKS);
        assertThat(requests()).isEqualTo(1);
    }

    @Test
    void a_miss_is_no_request() throws Exception {
        stored(start(), 8, 64);
        stop();
        KVStore cold = start();

        assertThat(get(cold.lookup(prompts.chain(BLOCKS).query())).cachedBlocks())
                .isZero();
        assertThat(requests()).isZero();
    }

    @Test
    void a_second_read_does_not_leave_memory() throws Exception {
        PromptChain chain = stored(start(), 1, BYTES);
        stop();
        KVStore store = start(engine -> engine.memoryCacheBytes(16 << 20));

        assertSecondReadIsNear(store, chain, Tier.MEMORY);
    }

    @Test
    void a_second_read_does_not_leave_the_local_disk() throws Exception {
        PromptChain chain = stored(start(), 1, BYTES);
        stop();
        KVStore store = start(engine -> engine.diskCache(directory, 64 << 20));

        assertSecondReadIsNear(store, chain, Tier.LOCAL_DISK);
    }

    private void assertSecondReadIsNear(KVStore store, PromptChain chain, Tier near) throws Exception {
        BlockLocation far = get(store.lookup(chain.query())).blocks().get(0);
        assertThat(far.tier()).isEqualTo(Tier.REMOTE);
        assertRead(store, far.location());
        assertThat(azure.requestCount(RequestKind.GET_BLOB)).isEqualTo(1);
        azure.resetCounts();

        BlockLocation found = awaitNear(store, chain);
        assertRead(store, found.location());

        assertThat(found.tier()).isEqualTo(near);
        assertThat(found.sizeBytes()).isEqualTo(BYTES);
        assertThat(requests()).isZero();
    }

    /** A cache may take a copy after the answer. */
    private static BlockLocation awaitNear(KVStore store, PromptChain chain) throws Exception {
        long deadlineNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        BlockLocation found;
        do {
            found = get(store.lookup(chain.query())).blocks().get(0);
        } while (found.tier() == Tier.REMOTE && System.nanoTime() - deadlineNanos < 0);
        return found;
    }

    private void assertRead(KVStore store, String location) throws Exception {
        try (ReadResult read = get(store.read(location))) {
            assertThat(read.chunk().orElseThrow().payload().toByteArray()).isEqualTo(prompts.payloadBytes(0, BYTES));
        }
    }

    @Test
    void what_the_disk_cache_has_is_near_after_a_restart_too() throws Exception {
        PromptChain chain = stored(start(engine -> engine.diskCache(directory, 64 << 20)), 1, BYTES);
        stop();
        KVStore restarted = start(engine -> engine.diskCache(directory, 64 << 20));

        BlockLocation found = get(restarted.lookup(chain.query())).blocks().get(0);
        assertRead(restarted, found.location());

        assertThat(found.tier()).isEqualTo(Tier.LOCAL_DISK);
        assertThat(requests()).isZero();
    }
}
