package io.kvstore.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class PayloadTest {

    private final AtomicInteger releases = new AtomicInteger();
    private final Payload payload = Payload.of(ByteBuffer.wrap(new byte[] {1, 2, 3}), releases::incrementAndGet);

    @Test
    void the_bytes_are_let_go_when_the_last_claim_is_closed() {
        Payload second = payload.share();
        payload.close();
        assertThat(releases).hasValue(0);
        assertThat(second.toByteArray()).containsExactly(1, 2, 3);
        second.close();
        assertThat(releases).hasValue(1);
    }

    @Test
    void closing_a_claim_twice_does_not_take_another_claim_away() {
        Payload second = payload.share();
        payload.close();
        payload.close();
        assertThat(releases).hasValue(0);
        second.close();
        assertThat(releases).hasValue(1);
    }

    @Test
    void a_closed_claim_gives_no_bytes_and_no_further_claim() {
        payload.close();
        assertThatIllegalStateException().isThrownBy(payload::buffer);
        assertThatIllegalStateException().isThrownBy(payload::share);
        assertThat(payload.shareIfOpen()).isEmpty();
    }

    @Test
    void sharing_and_closing_from_many_threads_releases_once() throws Exception {
        Thread[] threads = new Thread[8];
        for (int t = 0; t < threads.length; t++) {
            threads[t] = new Thread(() -> {
                for (int i = 0; i < 10_000; i++) {
                    payload.shareIfOpen().ifPresent(Payload::close);
                }
            });
            threads[t].start();
        }
        payload.close();
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(releases).hasValue(1);
    }

    @Test
    void its_buffer_can_not_be_written() {
        assertThat(payload.buffer().isReadOnly()).isTrue();
    }

    @Test
    void bytes_in_several_pieces_are_seen_as_they_lie_and_as_one() {
        Payload pieces = Payload.ofPieces(
                List.of(ByteBuffer.wrap(new byte[] {9, 1, 2}, 1, 2), ByteBuffer.wrap(new byte[] {3})),
                releases::incrementAndGet);
        Payload second = pieces.share();

        assertThat(pieces.sizeBytes()).isEqualTo(3);
        assertThat(pieces.buffers())
                .containsExactly(ByteBuffer.wrap(new byte[] {1, 2}), ByteBuffer.wrap(new byte[] {3}));
        assertThat(pieces.buffers()).allMatch(ByteBuffer::isReadOnly);
        assertThat(pieces.buffer()).isEqualTo(ByteBuffer.wrap(new byte[] {1, 2, 3}));
        assertThat(second.toByteArray()).containsExactly(1, 2, 3);

        pieces.close();
        second.close();
        assertThat(releases).hasValue(1);
        assertThatIllegalStateException().isThrownBy(pieces::buffers);
    }

    /** The failure: a reader that moved a view's position, and the next one found nothing. */
    @Test
    void every_reader_has_views_of_its_own() {
        payload.buffers().get(0).get();
        assertThat(payload.buffers()).containsExactly(ByteBuffer.wrap(new byte[] {1, 2, 3}));
    }

    @Test
    void a_payload_over_anothers_bytes_keeps_them_until_it_is_closed_and_then_says_so() {
        List<String> released = new ArrayList<>();
        Payload bytes = Payload.of(ByteBuffer.wrap(new byte[] {1, 2, 3}), () -> released.add("bytes"));

        Payload counted = bytes.share(() -> released.add("counted"));
        Payload second = counted.share();
        bytes.close();
        counted.close();
        assertThat(released).isEmpty();
        assertThat(second.toByteArray()).containsExactly(1, 2, 3);

        second.close();
        second.close();
        assertThat(released).containsExactly("bytes", "counted");
        assertThatIllegalStateException().isThrownBy(() -> bytes.share(() -> {}));
    }
}
