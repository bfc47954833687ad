package io.kvstore.grpc;

import static io.kvstore.grpc.WireFixture.await;
import static io.kvstore.grpc.WireFixture.read;
import static io.kvstore.grpc.WireFixture.statusOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.Status;
import io.kvstore.api.KVStore;
import io.kvstore.api.Payload;
import io.kvstore.api.PromptChunk;
import io.kvstore.api.ReadResult;
import io.kvstore.api.StoreId;
import io.kvstore.api.TokenBlocks;
import io.kvstore.testkit.PayloadLedger;
import io.netty.buffer.ByteBuf;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Payloads whose memory the transport sends itself: when it is let go of, and what happens when it goes bad meanwhile. */
class ZeroCopyTest {

    private static final int MEGABYTE = 1 << 20;
    private static final StoreId STORE = new StoreId(WireFixture.RESOURCE, WireFixture.CONTAINER);

    private final ScriptedStores stores = new ScriptedStores();

    /** Fails when grpc-java or Netty change under us: then payloads would be copied again, and nobody would notice. */
    @Test
    void this_grpc_java_and_this_netty_have_what_we_reach_for() {
        assertThat(BufferChain.find()).isNotNull();
        assertThat(TransportBytes.find()).isNotNull();
        assertThat(Http2Tuning.find()).isNotNull();
    }

    @Test
    void one_property_does_without_all_of_it() throws Exception {
        System.setProperty(LibraryInternals.SWITCH, "off");
        try (WireFixture wire = WireFixture.serving(stores)) {
            assertThat(BufferChain.find()).isNull();
            assertThat(TransportBytes.find()).isNull();
            assertThat(Http2Tuning.find()).isNull();
            stores.payloadBytes = MEGABYTE;
            assertThat(wire.patient().read(read("loc")).getFound()).isTrue();
            assertThat(wire.server.bytesSentInPlace()).isZero();
        } finally {
            System.clearProperty(LibraryInternals.SWITCH);
        }
    }

    @Test
    void large_payloads_off_the_heap_are_sent_in_place_and_others_are_copied() throws Exception {
        try (WireFixture wire = WireFixture.serving(stores)) {
            stores.payloadBytes = MEGABYTE;
            assertThat(wire.patient().read(read("loc")).getChunk().getBuffer().size())
                    .isEqualTo(MEGABYTE);
            assertThat(wire.server.bytesSentInPlace()).isEqualTo(MEGABYTE);
            assertThat(wire.server.bytesSentByCopy()).isZero();

            stores.payloadBytes = 500;
            assertThat(wire.patient().read(read("loc")).getChunk().getBuffer().size())
                    .isEqualTo(500);
            assertThat(wire.server.bytesSentByCopy()).isEqualTo(500);
        }
    }

    @Test
    void it_can_be_switched_off() throws Exception {
        try (WireFixture wire = WireFixture.serving(stores, builder -> builder.zeroCopy(false))) {
            stores.payloadBytes = MEGABYTE;
            assertThat(wire.patient().read(read("loc")).getFound()).isTrue();
            assertThat(wire.server.bytesSentInPlace()).isZero();
            assertThat(wire.server.bytesSentByCopy()).isEqualTo(MEGABYTE);
        }
    }

    /** The ledger overwrites what is let go of: bytes sent after that would be wrong. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void every_byte_arrives_with_frames_of_any_size(boolean largeFrames) throws Exception {
        byte[] payload = new byte[3 * MEGABYTE + 77];
        new Random(1).nextBytes(payload);
        stores.contents = payload;
        try (WireFixture wire = WireFixture.serving(stores, builder -> builder.largeFrames(largeFrames));
                GrpcKVStores client = GrpcKVStores.builder("127.0.0.1:" + wire.server.port())
                        .largeFrames(largeFrames)
                        .build()) {
            KVStore store = client.store(STORE);
            for (int i = 0; i < 20; i++) {
                try (ReadResult result = store.read("loc").get(30, TimeUnit.SECONDS);
                        PromptChunk back = new PromptChunk(
                                1,
                                0,
                                TokenBlocks.of(new long[128]),
                                result.chunk().orElseThrow().payload().share())) {
                    assertThat(back.payload().toByteArray()).isEqualTo(payload);
                    var unused = store.write(back).get(30, TimeUnit.SECONDS);
                }
            }
            assertThat(stores.written)
                    .hasSize(20)
                    .allSatisfy(written -> assertThat(written).isEqualTo(payload));
        }
        await("all is let go of", () -> stores.ledger.openCount() == 0);
    }

    @Test
    void a_payload_stays_claimed_while_the_transport_holds_it_and_no_longer() throws Exception {
        stores.payloadBytes = MEGABYTE;
        try (WireFixture wire = WireFixture.serving(stores);
                WireFixture.Client client = new WireFixture.Client(wire.server.port());
                StreamingReadTest.Exchange unread = new StreamingReadTest.Exchange(client.async())) {
            IntStream.range(0, 10).forEach(i -> unread.ask(read("loc" + i)));
            await("the transport holds some", () -> wire.server.bytesInFlight() >= AnswerPump.SEND_AHEAD_BYTES);
            assertThat(stores.ledger.openCount()).isPositive();

            client.drop();

            await("they are let go of", () -> stores.ledger.openCount() == 0 && wire.server.bytesInFlight() == 0);
        }
    }

    @Test
    void the_room_of_an_answer_is_given_back_when_it_has_left_with_those_before_it() {
        SentAnswers sent = new SentAnswers();
        ByteBudget budget = new ByteBudget(64, 64, 64);
        long first = sent.add(budget.force("t", 3), 0);
        long second = sent.add(budget.force("t", 4), 0);
        long third = sent.add(budget.force("t", 5), 0);

        sent.releaseUpTo(second, 0);
        assertThat(budget.usedBytes()).isEqualTo(sent.bytes()).isEqualTo(5);
        sent.releaseUpTo(first, 0);
        assertThat(sent.bytes()).isEqualTo(5);
        sent.releaseUpTo(third, 0);
        assertThat(budget.usedBytes()).isZero();
    }

    @Test
    void a_buffer_that_gRPC_forgets_gives_its_claim_back() throws Exception {
        PayloadLedger ledger = new PayloadLedger();
        AtomicInteger told = new AtomicInteger();
        forget(ledger, told);
        assertThat(ledger.openCount()).isEqualTo(1);

        await("the collector finds it", () -> {
            System.gc();
            return ledger.openCount() == 0 && told.get() == 1;
        });
    }

    /** In a method of its own, whose frame ends. */
    private static void forget(PayloadLedger ledger, AtomicInteger told) {
        ByteBuf forgotten = ClaimedBuffer.of(ledger.payload(new byte[MEGABYTE]), told::incrementAndGet);
        assertThat(forgotten.readableBytes()).isEqualTo(MEGABYTE);
    }

    @Test
    void a_buffer_gives_its_claim_back_once_when_the_last_slice_is_released() {
        PayloadLedger ledger = new PayloadLedger();
        AtomicInteger told = new AtomicInteger();
        ByteBuf buffer = ClaimedBuffer.of(ledger.payload(new byte[100]), told::incrementAndGet);
        ByteBuf slice = buffer.readRetainedSlice(40);
        buffer.release();
        assertThat(ledger.openCount()).isEqualTo(1);

        slice.release();

        assertThat(ledger.openCount()).isZero();
        assertThat(told).hasValue(1);
    }

    @Test
    void a_message_that_takes_no_buffers_is_copied_into() throws IOException {
        PayloadTraffic traffic = new PayloadTraffic();
        PayloadWriter writer = HandingOverPayloadWriter.orCopying(true, traffic);
        ByteArrayOutputStream other = new ByteArrayOutputStream();
        PayloadLedger ledger = new PayloadLedger();
        try (Payload payload = ledger.payload(new byte[MEGABYTE])) {
            writer.write(payload, other, () -> {});
        }
        assertThat(other.size()).isEqualTo(MEGABYTE);
        assertThat(traffic.copiedBytes()).isEqualTo(MEGABYTE);
        assertThat(ledger.openCount()).isZero();
    }

    /**
     * The kernel reads the pages, so a page that is not there is an error of the write and not a signal. The connection
     * ends, since half of the message is out; no wrong byte arrives and the server goes on.
     */
    @Test
    void a_file_that_is_cut_while_it_is_sent_costs_the_connection_and_nothing_else(@TempDir Path directory)
            throws Exception {
        Path file = directory.resolve("segment");
        Files.write(file, new byte[2 * MEGABYTE]);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
                WireFixture wire = WireFixture.serving(stores)) {
            MappedByteBuffer mapping = channel.map(FileChannel.MapMode.READ_ONLY, 0, 2 * MEGABYTE);
            AtomicInteger released = new AtomicInteger();
            stores.mapped = () -> Payload.of(mapping, released::incrementAndGet);
            assertThat(wire.patient().read(read("loc")).getChunk().getBuffer().size())
                    .isEqualTo(2 * MEGABYTE);

            channel.truncate(4096);

            assertThat(statusOf(() -> wire.patient().read(read("loc"))).getCode())
                    .isEqualTo(Status.Code.UNAVAILABLE);
            await("the payload is let go of", () -> released.get() == 2);
            stores.mapped = null;
            stores.payloadBytes = MEGABYTE;
            await("others are served", () -> wire.patient().read(read("loc")).getFound());
        }
    }

    @Test
    void a_file_that_is_cut_before_it_is_copied_fails_its_read(@TempDir Path directory) throws Exception {
        Path file = directory.resolve("segment");
        Files.write(file, new byte[2 * MEGABYTE]);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            MappedByteBuffer mapping = channel.map(FileChannel.MapMode.READ_ONLY, 0, 2 * MEGABYTE);
            channel.truncate(4096);
            AtomicInteger released = new AtomicInteger();
            try (Payload payload = Payload.of(mapping, released::incrementAndGet)) {
                PayloadWriter copying = new CopyingPayloadWriter(new PayloadTraffic());
                assertThatThrownBy(() -> copying.write(payload, new ByteArrayOutputStream(), () -> {}))
                        .isInstanceOf(IOException.class);
            }
            assertThat(released).hasValue(1);
        }
    }
}
