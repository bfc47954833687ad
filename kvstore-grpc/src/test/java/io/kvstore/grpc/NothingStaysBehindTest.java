package io.kvstore.grpc;

import static io.kvstore.grpc.WireFixture.await;
import static io.kvstore.grpc.WireFixture.read;
import static org.assertj.core.api.Assertions.assertThat;

import io.kvstore.api.KVStore;
import io.kvstore.api.PromptChunk;
import io.kvstore.api.ReadResult;
import io.kvstore.api.StoreId;
import io.kvstore.api.TokenBlocks;
import io.kvstore.api.WriteResult;
import io.kvstore.protos.KVStoreServiceGrpc;
import io.netty.buffer.PooledByteBufAllocator;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Clients that give up at every moment: the server goes on answering, and all that they made it take is given back. */
class NothingStaysBehindTest {

    private static final int PAYLOAD_BYTES = 200_000;

    private final ScriptedStores stores = new ScriptedStores();
    private final long activeBefore = TransportMemory.activeBuffers();

    @BeforeEach
    void answer_with_payloads() {
        stores.payloadBytes = PAYLOAD_BYTES;
    }

    /** Of the pools: what a buffer's reference count forgets shows here, whoever holds it. */
    @AfterEach
    void direct_memory_is_back_at_its_start() throws Exception {
        await("all direct memory is given back", () -> TransportMemory.activeBuffers() <= activeBefore);
        await("no region is held", () -> LandingRegions.shared().heldBytes() == 0);
        assertThat(stores.ledger.openCount()).isZero();
    }

    private void awaitNothingHeld(WireFixture wire) throws Exception {
        await(
                "all is given back",
                () -> wire.server.bytesInFlight() == 0
                        && stores.ledger.openCount() == 0
                        && wire.server.activeCalls() == 0);
        assertThat(wire.patient().read(read("after")).getFound()).isTrue();
    }

    @Test
    void streams_cancelled_by_the_hundred() throws Exception {
        try (WireFixture wire = WireFixture.serving(stores)) {
            for (int i = 0; i < 300; i++) {
                try (StreamingReadTest.Exchange exchange = new StreamingReadTest.Exchange(wire)) {
                    for (int j = 0; j < i % 20; j++) {
                        exchange.ask(read("loc" + j));
                    }
                    if (i % 3 == 0) {
                        exchange.halfClose();
                    }
                    exchange.request(i % 5);
                    if (i % 5 > 0 && i % 20 > 5) {
                        assertThat(exchange.next().getFound()).isTrue();
                    }
                    // Closing cancels.
                }
            }
            awaitNothingHeld(wire);
        }
    }

    @Test
    void clients_that_vanish_with_their_connection() throws Exception {
        try (WireFixture wire = WireFixture.serving(stores)) {
            for (int i = 0; i < 30; i++) {
                try (WireFixture.Client client = new WireFixture.Client(wire.server.port());
                        StreamingReadTest.Exchange exchange = new StreamingReadTest.Exchange(client.async())) {
                    IntStream.range(0, 20).forEach(j -> exchange.ask(read("loc" + j)));
                    var unused = KVStoreServiceGrpc.newFutureStub(client.channel())
                            .write(WireFixture.write(WireFixture.chunk(i, 0, new byte[PAYLOAD_BYTES])));
                    exchange.request(1);
                    assertThat(exchange.next().getFound()).isTrue();
                    client.drop();
                }
            }
            awaitNothingHeld(wire);
        }
    }

    /** Large answers lie in the memory that the connection receives into: what is dropped half-way must not keep it. */
    @Test
    void large_reads_and_streams_of_our_own_client_given_up_on_their_way() throws Exception {
        stores.payloadBytes = 1_200_000;
        try (WireFixture wire = WireFixture.serving(stores)) {
            for (int i = 0; i < 20; i++) {
                try (GrpcKVStores client =
                        GrpcKVStores.builder("127.0.0.1:" + wire.server.port()).build()) {
                    KVStore store = client.store(new StoreId(WireFixture.RESOURCE, WireFixture.CONTAINER));
                    List<CompletableFuture<ReadResult>> reads = IntStream.range(0, 8)
                            .mapToObj(j -> store.read("loc" + j))
                            .toList();
                    reads.get(0).get(30, TimeUnit.SECONDS).close();
                    for (CompletableFuture<ReadResult> read : reads.subList(1, 8)) {
                        if (!read.cancel(true)) {
                            read.get(30, TimeUnit.SECONDS).close();
                        }
                    }
                }
            }
        }
    }

    @Test
    void reads_and_writes_of_our_own_client_cancelled_on_their_way() throws Exception {
        try (WireFixture wire = WireFixture.serving(stores);
                GrpcKVStores client =
                        GrpcKVStores.builder("127.0.0.1:" + wire.server.port()).build()) {
            KVStore store = client.store(new StoreId(WireFixture.RESOURCE, WireFixture.CONTAINER));
            List<CompletableFuture<ReadResult>> reads = new ArrayList<>();
            List<CompletableFuture<WriteResult>> writes = new ArrayList<>();
            for (int i = 0; i < 300; i++) {
                reads.add(store.read("loc" + i));
                try (PromptChunk chunk = new PromptChunk(
                        i, 0, TokenBlocks.of(new long[128]), stores.ledger.payload(new byte[PAYLOAD_BYTES]))) {
                    writes.add(store.write(chunk));
                }
                // At different distances from their end.
                if (i % 7 < 6) {
                    reads.get(i - i % 7).cancel(true);
                    writes.get(i - i % 7).cancel(true);
                }
            }
            for (CompletableFuture<ReadResult> read : reads) {
                var unused = read.handle((result, failure) -> {
                    if (result != null) {
                        result.close();
                    }
                    return null;
                });
            }
            await(
                    "all are over",
                    () -> reads.stream().allMatch(CompletableFuture::isDone)
                            && writes.stream().allMatch(CompletableFuture::isDone));
            awaitNothingHeld(wire);
        }
    }

    @Test
    void a_buffer_that_is_kept_is_seen_here() {
        var kept = PooledByteBufAllocator.DEFAULT.directBuffer(PAYLOAD_BYTES);
        assertThat(TransportMemory.activeBuffers()).isGreaterThanOrEqualTo(activeBefore + 1);
        kept.release();
    }
}
