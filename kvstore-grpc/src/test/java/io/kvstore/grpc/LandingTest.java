package io.kvstore.grpc;

import static io.kvstore.grpc.WireFixture.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.internal.CompositeReadableBuffer;
import io.grpc.internal.ForwardingReadableBuffer;
import io.grpc.internal.ReadableBuffer;
import io.grpc.internal.ReadableBuffers;
import io.kvstore.api.KVStore;
import io.kvstore.api.Payload;
import io.kvstore.api.PromptChunk;
import io.kvstore.api.ReadResult;
import io.kvstore.api.StoreId;
import io.kvstore.api.TokenBlocks;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.DefaultMaxMessagesRecvByteBufAllocator;
import io.netty.handler.codec.ByteToMessageDecoder.Cumulator;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a client receives stays where it came: whole, untouched by what comes after it, and no longer than it is held. */
class LandingTest {

    private static final int MEGABYTE = 1 << 20;
    private static final StoreId STORE = new StoreId(WireFixture.RESOURCE, WireFixture.CONTAINER);

    private final UnpooledByteBufAllocator memory = new UnpooledByteBufAllocator(true);
    private final LandingRegions regions = new LandingRegions(memory, 16L * MEGABYTE, Long.MAX_VALUE);

    @AfterEach
    void all_is_given_back() {
        regions.clear();
        assertThat(memory.metric().usedDirectMemory()).isZero();
    }

    /** A connection that receives, decodes and keeps as it likes. Its stream is the same bytes again and again. */
    private static final class Connection {
        private final UnpooledByteBufAllocator others = new UnpooledByteBufAllocator(true);
        private final byte[] repeated = bytes(1_000_003);
        private final Random random;
        private final int largestRead;
        private final DefaultMaxMessagesRecvByteBufAllocator.MaxMessageHandle handle;
        private final Cumulator cumulator = LandingRegions.newCumulator();
        private final Queue<Kept> kept = new ArrayDeque<>();
        private ByteBuf cumulation = Unpooled.EMPTY_BUFFER;
        private long received;
        private long decoded;

        private record Kept(ByteBuf bytes, long from) {}

        Connection(int seed, LandingRegions regions) {
            handle = regions.newHandle();
            random = new Random(seed);
            largestRead = seed % 2 == 0 ? 300_000 : 3 * MEGABYTE;
        }

        void receive() {
            ByteBuf in = handle.allocate(others);
            int count = Math.min(in.writableBytes(), 1 + random.nextInt(largestRead));
            for (int left = count; left > 0; ) {
                int from = (int) (received % repeated.length);
                int piece = Math.min(left, repeated.length - from);
                in.writeBytes(repeated, from, piece);
                received += piece;
                left -= piece;
            }
            cumulation = cumulator.cumulate(others, cumulation, in);
            assertThat(cumulation.readableBytes()).isEqualTo((int) (received - decoded));
        }

        void decode() {
            int readable = cumulation.readableBytes();
            int count = random.nextInt(3) == 0 ? readable : random.nextInt(readable);
            kept.add(new Kept(cumulation.readRetainedSlice(count), decoded));
            decoded += count;
            if (!cumulation.isReadable()) {
                cumulation.release();
                cumulation = Unpooled.EMPTY_BUFFER;
            } else if (cumulation.refCnt() == 1) {
                cumulation.discardSomeReadBytes(); // as Netty's decoder does
            }
        }

        void letGoOfOne() {
            Kept oldest = kept.remove();
            byte[] bytes = ByteBufUtil.getBytes(oldest.bytes());
            for (int i = 0; i < bytes.length; i++) {
                if (bytes[i] != repeated[(int) ((oldest.from() + i) % repeated.length)]) {
                    throw new AssertionError("byte " + (oldest.from() + i) + " of the stream is another");
                }
            }
            oldest.bytes().release();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4})
    void every_byte_stays_as_it_came_until_it_is_let_go_of(int seed) {
        stays_as_it_came(new Connection(seed, regions));
        assertThat(regions.heldBytes()).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4})
    void so_does_what_comes_when_there_are_no_more_regions(int seed) {
        LandingRegions three = new LandingRegions(memory, 16L * MEGABYTE, 3L * LandingRegions.REGION_BYTES);
        stays_as_it_came(new Connection(seed, three));
        three.clear();
    }

    private static void stays_as_it_came(Connection connection) {
        for (int i = 0; i < 60; i++) {
            connection.receive();
            if (i % 3 != 0) {
                connection.decode();
            }
            while (connection.kept.size() > 6) {
                connection.letGoOfOne();
            }
        }
        connection.cumulation.release();
        while (!connection.kept.isEmpty()) {
            connection.letGoOfOne();
        }
    }

    @Test
    void a_connection_that_has_read_all_keeps_no_region() {
        Connection connection = new Connection(1, regions);
        connection.receive();
        assertThat(regions.heldBytes()).isEqualTo(LandingRegions.REGION_BYTES);
        connection.cumulation.skipBytes(connection.cumulation.readableBytes()).release();
        assertThat(regions.heldBytes()).isZero();
    }

    @Test
    void where_there_is_no_memory_for_a_region_small_pieces_are_received() {
        LandingRegions none = new LandingRegions(new ScarceMemory(MEGABYTE), 0, Long.MAX_VALUE);
        ByteBuf piece = none.newHandle().allocate(memory);
        assertThat(piece.writableBytes()).isPositive().isLessThan(LandingRegions.REGION_BYTES);
        piece.release();
    }

    /** The failure: payloads that were kept, each in a region of its own, took all direct memory. */
    @Test
    void connections_and_payloads_together_hold_no_more_regions_than_they_may() {
        LandingRegions two = new LandingRegions(memory, 0, 2L * LandingRegions.REGION_BYTES);
        UnpooledByteBufAllocator others = new UnpooledByteBufAllocator(true);
        ByteBuf first = two.newHandle().allocate(others);
        ByteBuf second = two.newHandle().allocate(others);
        ByteBuf beyond = two.newHandle().allocate(others);
        assertThat(List.of(first, second)).allMatch(LandingRegion.class::isInstance);
        assertThat(beyond.capacity()).isEqualTo(64 * 1024);
        assertThat(two.heldBytes()).isEqualTo(2L * LandingRegions.REGION_BYTES);

        first.release();
        ByteBuf next = two.newHandle().allocate(others);
        assertThat(next).isInstanceOf(LandingRegion.class);
        assertThat(List.of(second, beyond, next)).allMatch(ByteBuf::release);
    }

    @Test
    void a_large_payload_stays_where_it_came_and_a_small_one_is_copied() throws Exception {
        ScriptedStores stores = new ScriptedStores();
        long before = LandingRegions.shared().heldBytes();
        try (WireFixture wire = WireFixture.serving(stores);
                GrpcKVStores client = client(wire)) {
            KVStore store = client.store(STORE);
            stores.contents = bytes(MEGABYTE + 77);
            ReadResult large = store.read("loc").get(30, TimeUnit.SECONDS);
            assertThat(LandingRegions.shared().heldBytes()).isGreaterThan(before);
            stores.contents = bytes(MEGABYTE - 77);
            ReadResult small = store.read("loc").get(30, TimeUnit.SECONDS);

            large.close();
            await("the region is let go of", () -> LandingRegions.shared().heldBytes() == before);
            assertThat(payload(small).toByteArray()).isEqualTo(stores.contents);
            small.close();
        }
    }

    /** The failure: what came next lay over a payload that somebody still had. */
    @Test
    void payloads_that_are_kept_stay_as_they_are_while_others_come() throws Exception {
        ScriptedStores stores = new ScriptedStores();
        long before = LandingRegions.shared().heldBytes();
        try (WireFixture wire = WireFixture.serving(stores);
                GrpcKVStores client = client(wire)) {
            KVStore store = client.store(STORE);
            List<ReadResult> kept = new ArrayList<>();
            List<byte[]> expected = new ArrayList<>();
            for (int i = 0; i < 30; i++) {
                stores.contents = bytes(MEGABYTE + 100_003 * i);
                ReadResult result = store.read("loc").get(30, TimeUnit.SECONDS);
                if (i % 3 == 0) {
                    kept.add(result);
                    expected.add(stores.contents);
                } else {
                    result.close();
                }
            }
            for (int i = 0; i < kept.size(); i++) {
                assertThat(joined(payload(kept.get(i)).buffers())).isEqualTo(expected.get(i));
                assertThat(payload(kept.get(i)).toByteArray()).isEqualTo(expected.get(i));
                kept.get(i).close();
            }
        }
        await("all regions are let go of", () -> LandingRegions.shared().heldBytes() == before);
    }

    @Test
    void a_client_without_zero_copy_has_every_payload_in_one_buffer_of_its_own() throws Exception {
        ScriptedStores stores = new ScriptedStores();
        stores.contents = bytes(9 * MEGABYTE);
        long before = LandingRegions.shared().heldBytes();
        try (WireFixture wire = WireFixture.serving(stores);
                GrpcKVStores client = GrpcKVStores.builder("127.0.0.1:" + wire.server.port())
                        .zeroCopy(false)
                        .build();
                ReadResult result = client.store(STORE).read("loc").get(30, TimeUnit.SECONDS)) {
            assertThat(payload(result).buffers()).hasSize(1);
            await("no region is held", () -> LandingRegions.shared().heldBytes() == before);
            assertThat(payload(result).toByteArray()).isEqualTo(stores.contents);
        }
    }

    @Test
    void a_large_written_payload_is_stored_from_where_it_came_and_a_small_one_is_copied() throws Exception {
        ScriptedStores stores = new ScriptedStores();
        try (WireFixture wire = WireFixture.serving(stores);
                GrpcKVStores client = client(wire)) {
            KVStore store = client.store(STORE);
            for (int size : List.of(3 * MEGABYTE + 77, 200_000)) {
                stores.contents = bytes(size);
                try (PromptChunk chunk =
                        new PromptChunk(1, 0, TokenBlocks.of(new long[128]), Payload.wrap(stores.contents))) {
                    store.write(chunk).get(30, TimeUnit.SECONDS);
                }
                assertThat(stores.written.remove(0)).isEqualTo(stores.contents);
            }
        }
        assertThat(stores.writtenIn.get(0)).isGreaterThan(1);
        assertThat(stores.writtenIn.get(1)).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(ints = {4_000, 60_000, 600_000})
    void what_came_in_crumbs_is_copied_together_and_what_came_in_pieces_is_not(int pieceBytes) throws Exception {
        byte[] sent = bytes(3 * MEGABYTE);
        ByteBuffer received = ByteBuffer.allocateDirect(sent.length).put(sent);
        CompositeReadableBuffer message = new CompositeReadableBuffer();
        for (int from = 0; from < sent.length; from += pieceBytes) {
            message.addBuffer(ReadableBuffers.wrap(received.slice(from, Math.min(pieceBytes, sent.length - from))));
        }
        WireReader reader = new WireReader(ReadableBuffers.openStream(message, true));
        try (Payload payload = new InboundBuffers(memory, 0).inPlace().read(reader, sent.length)) {
            // As they came, cut at every MiB.
            assertThat(payload.buffers()).hasSize(pieceBytes < 600_000 ? 1 : 8);
            assertThat(payload.toByteArray()).isEqualTo(sent);
        }
    }

    /** The failure: gRPC merges small buffers when they are taken out, into an array, which it then refuses to show. */
    @Test
    void small_buffers_that_are_merged_on_the_way_out_are_read() throws Exception {
        byte[] sent = bytes(2 * MEGABYTE);
        ByteBuffer received = ByteBuffer.allocateDirect(sent.length).put(sent);
        CompositeReadableBuffer message = new CompositeReadableBuffer();
        message.addBuffer(ReadableBuffers.wrap(received.slice(0, 1500)));
        message.addBuffer(ReadableBuffers.wrap(received.slice(1500, 10)));
        message.addBuffer(ReadableBuffers.wrap(received.slice(1510, sent.length - 1510)));
        message.skipBytes(1000);
        int length = message.readableBytes();
        WireReader reader = new WireReader(ReadableBuffers.openStream(message, true));
        try (Payload payload = new InboundBuffers(memory, 0).inPlace().read(reader, length)) {
            assertThat(payload.toByteArray()).isEqualTo(Arrays.copyOfRange(sent, 1000, sent.length));
        }
    }

    @Test
    void a_read_that_fails_lets_go_of_all_that_came() throws Exception {
        List<ReadableBuffer> open = new ArrayList<>();
        CompositeReadableBuffer message = new CompositeReadableBuffer();
        message.addBuffer(new Part(open, ByteBuffer.allocateDirect(MEGABYTE)));
        message.addBuffer(new Part(open, ByteBuffer.allocateDirect(MEGABYTE)) {
            @Override
            public ByteBuffer getByteBuffer() {
                throw new IllegalStateException("as the transport's buffers never do");
            }
        });
        message.addBuffer(new Part(open, ByteBuffer.allocateDirect(MEGABYTE)));
        WireReader reader = new WireReader(ReadableBuffers.openStream(message, true));

        assertThatThrownBy(() -> new InboundBuffers(memory, 0).inPlace().read(reader, 3 * MEGABYTE))
                .isInstanceOf(IllegalStateException.class);

        assertThat(open).isEmpty();
    }

    /** A buffer of the transport that is among the open ones until it is closed. */
    private static class Part extends ForwardingReadableBuffer {

        private final List<ReadableBuffer> open;

        Part(List<ReadableBuffer> open, ByteBuffer bytes) {
            super(ReadableBuffers.wrap(bytes));
            this.open = open;
            open.add(this);
        }

        @Override
        public void close() {
            open.remove(this);
        }
    }

    private static GrpcKVStores client(WireFixture wire) {
        return GrpcKVStores.builder("127.0.0.1:" + wire.server.port()).build();
    }

    private static Payload payload(ReadResult result) {
        return result.chunk().orElseThrow().payload();
    }

    private static byte[] joined(List<ByteBuffer> pieces) {
        ByteBuffer all = ByteBuffer.allocate(
                pieces.stream().mapToInt(ByteBuffer::remaining).sum());
        pieces.forEach(all::put);
        return all.array();
    }

    private static byte[] bytes(int count) {
        byte[] bytes = new byte[count];
        new Random(count).nextBytes(bytes);
        return bytes;
    }
}
