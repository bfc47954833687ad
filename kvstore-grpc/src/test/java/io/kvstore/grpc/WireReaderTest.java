package io.kvstore.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvstore.api.KVStoreException;
import io.kvstore.api.Limits;
import io.kvstore.api.Payload;
import io.kvstore.api.PromptChunk;
import io.kvstore.api.Reason;
import io.kvstore.api.TokenBlocks;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
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
        assertThatThrownBy(() -> WriteQuestion.parse(reader(message), buffers))
                .isInstanceOf(MalformedMessageException.class);
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
    void a_million_tokens_take_one_array() throws IOException {
        long[] tokens = new long[1_024_000];
        for (int i = 0; i < tokens.length; i++) {
            tokens[i] = i % 100_000;
        }

        LookupQuestion question = LookupQuestion.parse(reader(packed(tokens)));

        assertThat(question.query().tokens().toArray()).isEqualTo(tokens);
    }

    @Test
    void more_tokens_than_allowed_are_counted_and_not_kept() throws IOException {
        LookupQuestion question = LookupQuestion.parse(reader(packed(new long[Limits.MAX_LOOKUP_TOKENS + 1])));

        assertThat(question.tokens().toArray()).hasSize(Limits.MAX_LOOKUP_TOKENS);
        question = new LookupQuestion("r", "ccc", "", "", question.tokens(), question.hashes());
        assertThatThrownBy(question::query)
                .isInstanceOf(KVStoreException.class)
                .hasMessage("tokens: 4194305 (expected: at most 4194304)");
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
}
