package io.kvstore.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class Crc32cTest {

    @Test
    void it_is_the_checksum_of_rfc_3720() {
        ByteBuffer bytes = ByteBuffer.wrap("x123456789".getBytes(StandardCharsets.US_ASCII))
                .position(1);

        assertThat(Crc32c.of(bytes)).isEqualTo(0xe3069283);
        assertThat(bytes.position()).isEqualTo(1);
    }

    /** The failure: zeros were summed in place of a lost page, and stored as the caller's bytes. */
    @Test
    void memory_that_can_not_be_read_has_none(@TempDir Path directory) throws IOException {
        Path file = directory.resolve("mapped");
        for (int round = 0; round < 30; round++) {
            Files.write(file, new byte[20_000]);
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
                ByteBuffer mapped = channel.map(FileChannel.MapMode.READ_ONLY, 0, 20_000);
                assertThat(Crc32c.of(mapped)).isNotZero();
                channel.truncate(0);
                assertThatThrownBy(() -> Crc32c.of(mapped)).isInstanceOf(InternalError.class);
            }
        }
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
