package io.kvstore.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvstore.api.KVStoreException;
import io.kvstore.api.Payload;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class BufferShelfTest {

    private static final int MEGABYTE = 1 << 20;
    private static final long MAX_KEPT = 4 * MEGABYTE;

    private final UnpooledByteBufAllocator memory = new UnpooledByteBufAllocator(true);
    private final BufferShelf shelf = new BufferShelf(memory, MAX_KEPT);

    @AfterEach
    void all_is_given_back() {
        shelf.clear();
        assertThat(memory.metric().usedDirectMemory()).isZero();
    }

    @Test
    void a_payload_of_about_the_same_size_gets_the_same_memory() {
        ByteBuf first = shelf.take(1_200_000);
        shelf.put(first);
        ByteBuf second = shelf.take(1_190_000);

        assertThat(second).isSameAs(first);
        shelf.put(second);
        ByteBuf larger = shelf.take(1_600_000);
        assertThat(larger).isNotSameAs(first);
        shelf.put(larger);
    }

    @Test
    void no_buffer_is_in_two_hands() {
        // Buffers are equal when their contents are.
        Set<ByteBuf> taken = Collections.newSetFromMap(new IdentityHashMap<>());
        for (int i = 0; i < 3; i++) {
            taken.add(shelf.take(MEGABYTE));
        }
        assertThat(taken).hasSize(3);
        taken.forEach(shelf::put);
    }

    @Test
    void a_buffer_fits_and_at_most_an_eighth_of_it_is_unused() {
        Random random = new Random(1);
        for (int i = 0; i < 200; i++) {
            int bytes = 1 + random.nextInt(3 * MEGABYTE);
            ByteBuf buffer = shelf.take(bytes);
            assertThat(buffer.capacity()).isBetween(bytes, bytes + bytes / 8 + 1);
            shelf.put(buffer);
        }
    }

    @Test
    void what_is_kept_is_bounded_and_the_oldest_goes_first() {
        ByteBuf oldest = shelf.take(3 * MEGABYTE);
        ByteBuf newest = shelf.take(2 * MEGABYTE);
        ByteBuf tooLarge = shelf.take(5 * MEGABYTE);
        shelf.put(oldest);
        shelf.put(newest);

        assertThat(shelf.keptBytes()).isEqualTo(2 * MEGABYTE);
        assertThat(oldest.refCnt()).isZero();
        shelf.put(tooLarge);
        assertThat(shelf.keptBytes()).isLessThanOrEqualTo(MAX_KEPT);
        assertThat(memory.metric().usedDirectMemory()).isEqualTo(shelf.keptBytes());
    }

    @Test
    void received_payloads_are_their_own_whatever_the_memory_held_before() throws IOException {
        InboundBuffers buffers = new InboundBuffers(memory, MAX_KEPT);
        Random random = new Random(2);
        for (int i = 0; i < 20; i++) {
            byte[] sent = new byte[InboundBuffers.MIN_SHELF_BYTES - 10 + random.nextInt(20)];
            random.nextBytes(sent);
            try (Payload received = buffers.read(reader(sent), sent.length)) {
                assertThat(received.toByteArray()).isEqualTo(sent);
            }
        }
        assertThatThrownBy(() -> buffers.read(reader(new byte[100]), MEGABYTE)).isInstanceOf(IOException.class);
        // One buffer of the smallest size that is kept served all of them.
        assertThat(memory.metric().usedDirectMemory()).isLessThanOrEqualTo(MAX_KEPT);
        buffers.clear();
    }

    @Test
    void no_memory_is_a_refusal_and_what_is_kept_is_given_up_first() throws IOException {
        ScarceMemory scarce = new ScarceMemory(3 * MEGABYTE);
        InboundBuffers buffers = new InboundBuffers(scarce, MAX_KEPT);
        byte[] two = new byte[2 * MEGABYTE];
        byte[] three = new byte[3 * MEGABYTE];
        try (Payload first = buffers.read(reader(two), two.length)) {
            assertThat(first.sizeBytes()).isEqualTo(two.length);
            assertThatThrownBy(() -> buffers.read(reader(three), three.length))
                    .isInstanceOf(KVStoreException.class)
                    .hasMessageContaining("no memory");
        }
        try (Payload second = buffers.read(reader(three), three.length)) {
            assertThat(second.sizeBytes()).isEqualTo(three.length);
        }
        buffers.clear();
        assertThat(scarce.metric().usedDirectMemory()).isZero();
    }

    private static WireReader reader(byte[] message) throws IOException {
        return new WireReader(new ByteArrayInputStream(message));
    }
}
