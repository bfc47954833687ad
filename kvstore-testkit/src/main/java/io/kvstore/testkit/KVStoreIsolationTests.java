package io.kvstore.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvstore.api.KVStore;
import io.kvstore.api.KVStoreException;
import io.kvstore.api.PromptChunk;
import io.kvstore.api.ReadResult;
import io.kvstore.api.Reason;
import io.kvstore.api.StoreId;
import io.kvstore.api.TokenBlocks;
import io.kvstore.spi.BlobKey;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** That partitions, containers and resources never meet, and what a location opens. */
abstract class KVStoreIsolationTests extends KVStoreWriteTests {

    /** Pairs that a careless joining, folding or escaping of names would make one. */
    private static final List<StoreId> LOOKALIKES = List.of(
            STORE,
            new StoreId("tenant-b", "kv-cache"),
            new StoreId("tenant-a", "kv-cache-2"),
            new StoreId("Tenant-A", "kv-cache"),
            new StoreId("tenant-a-kv", "cache"),
            new StoreId("tenant_a", "kv-cache"),
            new StoreId("tenant.a", "kv-cache"),
            new StoreId("kv-cache", "tenant-a"));

    @Test
    void stores_know_their_names() {
        for (StoreId id : LOOKALIKES) {
            assertThat(stores.store(id).id()).isEqualTo(id);
        }
    }

    @Test
    void partitions_never_meet() {
        TokenBlocks tokens = prompts.blocks(1);
        Set<String> locations = new HashSet<>();
        for (int i = 0; i < Texts.LEGAL.size(); i++) {
            PromptChain chain = PromptChain.own(Texts.LEGAL.get(i), tokens);
            assertRun(lookup(store, chain.query()), chain, 0);
            locations.add(write(store, chain.chunk(0, payload(i, 100))).location());
            assertRun(lookup(store, chain.query()), chain, 1);
        }
        assertThat(locations).hasSameSizeAs(Texts.LEGAL);
    }

    @Test
    void equal_hashes_in_two_partitions_are_two_chunks() {
        TokenBlocks block = prompts.blocks(1);
        List<String> locations = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            locations.add(write(store, new PromptChunk(5, 0, "p" + i, block, "", payload(i, 100)))
                    .location());
        }

        for (int i = 0; i < 2; i++) {
            try (ReadResult result = read(store, locations.get(i))) {
                PromptChunk chunk = result.chunk().orElseThrow();
                assertThat(chunk.partitionKey()).isEqualTo("p" + i);
                assertThat(prompts.verify(chunk.payload(), i)).isTrue();
            }
        }
    }

    @Test
    void resources_and_containers_never_meet() {
        PromptChain chain = prompts.chain(2);
        for (int i = 0; i < LOOKALIKES.size(); i++) {
            KVStore one = stores.store(LOOKALIKES.get(i));
            assertRun(lookup(one, chain.query()), chain, 0);
            assertThat(write(one, chain.chunk(0, payload(i, 100))).alreadyStored())
                    .isFalse();
        }

        for (int i = 0; i < LOOKALIKES.size(); i++) {
            KVStore one = stores.store(LOOKALIKES.get(i));
            String location = lookup(one, chain.query()).blocks().get(0).location();
            assertBlock(read(one, location), chain, 0, i, 100);
        }
    }

    @Test
    void a_location_of_another_store_opens_nothing() {
        String location = writeBlock(store, prompts.chain(1), 0);

        for (StoreId id : LOOKALIKES.subList(1, LOOKALIKES.size())) {
            assertAbsent(stores.store(id), location);
        }
    }

    @Test
    void a_location_with_another_partition_put_in_opens_nothing() {
        TokenBlocks tokens = prompts.blocks(1);
        String ours = writeBlock(store, PromptChain.own("ours", tokens), 0);
        String theirs = writeBlock(store, PromptChain.own("theirs", tokens), 0);

        BlobKey.parse(ours)
                .ifPresent(key -> assertAbsent(store, partitionOf(theirs, key).name()));
    }

    private static BlobKey partitionOf(String location, BlobKey digest) {
        ByteBuffer forged = ByteBuffer.allocate(BlobKey.BYTES);
        digest.write(forged);
        ByteBuffer other = ByteBuffer.allocate(BlobKey.BYTES);
        BlobKey.parse(location).orElseThrow().write(other);
        forged.put(0, other, 0, 16);
        return BlobKey.read(forged.flip());
    }

    @Test
    void a_location_changed_in_any_place_is_refused_or_opens_nothing() {
        String location = writeBlock(store, prompts.chain(1), 0);
        for (int i = 0; i < location.length(); i++) {
            char other = location.charAt(i) == '1' ? '2' : '1';
            String changed = location.substring(0, i) + other + location.substring(i + 1);
            assertOpensNothing(changed);
        }
    }

    private void assertOpensNothing(String location) {
        try (ReadResult result = store.read(location)
                .exceptionally(failure -> {
                    assertThat(KVStoreException.of(failure).reason()).isEqualTo(Reason.INVALID_ARGUMENT);
                    return ReadResult.absent(location, 0);
                })
                .orTimeout(Await.PATIENCE_SECONDS, TimeUnit.SECONDS)
                .join()) {
            assertThat(result.isFound()).isFalse();
        }
    }

    @Test
    void a_malformed_location_is_refused() {
        String good = writeBlock(store, prompts.chain(1), 0);

        for (String bad : malformed(good)) {
            assertThat(Await.failureOf(() -> store.read(bad)).reason())
                    .as("location of %d characters", bad.length())
                    .isEqualTo(Reason.INVALID_ARGUMENT);
        }
    }

    /** Texts that are no location, made from one that is. */
    static List<String> malformed(String good) {
        return List.of(
                "",
                " ",
                ".",
                "..",
                "/",
                "../../../etc/passwd",
                "..\\..\\windows",
                "\0",
                good + "\0",
                good.substring(0, 10) + "\0" + good.substring(11),
                "a".repeat(2_000),
                good + good,
                good.substring(1),
                good.substring(0, good.length() - 1),
                good + "0",
                " " + good,
                good + "\n",
                "/" + good,
                "../" + good,
                good.toUpperCase(Locale.ROOT),
                good.replace('/', '\\') + "%",
                "\u0660" + good.substring(1),
                "\ud83d" + good.substring(1));
    }
}
