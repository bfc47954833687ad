package io.kvstore.bench.load;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class PayloadSetTest {

    private final PayloadSet payloads = new PayloadSet(1_001, 3);

    private ByteBuffer copy(long number) {
        ByteBuffer copy = ByteBuffer.allocate(1_001);
        return copy.put(payloads.payload(number)).flip();
    }

    @Test
    void a_payload_is_the_same_in_every_process_and_differs_from_the_others() {
        assertThat(payloads.payload(1)).isEqualTo(new PayloadSet(1_001, 2).payload(1));
        assertThat(payloads.payload(1)).isNotEqualTo(payloads.payload(2));
        assertThat(payloads.payload(4)).isEqualTo(payloads.payload(1));
    }

    @Test
    void a_wrong_byte_in_the_middle_is_seen_when_all_are_compared() {
        ByteBuffer wrong = copy(1);
        wrong.put(500, (byte) ~wrong.get(500));
        assertThat(payloads.isRight(1, copy(1))).isTrue();
        assertThat(payloads.isRight(1, wrong)).isFalse();
        assertThat(payloads.looksRight(1, wrong, 0)).isFalse();
        assertThat(payloads.looksRight(1, wrong, 1)).isTrue();
    }

    @Test
    void a_wrong_length_or_end_is_seen_in_every_answer() {
        ByteBuffer wrong = copy(1);
        wrong.put(1_000, (byte) ~wrong.get(1_000));
        assertThat(payloads.looksRight(1, wrong, 1)).isFalse();
        assertThat(payloads.looksRight(1, copy(1).limit(1_000), 1)).isFalse();
        assertThat(payloads.looksRight(1, copy(2), 1)).isFalse();
    }
}
