package io.kvstore.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvstore.api.Payload;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BlockPayloadsTest {

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 7, 8, 9, 64, 1_000, 65_537})
    void a_payload_matches_its_block_and_every_flipped_byte_is_seen(int size) {
        BlockPayloads payloads = new BlockPayloads(size, 1);
        try (Payload payload = payloads.of(42)) {
            assertThat(payload.sizeBytes()).isEqualTo(size);
            byte[] bytes = payload.toByteArray();
            assertThat(payloads.matches(42, ByteBuffer.wrap(bytes))).isTrue();
            for (int i = 0; i < size; i += Math.max(1, size / 50)) {
                bytes[i] ^= 0x10;
                assertThat(payloads.matches(42, ByteBuffer.wrap(bytes))).isFalse();
                bytes[i] ^= 0x10;
            }
            assertThat(payloads.matches(42, ByteBuffer.wrap(new byte[size + 1])))
                    .isFalse();
        }
    }

    @Test
    void blocks_differ_in_their_payload() {
        BlockPayloads payloads = new BlockPayloads(16, 1);
        try (Payload payload = payloads.of(1)) {
            assertThat(payloads.matches(2, payload.buffer())).isFalse();
        }
    }

    @Test
    void a_buffer_that_is_used_again_holds_the_next_blocks_bytes() {
        BlockPayloads payloads = new BlockPayloads(100, 1);
        payloads.of(1).close();
        try (Payload payload = payloads.of(2)) {
            assertThat(payloads.matches(2, payload.buffer())).isTrue();
        }
    }
}
