package io.kvstore.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.kvstore.api.KVStoreException;
import io.kvstore.api.Payload;
import io.kvstore.api.PromptChunk;
import io.kvstore.api.ReadResult;
import io.kvstore.api.Reason;
import io.kvstore.api.StoreId;
import io.kvstore.api.TokenBlocks;
import io.kvstore.protos.LookupRequest;
import io.kvstore.protos.ReadRequest;
import io.kvstore.protos.ReadResponse;
import io.kvstore.protos.ServerMetrics;
import io.kvstore.protos.WriteRequest;
import io.kvstore.testkit.PayloadLedger;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What we write by hand the generated classes read, and the other way round: peers have only those. */
class WireCompatibilityTest {

    private static final StoreId STORE = new StoreId("acct1", "prompts");

    private final InboundBuffers buffers = InboundBuffers.pooled();
    private final CopyingPayloadWriter writer = new CopyingPayloadWriter(new PayloadTraffic());
    private final PayloadLedger ledger = new PayloadLedger();

    @AfterEach
    void nothing_stays_open() throws InterruptedException {
        ledger.awaitAllClosed(Duration.ZERO);
    }

    static IntStream seeds() {
        return IntStream.range(0, 200);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void a_read_answer_is_byte_for_byte_what_the_generated_class_writes(int seed) throws IOException {
        Random random = new Random(seed);
        assertReadAnswer(random, random.nextInt(5) == 0 ? 0 : random.nextInt(3_000));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 127, 128, 16_384, 1_200_000, 40 << 20})
    void a_read_answer_of_any_size_is_byte_for_byte_what_the_generated_class_writes(int payloadBytes)
            throws IOException {
        assertReadAnswer(new Random(payloadBytes), payloadBytes);
    }

    private void assertReadAnswer(Random random, int payloadBytes) throws IOException {
        byte[] payload = bytes(random, payloadBytes);
        ServerMetrics metrics = ServerMetrics.newBuilder()
                .setStorageLatencyUs(random.nextInt(2))
                .setTotalLatencyUs(random.nextInt(100_000))
                .build();
        String location = text(random, 200);
        try (PromptChunk chunk = chunk(random, ledger.payload(payload));
                ReadAnswer answer = new ReadAnswer(ReadResult.found(location, chunk, 0), metrics)) {
            byte[] sent = drained(answer.encode(writer));

            assertThat(sent)
                    .isEqualTo(ReadResponse.newBuilder()
                            .setFound(true)
                            .setChunk(generated(chunk, payload))
                            .setSuccess(true)
                            .setServerMetrics(metrics)
                            .setLocation(location)
                            .build()
                            .toByteArray());
            try (InputStream again = answer.encode(writer)) {
                assertThat(again.readAllBytes()).isEqualTo(sent);
            }
            ReadReply reply = ReadReply.parse(reader(sent), buffers);
            try (ReadResult result = reply.toResult(location)) {
                assertSame(result.chunk().orElseThrow(), chunk, payload);
                assertThat(result.storageNanos()).isEqualTo(metrics.getStorageLatencyUs() * 1_000);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void a_write_request_is_byte_for_byte_what_the_generated_class_writes(int seed) throws IOException {
        Random random = new Random(seed);
        byte[] payload = bytes(random, random.nextInt(5) == 0 ? 0 : random.nextInt(3_000));
        try (PromptChunk chunk = chunk(random, ledger.payload(payload));
                WriteCommand command = new WriteCommand(STORE, chunk, writer)) {
            byte[] sent = drained(command.encode());

            assertThat(sent)
                    .isEqualTo(WriteRequest.newBuilder()
                            .setResourceName(STORE.resource())
                            .setContainerName(STORE.container())
                            .setChunk(generated(chunk, payload))
                            .build()
                            .toByteArray());
            try (WriteQuestion question = WriteQuestion.parse(reader(sent), buffers)) {
                assertThat(question.store()).isEqualTo(STORE);
                assertSame(question.chunk().toChunk(), chunk, payload);
            }
        }
    }

    @Test
    void answers_without_a_chunk_are_read_by_the_generated_class() throws IOException {
        ReadResult failed = ReadResult.failed("loc", new KVStoreException(Reason.DATA_LOSS, "bad\nbytes"), 0);
        ReadResponse response =
                ReadResponse.parseFrom(new ReadAnswer(failed, ServerMetrics.getDefaultInstance()).encode(writer));
        assertThat(response.getFound()).isFalse();
        assertThat(response.getSuccess()).isFalse();
        assertThat(response.getError()).isEqualTo("DATA_LOSS: bad\\u000abytes");
        assertThat(response.getLocation()).isEqualTo("loc");

        ReadResponse absent = ReadResponse.parseFrom(
                new ReadAnswer(ReadResult.absent("loc", 0), ServerMetrics.getDefaultInstance()).encode(writer));
        assertThat(absent.getFound()).isFalse();
        assertThat(absent.getSuccess()).isTrue();
        assertThat(absent.hasServerMetrics()).isTrue();
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void a_lookup_request_means_what_the_generated_class_says(int seed) throws IOException {
        Random random = new Random(seed);
        LookupRequest request = LookupRequest.newBuilder()
                .setResourceName(text(random, 60))
                .setContainerName(text(random, 60))
                .setPartitionKey(text(random, 300))
                .setCompletionId(text(random, 300))
                .addAllTokens(random.longs(random.nextInt(700)).boxed().toList())
                .addAllPrecomputedHashes(random.longs(random.nextInt(9)).boxed().toList())
                .build();

        LookupQuestion question = LookupQuestion.parse(reader(request.toByteArray()));

        assertThat(question.resource()).isEqualTo(request.getResourceName());
        assertThat(question.container()).isEqualTo(request.getContainerName());
        assertThat(question.partitionKey()).isEqualTo(request.getPartitionKey());
        assertThat(question.completionId()).isEqualTo(request.getCompletionId());
        assertThat(question.tokens().toArray()).isEqualTo(longs(request.getTokensList()));
        assertThat(question.hashes().toArray()).isEqualTo(longs(request.getPrecomputedHashesList()));
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void damaged_messages_are_refused_or_read_as_the_generated_class_reads_them(int seed) throws IOException {
        Random random = new Random(seed);
        byte[] payload = bytes(random, random.nextInt(400));
        byte[] message;
        try (PromptChunk chunk = chunk(random, ledger.payload(payload))) {
            message = WriteRequest.newBuilder()
                    .setResourceName(STORE.resource())
                    .setContainerName(STORE.container())
                    .setChunk(generated(chunk, payload))
                    .build()
                    .toByteArray();
        }
        for (int i = 0; i < 100; i++) {
            byte[] damaged = damaged(random, message);
            assertReadAlike(damaged);
        }
    }

    private void assertReadAlike(byte[] message) {
        WriteRequest expected = null;
        try {
            expected = WriteRequest.parseFrom(message);
        } catch (IOException e) {
            // Ours must refuse it too, or see a text that the generated class refuses.
        }
        try (WriteQuestion question = WriteQuestion.parse(reader(message), buffers)) {
            if (expected == null) {
                // A text that is not UTF-8: refused in its place, when the question is checked.
                assertThat((question.resource() + question.container()).contains("\ufffd")
                                || isRefused(question.chunk()))
                        .isTrue();
                return;
            }
            assertThat(question.resource()).isEqualTo(expected.getResourceName());
            assertThat(question.container()).isEqualTo(expected.getContainerName());
            assertThat(question.chunk().tokenCount())
                    .isEqualTo(expected.getChunk().getTokensCount());
            assertThat(question.chunk().payloadBytes())
                    .isEqualTo(expected.getChunk().getBuffer().size());
        } catch (IOException | KVStoreException e) {
            // protobuf-java reads ten bytes as a number even if the tenth says that more follow; C++ refuses it, as we
            // do.
            if (!String.valueOf(e.getMessage()).contains("more than 10 bytes")) {
                assertThat(expected).as("refused with %s", e).isNull();
            }
        }
    }

    private static boolean isRefused(ChunkFields chunk) {
        try {
            chunk.toChunk();
            return false;
        } catch (KVStoreException e) {
            return true;
        }
    }

    private static byte[] damaged(Random random, byte[] message) {
        byte[] damaged = message.clone();
        switch (random.nextInt(3)) {
            case 0 -> damaged[random.nextInt(damaged.length)] ^= (byte) (1 << random.nextInt(8));
            case 1 -> damaged = java.util.Arrays.copyOf(damaged, random.nextInt(damaged.length));
            default -> {
                int from = random.nextInt(damaged.length);
                int count = random.nextInt(damaged.length - from);
                byte[] again = new byte[damaged.length + count];
                System.arraycopy(damaged, 0, again, 0, from + count);
                System.arraycopy(damaged, from, again, from + count, damaged.length - from);
                damaged = again;
            }
        }
        return damaged;
    }

    @Test
    void tokens_come_packed_or_one_by_one() throws IOException {
        ByteArrayOutputStream message = new ByteArrayOutputStream();
        message.write(new byte[] {5 << 3, 7, 5 << 3 | 2, 2, 8, 9, 5 << 3, 10});

        LookupQuestion question = LookupQuestion.parse(reader(message.toByteArray()));

        assertThat(question.tokens().toArray()).containsExactly(7, 8, 9, 10);
    }

    @Test
    void two_chunks_in_one_message_merge_as_in_the_generated_class() throws IOException {
        ByteArrayOutputStream message = new ByteArrayOutputStream();
        for (int i = 1; i <= 2; i++) {
            WriteRequest.newBuilder()
                    .setResourceName("r" + i)
                    .setChunk(io.kvstore.protos.PromptChunk.newBuilder()
                            .setHash(i)
                            .setBuffer(ByteString.copyFromUtf8("payload" + i))
                            .addTokens(i))
                    .build()
                    .writeTo(message);
        }
        WriteRequest expected = WriteRequest.parseFrom(message.toByteArray());

        try (WriteQuestion question = WriteQuestion.parse(reader(message.toByteArray()), buffers)) {
            assertThat(question.resource()).isEqualTo(expected.getResourceName());
            assertThat(question.chunk().tokenCount()).isEqualTo(2);
            assertThat(question.chunk().payloadBytes())
                    .isEqualTo(expected.getChunk().getBuffer().size());
        }
    }

    @Test
    void unknown_fields_of_every_type_are_skipped() throws IOException {
        ByteArrayOutputStream message = new ByteArrayOutputStream();
        message.write(new byte[] {(byte) (15 << 3), 1}); // varint
        message.write(new byte[] {15 << 3 | 1, 1, 2, 3, 4, 5, 6, 7, 8}); // fixed64
        message.write(new byte[] {15 << 3 | 2, 2, 1, 2}); // bytes
        message.write(new byte[] {15 << 3 | 5, 1, 2, 3, 4}); // fixed32
        message.write(new byte[] {15 << 3 | 3, 14 << 3, 1, 15 << 3 | 4}); // group
        message.write(new byte[] {3 << 3, 1}); // a known number of another type
        ReadRequest.newBuilder().setResourceName("after").build().writeTo(message);

        LocationQuestion question = LocationQuestion.parse(reader(message.toByteArray()));

        assertThat(question.resource()).isEqualTo("after");
        assertThat(question.location()).isEmpty();
    }

    private static WireReader reader(byte[] message) throws IOException {
        return new WireReader(new ByteArrayInputStream(message));
    }

    private static byte[] drained(InputStream stream) throws IOException {
        try (stream) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            int count = ((PayloadStream) stream).drainTo(out);
            assertThat(count).isEqualTo(out.size());
            return out.toByteArray();
        }
    }

    private static void assertSame(PromptChunk actual, PromptChunk expected, byte[] payload) {
        assertThat(actual.hash()).isEqualTo(expected.hash());
        assertThat(actual.parentHash()).isEqualTo(expected.parentHash());
        assertThat(actual.partitionKey()).isEqualTo(expected.partitionKey());
        assertThat(actual.completionId()).isEqualTo(expected.completionId());
        assertThat(actual.tokens()).isEqualTo(expected.tokens());
        assertThat(actual.payload().toByteArray()).isEqualTo(payload);
    }

    private static PromptChunk chunk(Random random, Payload payload) {
        long[] tokens = random.longs(128)
                .map(token -> random.nextBoolean() ? token : token & 0xffff)
                .toArray();
        return new PromptChunk(
                random.nextBoolean() ? random.nextLong() : 0,
                random.nextBoolean() ? random.nextLong() : 0,
                text(random, 300),
                TokenBlocks.of(tokens),
                text(random, 300),
                payload);
    }

    private static io.kvstore.protos.PromptChunk generated(PromptChunk chunk, byte[] payload) {
        return io.kvstore.protos.PromptChunk.newBuilder()
                .setHash(chunk.hash())
                .setParentHash(chunk.parentHash())
                .setPartitionKey(chunk.partitionKey())
                .setCompletionId(chunk.completionId())
                .setBuffer(ByteString.copyFrom(payload))
                .addAllTokens(java.util.Arrays.stream(chunk.tokens().toArray())
                        .boxed()
                        .toList())
                .build();
    }

    private static long[] longs(java.util.List<Long> list) {
        return list.stream().mapToLong(Long::longValue).toArray();
    }

    private static byte[] bytes(Random random, int count) {
        byte[] bytes = new byte[count];
        random.nextBytes(bytes);
        return bytes;
    }

    private static String text(Random random, int maxChars) {
        int chars = random.nextInt(maxChars);
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < chars; i++) {
            text.appendCodePoint(random.nextInt(9) == 0 ? 0x1F600 + random.nextInt(40) : 'a' + random.nextInt(26));
        }
        return text.toString();
    }
}
