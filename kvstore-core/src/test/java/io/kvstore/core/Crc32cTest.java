package io.kvstore.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class Crc32cTest {

    @Test
    void it_is_the_checksum_of_rfc_3720() {
        ByteBuffer bytes = ByteBuffer.wrap("x123456789".getBytes(StandardCharsets.US_ASCII))
                .position(1);

        assertThat(Crc32c.of(bytes)).isEqualTo(0xe3069283);
        assertThat(bytes.position()).isEqualTo(1);
    }

    @Test
    void no_bytes_have_one_too() {
        assertThat(Crc32c.of(ByteBuffer.allocate(0))).isZero();
    }

    @Test
    void direct_memory_of_many_pieces_has_the_checksum_of_the_same_bytes_on_the_heap() {
        byte[] bytes = new byte[100_001];
        new java.util.Random(1).nextBytes(bytes);
        ByteBuffer direct = ByteBuffer.allocateDirect(bytes.length + 3)
                .position(3)
                .put(bytes)
                .position(3);

        assertThat(Crc32c.of(direct)).isEqualTo(Crc32c.of(ByteBuffer.wrap(bytes)));
        assertThat(direct.position()).isEqualTo(3);
    }
}
