package io.kvstore.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.sun.management.ThreadMXBean;
import io.grpc.internal.ReadableBuffers;
import io.kvstore.api.KVStore;
import io.kvstore.api.Limits;
import io.kvstore.api.PromptChunk;
import io.kvstore.api.ReadResult;
import io.kvstore.api.StoreId;
import io.kvstore.api.TokenBlocks;
import io.netty.util.ResourceLeakDetector;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Payloads stay off the heap on their whole way: a payload-size array anywhere would make one byte a payload byte. */
class HeapAllocationTest {

    private static final int CALLS = 40;
    private static final int PAYLOAD_BYTES = 1_200_000;

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private final ResourceLeakDetector.Level leakDetection = ResourceLeakDetector.getLevel();

    @BeforeEach
    void measure_without_leak_detection() {
        // It records every touch of every buffer, about half a byte a payload byte. Both ends without it: 0.07.
        ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.DISABLED);
    }

    @AfterEach
    void detect_leaks_again() {
        ResourceLeakDetector.setLevel(leakDetection);
    }

    private interface Call {
        void run(KVStore store) throws Exception;
    }

    @Test
    void reading_takes_no_heap_per_payload_byte() throws Exception {
        assertThat(heapBytesPerPayloadByte(store -> {
                    try (ReadResult result = store.read("loc").get(30, TimeUnit.SECONDS)) {
                        assertThat(result.isFound()).isTrue();
                    }
                }))
                .isLessThan(0.2);
    }

    @Test
    void writing_takes_no_heap_per_payload_byte() throws Exception {
        ScriptedStores source = new ScriptedStores();
        source.payloadBytes = PAYLOAD_BYTES;
        try (PromptChunk chunk =
                new PromptChunk(1, 0, TokenBlocks.of(new long[128]), source.ledger.payload(new byte[PAYLOAD_BYTES]))) {
            assertThat(heapBytesPerPayloadByte(store -> {
                        var unused = store.write(chunk).get(30, TimeUnit.SECONDS);
                    }))
                    .isLessThan(0.2);
        }
    }

    /** The failure: a buffer of 4 KiB for the few hundred bytes beside the payload, and the tokens twice. */
    @Test
    void what_comes_beside_a_large_payload_takes_few_kilobytes() throws Exception {
        byte[] message = io.kvstore.protos.WriteRequest.newBuilder()
                .setChunk(io.kvstore.protos.PromptChunk.newBuilder()
                        .setBuffer(ByteString.copyFrom(new byte[PAYLOAD_BYTES]))
                        .addAllTokens(Collections.nCopies(Limits.BLOCK_TOKENS, 100_000L)))
                .build()
                .toByteArray();
        ByteBuffer received =
                ByteBuffer.allocateDirect(message.length).put(message).flip();
        long before = 0;
        for (int i = 0; i <= CALLS; i++) {
            before = i == 1 ? threads.getCurrentThreadAllocatedBytes() : before;
            InputStream stream = ReadableBuffers.openStream(ReadableBuffers.wrap(received.duplicate()), true);
            try (var question = WriteQuestion.parse(
                            new WireReader(stream), InboundBuffers.pooled().inPieces());
                    PromptChunk chunk = question.chunk().toChunk()) {
                assertThat(chunk.payload().sizeBytes()).isEqualTo(PAYLOAD_BYTES);
            }
        }
        // With both it was 9.5 KiB, most of what is left being the objects of the message and of its pieces.
        assertThat((threads.getCurrentThreadAllocatedBytes() - before) / CALLS).isLessThan(5 * 1024);
    }

    private double heapBytesPerPayloadByte(Call call) throws Exception {
        ScriptedStores stores = new ScriptedStores();
        stores.payloadBytes = PAYLOAD_BYTES;
        stores.sharesOnePayload = true;
        GrpcServer server = GrpcServer.builder(stores).host("127.0.0.1").start();
        try (GrpcKVStores client =
                GrpcKVStores.builder("127.0.0.1:" + server.port()).build()) {
            KVStore store = client.store(new StoreId("acct1", "prompts"));
            for (int i = 0; i < CALLS; i++) {
                call.run(store);
            }
            long before = allocatedBytes();
            for (int i = 0; i < CALLS; i++) {
                call.run(store);
            }
            return (allocatedBytes() - before) / (double) ((long) CALLS * PAYLOAD_BYTES);
        } finally {
            server.shutdown(Duration.ofSeconds(5));
            stores.close();
        }
    }

    private long allocatedBytes() {
        return Arrays.stream(threads.getThreadAllocatedBytes(threads.getAllThreadIds()))
                .filter(bytes -> bytes > 0)
                .sum();
    }
}
