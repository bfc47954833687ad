package io.kvstore.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class RecordFormatTest {

    private static final byte[] SALT = DiskFixture.bytes(1, 16);
    private static final int OFFSET = 64 * 17;

    private static final RecordHeader HEADER =
            RecordHeader.put(7, DiskFixture.STORE, DiskFixture.key(3), DiskFixture.info(3, DiskFixture.bytes(3, 50)));

    private static ByteBuffer encoded() {
        ByteBuffer out = ByteBuffer.allocate(HEADER.recordBytes());
        RecordFormat.encode(HEADER, SALT, OFFSET, out);
        return out.clear();
    }

    @Test
    void a_header_comes_back_as_it_was() {
        assertThat(RecordFormat.decode(encoded(), SALT, OFFSET)).isEqualTo(HEADER);
        assertThat(RecordFormat.decodeInfo(encoded(), SALT, OFFSET, HEADER.key()))
                .isEqualTo(HEADER.info());
        assertThat(RecordFormat.decodeInfo(encoded(), SALT, OFFSET, DiskFixture.key(4)))
                .isNull();
    }

    /** The failure: a client, who does not know the salt, writes a payload that holds a record. */
    @Test
    void a_record_of_another_segment_or_place_is_none() {
        assertThat(RecordFormat.decode(encoded(), new byte[16], OFFSET)).isNull();
        assertThat(RecordFormat.decode(encoded(), SALT, OFFSET + 64)).isNull();
    }

    @Test
    void a_header_with_any_bit_flipped_or_its_end_missing_is_none() {
        for (int bit = 0; bit < HEADER.headerBytes() * 8; bit++) {
            ByteBuffer damaged = encoded();
            damaged.put(bit / 8, (byte) (damaged.get(bit / 8) ^ 1 << bit % 8));
            assertThat(RecordFormat.decode(damaged, SALT, OFFSET)).isNull();
        }
        for (int length = 0; length < HEADER.headerBytes(); length++) {
            assertThat(RecordFormat.decode(encoded().limit(length), SALT, OFFSET))
                    .isNull();
        }
    }
}
