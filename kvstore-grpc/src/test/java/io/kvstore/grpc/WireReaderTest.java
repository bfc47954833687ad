package io.kvstore.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.CodedOutputStream;
import com.sun.management.ThreadMXBean;
import io.grpc.HasByteBuffer;
import io.kvstore.api.KVStoreException;
import io.kvstore.api.Limits;
import io.kvstore.api.Payload;
import io.kvstore.api.PromptChunk;
import io.kvstore.api.Reason;
import io.kvstore.api.TokenBlocks;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A client can send anything. */
class WireReaderTest {

    private final InboundBuffers buffers = InboundBuffers.pooled();

    static Stream<byte[]> malformedWrites() {
        return Stream.of(
                new byte[] {0}, // field number 0
                new byte[] {3 << 3 | 2}, // no length
                new byte[] {3 << 3 | 2, 5, 0}, // a length beyond the end
                new byte[] {3 << 3 | 2, -1, -1, -1, -1, 15}, // a negative length
                new byte[] {3 << 3 | 2, -1, -1, -1, -1, -1, -1, -1, -1, -1, 1}, // a negative length in 10 bytes
                new byte[] {3 << 3 | 2, -1, -1, -1, -1, 7}, // 2 GiB
                new byte[] {3 << 3 | 2, 2, 4 << 3 | 2, 1}, // a payload beyond its message
                new byte[] {3 << 3 | 2, 6, 4 << 3 | 2, -1, -1, -1, -1, 7}, // a payload of 2 GiB
                new byte[] {3 << 3 | 2, 3, 5 << 3 | 2, 1, -128}, // a token that goes on after its list
                new byte[] {3 << 3 | 2, 2, 5 << 3, -128, 1}, // a token that goes on after its chunk
                new byte[] {1 << 3, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 1}, // a number of 11 bytes
                new byte[] {15 << 3 | 1, 1, 2}, // 8 bytes expected
                new byte[] {15 << 3 | 3}, // a group without an end
                new byte[] {15 << 3 | 3, 14 << 3 | 4}, // closed by another
                new byte[] {15 << 3 | 4}, // an end without a group
                new byte[] {15 << 3 | 6}); // a type that does not exist
    }

    @ParameterizedTest
    @MethodSource("malformedWrites")
    void malformed_messages_are_refused(byte[] message) {
        for (InboundBuffers kind : List.of(buffers, buffers.inPieces())) {
            assertThatThrownBy(() -> WriteQuestion.parse(reader(message), kind))
                    .isInstanceOf(MalformedMessageException.class);
        }
    }

    @Test
    void groups_are_not_followed_without_end() {
        byte[] message = new byte[1_000_000];
        Arrays.fill(message, (byte) (15 << 3 | 3));

        assertThatThrownBy(() -> LocationQuestion.parse(reader(message)))
                .isInstanceOf(MalformedMessageException.class)
                .hasMessageContaining("deeper than 100");
    }

    @Test
    void a_payload_must_be_there_before_memory_is_taken_for_it() {
        byte[] message = {3 << 3 | 2, 6, 4 << 3 | 2, -128, -128, -128, 50, 0}; // 100 MiB in a message of 8 bytes

        assertThatThrownBy(() -> WriteQuestion.parse(reader(message), buffers))
                .isInstanceOf(MalformedMessageException.class);
    }

    @Test
    void bad_utf8_is_refused_in_the_order_of_the_contract_after_the_names() throws IOException {
        byte[] message = {3 << 3 | 2, 2, (byte) 0xC0, (byte) 0x80};

        LookupQuestion question = LookupQuestion.parse(reader(message));

        assertThatThrownBy(question::store).hasMessageStartingWith("resource_name:");
        assertThatThrownBy(() -> new PromptChunk(
                        1, 0, question.partitionKey(), TokenBlocks.of(new long[128]), "", Payload.empty()))
                .hasMessage("partition_key: is not well-formed Unicode");
    }

    @Test
    void a_completion_id_that_is_not_utf8_is_refused_in_a_stream_too() throws IOException {
        byte[] message = {4 << 3 | 2, 2, (byte) 0xC0, (byte) 0x80};

        LocationQuestion question = LocationQuestion.parse(reader(message));

        assertThat(question.completionIdFailure()).hasMessage("completion_id: is not well-formed Unicode");
    }

    @Test
    void a_marshaller_never_throws() {
        Decoded<LookupQuestion> decoded = new Incoming<>(
                        "LookupRequest", Reason.INVALID_ARGUMENT, LookupQuestion::parse)
                .parse(new ByteArrayInputStream(new byte[] {0}));

        assertThat(decoded.message()).isNull();
        assertThat(decoded.failure()).extracting(KVStoreException::reason).isEqualTo(Reason.INVALID_ARGUMENT);
    }

    @Test
    void long_texts_are_cut_and_still_too_long() throws IOException {
        io.kvstore.protos.ReadRequest request = io.kvstore.protos.ReadRequest.newBuilder()
                .setLocation("x".repeat(1_000_000))
                .setCompletionId("after")
                .build();

        LocationQuestion question = LocationQuestion.parse(reader(request.toByteArray()));

        assertThat(question.location().length()).isBetween(Limits.MAX_LOCATION_CHARS + 1, 2_000);
        assertThat(question.completionId()).isEqualTo("after");
    }

    @Test
    void a_million_tokens_take_one_array_of_the_bytes_they_come_in() throws IOException {
        long[] tokens = new long[1_024_000];
        for (int i = 0; i < tokens.length; i++) {
            tokens[i] = i % 100_000;
        }
        byte[] message = packed(tokens);

        LookupQuestion question = LookupQuestion.parse(reader(message));

        assertThat(question.query().tokens().toArray()).isEqualTo(tokens);
        assertThat(question.keptBytes()).isBetween((long) message.length - 16, message.length * 33L / 32);
    }

    @Test
    void more_tokens_than_allowed_are_refused_in_their_place_among_the_fields() throws IOException {
        LookupQuestion question = LookupQuestion.parse(reader(packed(new long[Limits.MAX_LOOKUP_TOKENS + 1])));

        assertThatThrownBy(question::store).hasMessageStartingWith("resource_name:");
        assertThatThrownBy(question::query)
                .isInstanceOf(KVStoreException.class)
                .hasMessage("tokens: 4194305 (expected: at most 4194304)");
    }

    @Test
    void more_bytes_of_tokens_than_all_that_are_allowed_can_take_are_not_kept() {
        byte[] message = new byte[41_943_041 + 5];
        System.arraycopy(new byte[] {5 << 3 | 2, -127, -128, -128, 20}, 0, message, 0, 5);

        assertThatThrownBy(() -> LookupQuestion.parse(reader(message)))
                .isInstanceOf(KVStoreException.class)
                .hasMessage("tokens: more than 41943040 bytes (expected: at most 4194304 tokens)");
    }

    @Test
    void tokens_one_by_one_and_in_many_fields_are_those_of_one_field() throws IOException {
        long[] tokens = new Random(1).longs(10_000).map(token -> token >> 40).toArray();
        ByteArrayOutputStream message = new ByteArrayOutputStream();
        for (int from = 0; from < tokens.length; from += 10) {
            message.write(packed(Arrays.copyOfRange(tokens, from, from + 9)));
            CodedOutputStream alone = CodedOutputStream.newInstance(message);
            alone.writeInt64(5, tokens[from + 9]);
            alone.flush();
        }

        LookupQuestion question = LookupQuestion.parse(reader(message.toByteArray()));

        assertThat(question.query().tokens()).isEqualTo(TokenBlocks.of(tokens));
    }

    /**
     * The failure: for each field the stream was asked whether it shows its buffers, which it answered after a look at all that
     * were left, and a message of 24 MB took 12 seconds.
     */
    @ParameterizedTest
    @MethodSource("tinyFields")
    void a_field_without_bytes_or_with_a_few_costs_no_look_at_the_stream_and_no_memory(byte[] field)
            throws IOException {
        byte[] message = times(field, 1_000_000);
        CountedStream stream = new CountedStream(message);
        long before = allocatedBytes();

        LookupQuestion question = LookupQuestion.parse(new WireReader(stream));

        assertThat(stream.calls).isLessThan(6 * message.length / 4096);
        assertThat(allocatedBytes() - before).isLessThan(6 * question.keptBytes() + 1_000_000);
    }

    static Stream<byte[]> tinyFields() {
        byte[] nine = {5 << 3 | 2, 9, 1, 1, 1, 1, 1, 1, 1, 1, 1};
        byte[] hashes = {6 << 3 | 2, 0};
        return Stream.of(new byte[] {5 << 3 | 2, 0}, new byte[] {5 << 3 | 2, 1, 1}, nine, hashes);
    }

    /** The failure: an exception with its stack trace for each of them, 2 us; a message of 100 MiB can have 35 million. */
    @Test
    void a_text_that_is_not_utf8_costs_no_exception() throws IOException {
        byte[] message = times(new byte[] {3 << 3 | 2, 1, -1}, 100_000);
        long before = allocatedBytes();

        LookupQuestion question = LookupQuestion.parse(reader(message));

        assertThat(allocatedBytes() - before).isLessThan(100_000 * 500L);
        assertThat(question.partitionKey()).isEqualTo("\ud800");
    }

    @ParameterizedTest
    @MethodSource("tokenFields")
    void of_too_many_tokens_in_fields_of_their_own_one_too_many_is_kept(byte[] field) throws IOException {
        ByteArrayOutputStream message = new ByteArrayOutputStream();
        message.write(times(field, Limits.MAX_LOOKUP_TOKENS + 500_000));
        message.write(new byte[] {1 << 3 | 2, 1, 'x'});

        LookupQuestion question = LookupQuestion.parse(reader(message.toByteArray()));

        assertThat(question.resource()).isEqualTo("x");
        assertThatThrownBy(question::query)
                .isInstanceOf(KVStoreException.class)
                .hasMessage("tokens: 4194305 (expected: at most 4194304)");
    }

    static Stream<byte[]> tokenFields() {
        return Stream.of(new byte[] {5 << 3 | 2, 1, 1}, new byte[] {5 << 3, 1});
    }

    private static byte[] times(byte[] field, int times) {
        byte[] message = new byte[field.length * times];
        for (int i = 0; i < times; i++) {
            System.arraycopy(field, 0, message, i * field.length, field.length);
        }
        return message;
    }

    private static long allocatedBytes() {
        return ManagementFactory.getPlatformMXBean(ThreadMXBean.class).getCurrentThreadAllocatedBytes();
    }

    /** Shows its bytes as the transport does, and counts what it is asked. */
    private static final class CountedStream extends ByteArrayInputStream implements HasByteBuffer {

        private int calls;

        CountedStream(byte[] message) {
            super(message);
        }

        @Override
        public synchronized int read(byte[] target, int from, int count) {
            calls++;
            return super.read(target, from, count);
        }

        @Override
        public synchronized long skip(long count) {
            calls++;
            return super.skip(count);
        }

        @Override
        public boolean byteBufferSupported() {
            calls++;
            return true;
        }

        @Override
        public ByteBuffer getByteBuffer() {
            calls++;
            return ByteBuffer.wrap(buf, pos, count - pos);
        }
    }

    @Test
    void a_token_does_not_go_on_in_the_next_field() {
        byte[] message = {5 << 3 | 2, 2, 1, (byte) 0x81, 5 << 3 | 2, 2, 1, 1};

        assertThatThrownBy(() -> LookupQuestion.parse(reader(message)))
                .isInstanceOf(MalformedMessageException.class)
                .hasMessage("ends inside a field");
    }

    @Test
    void a_token_of_eleven_bytes_is_malformed_in_a_packed_field_and_alone() {
        byte[] packed = {5 << 3 | 2, 11, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 1};
        byte[] alone = {5 << 3, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 1};

        assertThatThrownBy(() -> LookupQuestion.parse(reader(packed))).isInstanceOf(MalformedMessageException.class);
        assertThatThrownBy(() -> LookupQuestion.parse(reader(alone))).isInstanceOf(MalformedMessageException.class);
    }

    @Test
    void a_packed_field_longer_than_the_message_is_malformed_before_memory_is_taken_for_it() {
        byte[] message = {5 << 3 | 2, -1, -1, -1, 15, 1, 1};

        assertThatThrownBy(() -> LookupQuestion.parse(reader(message))).isInstanceOf(MalformedMessageException.class);
    }

    @Test
    void numbers_at_the_edges_of_their_lengths_are_written_as_the_library_writes_them() throws IOException {
        List<Long> edges = new ArrayList<>();
        for (int bits = 0; bits <= 64; bits++) {
            for (int off = -130; off <= 130; off++) {
                edges.add((bits == 64 ? 0 : 1L << bits) + off);
            }
        }
        long[] numbers = edges.stream().mapToLong(Long::longValue).toArray();
        ByteArrayOutputStream expected = new ByteArrayOutputStream();
        CodedOutputStream out = CodedOutputStream.newInstance(expected);
        for (long number : numbers) {
            out.writeUInt64NoTag(number);
            assertThat(Varints.sizeOf(number)).isEqualTo(CodedOutputStream.computeUInt64SizeNoTag(number));
        }
        out.flush();
        byte[] written = new byte[numbers.length * Varints.MAX_BYTES];
        int length = Varints.write(numbers, numbers.length, written, 0);

        assertThat(Arrays.copyOf(written, length)).isEqualTo(expected.toByteArray());
        assertThat(Varints.sizeOf(TokenBlocks.of(numbers))).isEqualTo(length);
    }

    /** The failure: four bytes at a time, the last number would be written beyond its end. */
    @Test
    void numbers_fit_into_as_many_bytes_as_they_take() {
        long[] lengths = {1, 0x80, 0x4000, 1L << 21, -1};
        for (long first : lengths) {
            for (long second : lengths) {
                for (long third : lengths) {
                    long[] numbers = {first, second, third};
                    for (int count = 0; count <= numbers.length; count++) {
                        byte[] expected = new byte[numbers.length * Varints.MAX_BYTES];
                        int length = Varints.write(numbers, count, expected, 0);
                        byte[] written = new byte[length];

                        assertThat(Varints.writeWithin(numbers, count, written, 0))
                                .isEqualTo(length);
                        assertThat(written).isEqualTo(Arrays.copyOf(expected, length));
                    }
                }
            }
        }
    }

    private static byte[] packed(long[] tokens) throws IOException {
        io.kvstore.protos.LookupRequest.Builder request = io.kvstore.protos.LookupRequest.newBuilder();
        for (long token : tokens) {
            request.addTokens(token);
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        request.build().writeTo(out);
        return out.toByteArray();
    }

    private static WireReader reader(byte[] message) throws IOException {
        return new WireReader(new ByteArrayInputStream(message));
    }

    /** The failure: a list of numbers in a message that might have carried a payload was fetched byte by byte. */
    @Test
    void few_bytes_are_fetched_one_by_one_where_a_payload_may_come() throws IOException {
        int[] fetches = {0};
        WireReader reader = new WireReader(new ByteArrayInputStream(new byte[1_000_000]) {
            @Override
            public synchronized int read(byte[] target, int from, int count) {
                fetches[0]++;
                return super.read(target, from, count);
            }
        });
        reader.expectLarge(1_000);

        for (int i = 0; i < 1_000_000; i++) {
            assertThat(reader.readVarint()).isZero();
        }

        assertThat(fetches[0]).isLessThan(2_000);
    }
}
