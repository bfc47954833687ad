package io.kvstore.grpc;

import static io.kvstore.grpc.WireFixture.chunk;
import static io.kvstore.grpc.WireFixture.read;
import static io.kvstore.grpc.WireFixture.statusOf;
import static io.kvstore.grpc.WireFixture.write;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import io.grpc.CallOptions;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.stub.ClientCalls;
import io.kvstore.api.Limits;
import io.kvstore.api.Reason;
import io.kvstore.protos.KVStoreServiceGrpc;
import io.kvstore.protos.LookupRequest;
import io.kvstore.protos.LookupResponse;
import io.kvstore.protos.PromptChunk;
import io.kvstore.protos.ReadRequest;
import io.kvstore.protos.ReadResponse;
import io.kvstore.protos.WriteRequest;
import io.kvstore.protos.WriteResponse;
import io.kvstore.testkit.MemoryKVStores;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The contract's status table, row by row, as a client made of generated stubs sees it. */
class StatusTableTest {

    private static MemoryKVStores stores = new MemoryKVStores();
    private static WireFixture wire;

    @BeforeAll
    static void open() throws IOException {
        stores = new MemoryKVStores();
        wire = WireFixture.serving(stores);
    }

    @AfterAll
    static void close() {
        wire.close();
        stores.close();
    }

    static Stream<Arguments> refusedLookups() {
        LookupRequest good = LookupRequest.newBuilder()
                .setResourceName("acct1")
                .setContainerName("prompts")
                .addTokens(1)
                .build();
        return Stream.of(
                Arguments.of(LookupRequest.getDefaultInstance(), "resource_name: must not be empty"),
                Arguments.of(
                        good.toBuilder()
                                .setResourceName("-a")
                                .setContainerName("")
                                .build(),
                        "resource_name: '-a'"),
                Arguments.of(good.toBuilder().setResourceName("a\0b").build(), "resource_name: 'a\\u0000b'"),
                Arguments.of(
                        good.toBuilder().setContainerName("").clearTokens().build(),
                        "container_name: must not be empty"),
                Arguments.of(
                        good.toBuilder().setContainerName("Ab--c").clearTokens().build(), "container_name: 'Ab--c'"),
                Arguments.of(good.toBuilder().clearTokens().build(), "tokens: must not be empty"),
                Arguments.of(
                        good.toBuilder().setPartitionKey("x".repeat(1_025)).build(),
                        "partition_key: longer than 1024 bytes"),
                Arguments.of(
                        good.toBuilder().setPartitionKey("\u00e9".repeat(513)).build(),
                        "partition_key: longer than 1024 bytes"),
                Arguments.of(
                        good.toBuilder().setCompletionId("x".repeat(100_000)).build(),
                        "completion_id: longer than 1024 bytes"));
    }

    @ParameterizedTest
    @MethodSource("refusedLookups")
    void a_lookup_is_refused_with_the_field_and_the_rule(LookupRequest request, String message) {
        assertInvalid(statusOf(() -> wire.patient().lookup(request)), message);
    }

    static Stream<Arguments> refusedReads() {
        return Stream.of(
                Arguments.of(ReadRequest.getDefaultInstance(), "resource_name: must not be empty"),
                Arguments.of(
                        ReadRequest.newBuilder().setResourceName("acct1").build(), "container_name: must not be empty"),
                Arguments.of(read(""), "location"),
                Arguments.of(read("../../etc/passwd"), "location"),
                Arguments.of(read("/"), "location"),
                Arguments.of(read("a\0b"), "location"),
                Arguments.of(read("x".repeat(2_000)), "location"));
    }

    @ParameterizedTest
    @MethodSource("refusedReads")
    void a_read_is_refused_with_the_field_and_the_rule(ReadRequest request, String message) {
        assertInvalid(statusOf(() -> wire.patient().read(request)), message);
    }

    @ParameterizedTest
    @MethodSource("refusedReads")
    void a_refused_read_of_a_stream_is_answered_in_its_place(ReadRequest request, String message) {
        List<ReadResponse> answers =
                StreamingReadTest.readAll(wire, List.of(read(storedLocation()), request, read(storedLocation())));

        assertThat(answers).extracting(ReadResponse::getFound).containsExactly(true, false, true);
        assertThat(answers).extracting(ReadResponse::getSuccess).containsExactly(true, false, true);
        assertThat(answers.get(1).getError()).startsWith("INVALID_ARGUMENT: ").contains(message);
        assertThat(answers).allMatch(ReadResponse::hasServerMetrics);
    }

    static Stream<Arguments> refusedWrites() {
        PromptChunk.Builder good = chunk(5, 0, new byte[3]);
        return Stream.of(
                Arguments.of(WriteRequest.getDefaultInstance(), "resource_name: must not be empty"),
                Arguments.of(
                        WriteRequest.newBuilder().setResourceName("acct1").build(),
                        "container_name: must not be empty"),
                Arguments.of(write(good).toBuilder().clearChunk().build(), "chunk.tokens: 0 (expected: exactly 128)"),
                Arguments.of(write(good.clone().addTokens(1)), "chunk.tokens: 129 (expected: exactly 128)"),
                Arguments.of(
                        write(good.clone()
                                .clearTokens()
                                .addAllTokens(LongStream.range(0, 127).boxed().toList())),
                        "chunk.tokens: 127 (expected: exactly 128)"),
                Arguments.of(
                        write(good.clone().setPartitionKey("x".repeat(1_025))),
                        "partition_key: longer than 1024 bytes"));
    }

    @ParameterizedTest
    @MethodSource("refusedWrites")
    void a_write_is_refused_with_the_field_and_the_rule(WriteRequest request, String message) {
        assertInvalid(statusOf(() -> wire.patient().write(request)), message);
    }

    private static void assertInvalid(Status status, String message) {
        assertThat(status.getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(status.getDescription()).contains(message).hasSizeLessThan(1_000);
    }

    @ParameterizedTest
    @EnumSource(Reason.class)
    void a_failure_of_the_store_is_the_status_of_its_name(Reason reason) {
        stores.failNext(reason);
        Status lookup = statusOf(() -> wire.patient().lookup(lookup()));
        stores.failNext(reason);
        Status read = statusOf(() -> wire.patient().read(read(storedLocation())));
        stores.failNext(reason);
        Status write = statusOf(() -> wire.patient().write(write(chunk(9, 0, new byte[1]))));

        assertThat(List.of(lookup, read, write)).allSatisfy(status -> {
            assertThat(status.getCode().name()).isEqualTo(reason.name());
            assertThat(status.getDescription()).isNotEmpty();
        });
    }

    @Test
    void another_hash_for_a_stored_block_already_exists() {
        var unused = wire.patient().write(write(chunk(40, 0, new byte[1])));

        Status status = statusOf(() ->
                wire.patient().write(write(chunk(40, 0, new byte[1]).setHash(41))));

        assertThat(status.getCode()).isEqualTo(Status.Code.ALREADY_EXISTS);
    }

    @Test
    void a_good_call_fills_every_field() {
        WriteResponse first = wire.patient().write(write(chunk(70, 0, new byte[10])));
        WriteResponse again = wire.patient().write(write(chunk(70, 0, new byte[10])));
        LookupResponse lookup = wire.patient()
                .lookup(lookup().toBuilder()
                        .clearTokens()
                        .addAllTokens(LongStream.range(70, 70 + 130).boxed().toList())
                        .build());
        ReadResponse read = wire.patient().read(read(first.getLocation()));
        ReadResponse missing = wire.patient().read(read(missing(first.getLocation())));

        assertThat(first.getSuccess()).isTrue();
        assertThat(first.getAlreadyStored()).isFalse();
        assertThat(again.getAlreadyStored()).isTrue();
        assertThat(again.getLocation()).isEqualTo(first.getLocation());
        assertThat(lookup.getSuccess()).isTrue();
        assertThat(lookup.getCachedBlocks()).isEqualTo(1);
        assertThat(lookup.getLastHash()).isEqualTo(70);
        assertThat(lookup.getLocations(0).getLocation()).isEqualTo(first.getLocation());
        assertThat(lookup.getLocations(0).getSizeBytes()).isEqualTo(10);
        assertThat(read.getSuccess()).isTrue();
        assertThat(read.getFound()).isTrue();
        assertThat(read.getChunk()).isEqualTo(chunk(70, 0, new byte[10]).build());
        assertThat(read.getLocation()).isEqualTo(first.getLocation());
        assertThat(missing.getSuccess()).isTrue();
        assertThat(missing.getFound()).isFalse();
        assertThat(first.hasServerMetrics() && lookup.hasServerMetrics() && read.hasServerMetrics())
                .isTrue();
        assertThat(read.getServerMetrics().getOverheadUs()
                        + read.getServerMetrics().getStorageLatencyUs())
                .isEqualTo(read.getServerMetrics().getTotalLatencyUs());
    }

    @Test
    void a_message_of_exactly_the_limit_is_taken_and_one_byte_more_is_refused() {
        // An unknown field only sizes the message: the payload's own limit is a little lower.
        WriteRequest request = write(chunk(1_000, 0, new byte[Limits.MAX_PAYLOAD_BYTES - 20_000]));
        int padding = Limits.MAX_MESSAGE_BYTES - request.getSerializedSize() - PADDING_FRAMING_BYTES;
        WriteRequest exact = padded(request, padding);
        assertThat(exact.getSerializedSize()).isEqualTo(Limits.MAX_MESSAGE_BYTES);

        WriteResponse stored = wire.patient().write(exact);
        Status status = statusOf(() -> wire.patient().write(padded(request, padding + 1)));

        assertThat(stored.getSuccess()).isTrue();
        assertThat(status.getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
    }

    /** A tag of one byte, a length of three. */
    private static final int PADDING_FRAMING_BYTES = 4;

    private static WriteRequest padded(WriteRequest request, int bytes) {
        return request.toBuilder()
                .setUnknownFields(UnknownFieldSet.newBuilder()
                        .addField(
                                15,
                                UnknownFieldSet.Field.newBuilder()
                                        .addLengthDelimited(ByteString.copyFrom(new byte[bytes]))
                                        .build())
                        .build())
                .build();
    }

    private static LookupRequest lookup() {
        return LookupRequest.newBuilder()
                .setResourceName("acct1")
                .setContainerName("prompts")
                .addTokens(1)
                .build();
    }

    private static String storedLocation() {
        return wire.patient().write(write(chunk(7, 0, new byte[100]))).getLocation();
    }

    /** A location of the right form where nothing is. */
    private static String missing(String location) {
        String tail = location.substring(location.length() - 4);
        return location.substring(0, location.length() - 4) + (tail.equals("0000") ? "1111" : "0000");
    }

    @Test
    void a_location_of_another_tenant_opens_nothing() {
        String location = storedLocation();

        ReadResponse other = wire.patient()
                .read(read(location).toBuilder().setResourceName("acct2").build());

        assertThat(other.getFound()).isFalse();
    }

    static Stream<Arguments> rawReads() {
        return Stream.of(
                Arguments.of(new byte[] {0x0a, 0x7f}, "ReadRequest: malformed message"),
                // A location, and a resource, that are not UTF-8.
                Arguments.of(raw("acct1", "prompts", new byte[] {'a', (byte) 0xff}), "location"),
                Arguments.of(new byte[] {0x0a, 1, (byte) 0xc0}, "resource_name: '\\ufffd'"));
    }

    private static byte[] raw(String resource, String container, byte[] location) {
        ByteString head = ReadRequest.newBuilder()
                .setResourceName(resource)
                .setContainerName(container)
                .build()
                .toByteString();
        return head.concat(ByteString.copyFrom(new byte[] {0x1a, (byte) location.length}))
                .concat(ByteString.copyFrom(location))
                .toByteArray();
    }

    @ParameterizedTest
    @MethodSource("rawReads")
    void bytes_that_the_generated_classes_would_not_send_are_invalid(byte[] request, String message) {
        MethodDescriptor<ReadRequest, ReadResponse> read = KVStoreServiceGrpc.getReadMethod();
        MethodDescriptor<byte[], ReadResponse> method = read.toBuilder(
                        new RawMarshaller(), read.getResponseMarshaller())
                .build();

        assertInvalid(
                statusOf(() -> ClientCalls.blockingUnaryCall(wire.channel, method, CallOptions.DEFAULT, request)),
                message);
    }

    private static final class RawMarshaller implements MethodDescriptor.Marshaller<byte[]> {
        @Override
        public InputStream stream(byte[] value) {
            return new ByteArrayInputStream(value);
        }

        @Override
        public byte[] parse(InputStream stream) {
            throw new UnsupportedOperationException();
        }
    }
}
