package io.kvstore.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvstore.api.BlockHasher;
import io.kvstore.api.KVStore;
import io.kvstore.api.Payload;
import io.kvstore.api.PromptChunk;
import io.kvstore.api.StoreId;
import io.kvstore.api.TokenBlocks;
import io.kvstore.testkit.MemoryKVStores;
import io.kvstore.testkit.Prompts;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A proof is worth what it refuses: each test here is a store that answers wrongly in one way. */
class PromptPlayerTest {

    private static final int PAYLOAD_BYTES = 1_003;

    private final MemoryKVStores stores = new MemoryKVStores();
    private final KVStore store = stores.store(new StoreId("r", "prompts"));
    private final Tally tally = new Tally();
    private final PromptPlayer player =
            new PromptPlayer(store, "p", new BlockPayloads(PAYLOAD_BYTES, 4), true, tally, System::nanoTime);
    private final TokenBlocks prompt = Prompts.seeded(1).blocks(5);

    @AfterEach
    void closeStores() {
        stores.close();
    }

    @Test
    void a_prompt_is_written_the_first_time_and_read_the_second() {
        player.play(prompt, 0);
        player.play(prompt, 5);
        assertThat(tally.firstDifferences()).isEmpty();
        assertThat(tally.asked()).isEqualTo(10);
        assertThat(tally.hit()).isEqualTo(5);
        assertThat(tally.written()).isEqualTo(5);
        assertThat(tally.read()).isEqualTo(5);
        assertThat(tally.calls(Tally.Call.LOOKUP)).isEqualTo(2);
        assertThat(tally.calls(Tally.Call.READ)).isEqualTo(1);
        assertThat(tally.calls(Tally.Call.WRITE)).isEqualTo(5);
    }

    @Test
    void a_longer_prompt_writes_only_what_is_new() {
        player.play(prompt, 0);
        long[] longer = Arrays.copyOf(prompt.toArray(), 7 * 128 + 100);
        player.play(TokenBlocks.of(longer), 5);
        assertThat(tally.firstDifferences()).isEmpty();
        assertThat(tally.written()).isEqualTo(7);
    }

    @Test
    void a_lookup_that_finds_fewer_than_the_model_is_a_difference() {
        player.play(prompt, 3);
        assertThat(tally.firstDifferences()).containsExactly("a lookup of 5 blocks found 0 (expected: 3)");
    }

    @Test
    void one_wrong_byte_is_a_difference() {
        long[] hashes = BlockHasher.chain("p", prompt);
        try (Payload right = new BlockPayloads(PAYLOAD_BYTES, 1).of(hashes[0])) {
            byte[] wrong = right.toByteArray();
            wrong[PAYLOAD_BYTES - 1] ^= 1;
            try (PromptChunk chunk = new PromptChunk(hashes[0], 0, "p", prompt.block(0), "", Payload.wrap(wrong))) {
                store.write(chunk).join();
            }
        }
        player.play(prompt, 1);
        assertThat(tally.differences()).isEqualTo(1);
        assertThat(tally.firstDifferences().get(0)).startsWith("block 0 came back with another content");
        assertThat(tally.read()).isZero();
    }

    @Test
    void a_write_that_fails_is_a_difference() {
        KVStore failing = new FailingWrites(store);
        new PromptPlayer(failing, "p", new BlockPayloads(8, 1), true, tally, System::nanoTime).play(prompt, 0);
        assertThat(tally.differences()).isEqualTo(5);
        assertThat(tally.firstDifferences().get(0)).startsWith("a write failed: ");
    }

    @Test
    void a_block_that_cannot_be_read_back_is_a_difference() {
        player.play(prompt, 0);
        KVStore forgetful = new ForgetfulReads(store);
        new PromptPlayer(forgetful, "p", new BlockPayloads(PAYLOAD_BYTES, 1), true, tally, System::nanoTime)
                .play(prompt, 5);
        assertThat(tally.differences()).isEqualTo(5);
        assertThat(tally.firstDifferences().get(0)).startsWith("block 0 was found and could not be read");
    }

    @Test
    void prompts_shorter_than_a_block_are_asked_and_store_nothing() {
        player.play(Prompts.seeded(2).tokens(127), 0);
        player.play(TokenBlocks.empty(), 0);
        assertThat(tally.differences()).isZero();
        assertThat(tally.calls(Tally.Call.LOOKUP)).isEqualTo(1);
    }

    @Test
    void writes_in_flight_are_bounded_by_their_number_and_their_bytes() {
        assertThat(PromptPlayer.writesInFlight(0)).isEqualTo(128);
        assertThat(PromptPlayer.writesInFlight(1 << 20)).isEqualTo(64);
        assertThat(PromptPlayer.writesInFlight(100 << 20)).isEqualTo(1);
    }

    @Test
    void a_run_with_a_difference_is_not_right() {
        tally.differs("something");
        java.io.StringWriter said = new java.io.StringWriter();
        assertThat(Verdict.of(tally, 0, true, new java.io.PrintWriter(said))).isEqualTo(Exit.MISS);
        assertThat(said.toString()).contains("WRONG", "something");
        assertThat(Verdict.of(new Tally(), 1, true, new java.io.PrintWriter(said)))
                .isEqualTo(Exit.MISS);
        assertThat(Verdict.of(new Tally(), 0, true, new java.io.PrintWriter(said)))
                .isEqualTo(Exit.OK);
    }
}
