package io.kvstore.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvstore.testkit.ManualClock;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;

class MemorySlabsTest {

    private static final int CHUNK = 1_200_000;

    private final ManualClock clock = new ManualClock();
    private final MemorySlabs slabs = unlimited();

    @Test
    void what_one_chunk_lets_go_of_is_what_the_next_one_gets() {
        MemorySlabs.Piece first = taken(slabs, CHUNK);
        first.buffer(CHUNK).putLong(0, 42);
        slabs.give(first);

        assertThat(taken(slabs, CHUNK).buffer(CHUNK).getLong(0)).isEqualTo(42);
        assertThat(slabs.heldBytes()).isLessThan(2 * CHUNK);
    }

    @Test
    void a_full_store_that_evicts_takes_no_fresh_memory() {
        List<MemorySlabs.Piece> stored = take(200, CHUNK);
        long full = slabs.heldBytes();
        for (int i = 0; i < 1_000; i++) {
            slabs.give(stored.remove(i * 31 % stored.size()));
            stored.add(taken(slabs, CHUNK));
        }
        assertThat(slabs.heldBytes()).isEqualTo(full);
    }

    @Test
    void chunks_of_one_model_leave_little_unused() {
        for (int bytes : new int[] {20_000, CHUNK, 9_000_000, 40_000_000}) {
            MemorySlabs ofModel = unlimited();
            int chunks = 200_000_000 / bytes;
            for (int i = 0; i < chunks; i++) {
                ofModel.take(bytes);
            }
            assertThat(ofModel.heldBytes())
                    .as("held for %s chunks of %s bytes", chunks, bytes)
                    .isLessThan((long) (1.2 * chunks * bytes));
        }
    }

    @Test
    void neighbours_that_are_let_go_of_in_any_order_become_room_for_a_large_chunk() {
        List<MemorySlabs.Piece> small = take(64, 64 * 1024);
        long held = slabs.heldBytes();
        shuffled(small).forEach(slabs::give);

        for (int i = 0; i < held / (1 << 20); i++) {
            slabs.take(1 << 20);
        }
        assertThat(slabs.heldBytes()).isEqualTo(held);
    }

    @Test
    void pieces_in_use_never_overlap() {
        Random random = new Random(7);
        List<MemorySlabs.Piece> pieces = new ArrayList<>();
        List<ByteBuffer> buffers = new ArrayList<>();
        for (int round = 0; round < 5_000; round++) {
            if (pieces.size() > 50 || (!pieces.isEmpty() && random.nextInt(3) == 0)) {
                int which = random.nextInt(pieces.size());
                assertStillOwn(buffers.remove(which));
                slabs.give(pieces.remove(which));
            } else {
                int bytes = 16 + random.nextInt(200_000);
                MemorySlabs.Piece piece = taken(slabs, bytes);
                pieces.add(piece);
                buffers.add(mark(piece.buffer(bytes), round));
            }
        }
        buffers.forEach(MemorySlabsTest::assertStillOwn);
    }

    @Test
    void no_more_is_held_than_may_be_and_what_is_let_go_of_has_room_again() {
        MemorySlabs few = new MemorySlabs(50_000_000, clock);
        MemorySlabs.Piece piece = taken(few, 40_000_000);

        assertThat(few.take(40_000_000)).isNull();
        assertThat(few.take(1_000_000)).isNotNull();
        assertThat(few.heldBytes()).isLessThanOrEqualTo(50_000_000);

        few.give(piece);
        assertThat(few.take(40_000_000)).isNotNull();
    }

    @Test
    void memory_that_was_cut_for_other_sizes_is_given_up_for_a_large_chunk() {
        MemorySlabs few = new MemorySlabs(50_000_000, clock);
        take(few, 40, CHUNK).forEach(few::give);

        assertThat(few.take(45_000_000)).isNotNull();
        assertThat(few.heldBytes()).isLessThanOrEqualTo(50_000_000);
    }

    /** It takes a second and a collection to be told no, on the thread of a call: not for every chunk. */
    @Test
    void a_jvm_without_memory_is_not_asked_again_for_half_a_minute() {
        List<Integer> asked = new ArrayList<>();
        boolean[] hasMemory = {false};
        MemorySlabs slabs = new MemorySlabs(Long.MAX_VALUE, clock, bytes -> {
            asked.add(bytes);
            if (!hasMemory[0]) {
                throw new OutOfMemoryError("as the JVM says it");
            }
            return ByteBuffer.allocate(bytes);
        });
        assertThat(slabs.take(CHUNK)).isNull();
        assertThat(slabs.take(CHUNK)).isNull();
        assertThat(asked).hasSize(1);

        hasMemory[0] = true;
        clock.advance(Duration.ofSeconds(29));
        assertThat(slabs.take(CHUNK)).isNull();
        clock.advance(Duration.ofSeconds(1));
        assertThat(slabs.take(CHUNK)).isNotNull();
        assertThat(asked).hasSize(2);
    }

    @Test
    void after_the_end_nothing_is_kept() {
        List<MemorySlabs.Piece> pieces = take(20, CHUNK);
        slabs.give(pieces.remove(0));
        slabs.keepNothing();
        pieces.forEach(slabs::give);
        assertThat(slabs.heldBytes()).isZero();
    }

    @Test
    void what_was_reserved_holds_chunks_of_any_size_without_fresh_memory() {
        long reserved = slabs.reserve(300_000_000);
        take(2, 100_000_000);
        take(20, CHUNK);
        take(100, 20_000);

        assertThat(reserved).isBetween(299_990_000L, 300_000_000L);
        assertThat(slabs.heldBytes()).isEqualTo(reserved);
    }

    /** With none left a server does not even start. */
    @Test
    void a_reservation_of_more_than_the_jvm_has_leaves_others_a_quarter_of_it() {
        long[] left = {1L << 30};
        ByteBuffer everyone = ByteBuffer.allocate(128 << 20); // never written: one stands for all
        MemorySlabs slabs = new MemorySlabs(Long.MAX_VALUE, clock, bytes -> {
            left[0] -= bytes;
            if (left[0] < 0) {
                throw new OutOfMemoryError("as the JVM says it");
            }
            return everyone.slice(0, bytes);
        });
        assertThat(slabs.reserve(5L << 30)).isBetween(600L << 20, 768L << 20);
    }

    private MemorySlabs unlimited() {
        return new MemorySlabs(Long.MAX_VALUE, clock);
    }

    private static MemorySlabs.Piece taken(MemorySlabs slabs, int bytes) {
        return Objects.requireNonNull(slabs.take(bytes));
    }

    private List<MemorySlabs.Piece> take(int count, int bytes) {
        return take(slabs, count, bytes);
    }

    private static List<MemorySlabs.Piece> take(MemorySlabs slabs, int count, int bytes) {
        List<MemorySlabs.Piece> pieces = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            pieces.add(taken(slabs, bytes));
        }
        return pieces;
    }

    private static List<MemorySlabs.Piece> shuffled(List<MemorySlabs.Piece> pieces) {
        List<MemorySlabs.Piece> shuffled = new ArrayList<>(pieces);
        java.util.Collections.shuffle(shuffled, new Random(3));
        return shuffled;
    }

    private static ByteBuffer mark(ByteBuffer buffer, long mark) {
        return buffer.putLong(0, mark).putLong(buffer.capacity() - Long.BYTES, mark);
    }

    private static void assertStillOwn(ByteBuffer buffer) {
        assertThat(buffer.getLong(buffer.capacity() - Long.BYTES)).isEqualTo(buffer.getLong(0));
    }
}
