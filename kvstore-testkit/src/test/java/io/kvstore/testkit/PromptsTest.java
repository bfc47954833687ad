package io.kvstore.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvstore.api.BlockHasher;
import io.kvstore.api.Payload;
import io.kvstore.api.TokenBlocks;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

final class PromptsTest {

    @Test
    void the_same_seed_gives_the_same_prompts_and_another_seed_others() {
        assertThat(Prompts.seeded(1).blocks(3)).isEqualTo(Prompts.seeded(1).blocks(3));
        assertThat(Prompts.seeded(1).blocks(3)).isNotEqualTo(Prompts.seeded(2).blocks(3));
        assertThat(Prompts.seeded(1).foreignChain(3).hashes())
                .isEqualTo(Prompts.seeded(1).foreignChain(3).hashes());
    }

    @Test
    void tokens_lie_in_the_vocabulary() {
        assertThat(Arrays.stream(Prompts.seeded(1).tokens(10_000).toArray()))
                .allMatch(token -> token >= 0 && token < Prompts.VOCABULARY);
    }

    @Test
    void own_chains_are_hashed_as_the_api_hashes() {
        long[] tokens = Prompts.seeded(1).blocks(5).toArray();
        tokens[200] = -1;
        tokens[300] = 0xFFFF_FFFFL;
        tokens[400] = 1L << 32;
        for (String partition : Texts.LEGAL) {
            assertThat(PromptChain.own(partition, TokenBlocks.of(tokens)).hashes())
                    .isEqualTo(BlockHasher.chain(partition, TokenBlocks.of(tokens)));
        }
    }

    @Test
    void a_payload_is_known_by_its_key() {
        Prompts prompts = Prompts.seeded(1);
        for (int size : new int[] {1, 7, 8, 9, 1_000}) {
            try (Payload payload = prompts.payload(42, size)) {
                assertThat(payload.sizeBytes()).isEqualTo(size);
                assertThat(prompts.verify(payload, 42)).isTrue();
            }
        }
        try (Payload payload = prompts.payload(42, 100)) {
            assertThat(prompts.verify(payload, 43)).isFalse();
            assertThat(Prompts.seeded(2).verify(payload, 42)).isFalse();
        }
    }

    @Test
    void a_ledger_counts_open_payloads_and_spoils_the_bytes_of_closed_ones() throws Exception {
        PayloadLedger ledger = new PayloadLedger();
        Payload first = ledger.payload(new byte[] {1, 2, 3});
        Payload second = first.share();
        var buffer = second.buffer();

        first.close();
        assertThat(ledger.openCount()).isEqualTo(1);
        assertThat(buffer.get(0)).isEqualTo((byte) 1);
        assertThatThrownBy(() -> ledger.awaitAllClosed(Duration.ZERO)).hasMessage("1 of 1 payloads were never closed");

        second.close();
        assertThat(ledger.openCount()).isZero();
        assertThat(buffer.get(0)).isNotEqualTo((byte) 1);
        ledger.awaitAllClosed(Duration.ZERO);
    }
}
