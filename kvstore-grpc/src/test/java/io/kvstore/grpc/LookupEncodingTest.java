package io.kvstore.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvstore.api.BlockLocation;
import io.kvstore.api.LookupQuery;
import io.kvstore.api.LookupResult;
import io.kvstore.api.StoreId;
import io.kvstore.api.Tier;
import io.kvstore.api.TokenBlocks;
import io.kvstore.protos.LookupRequest;
import io.kvstore.protos.LookupResponse;
import io.kvstore.protos.ServerMetrics;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Lookups written and read by hand, held to the generated classes: peers have only those. */
class LookupEncodingTest {

    private static final StoreId STORE = new StoreId("acct1", "prompts");
    private static final Tier[] TIERS = Tier.values();

    static IntStream seeds() {
        return IntStream.range(0, 100);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void a_request_is_byte_for_byte_what_the_generated_class_writes(int seed) throws IOException {
        Random random = new Random(seed);
        // Of every length a number has on the wire, the negative ones included.
        long[] tokens = random.longs(1 + random.nextInt(20_000))
                .map(token -> token >> random.nextInt(64))
                .toArray();
        long[] hashes = random.longs(random.nextInt(9)).toArray();
        String partition = random.nextBoolean() ? "" : "p\u00e4rtition " + seed;
        LookupQuery query =
                LookupQuery.of(TokenBlocks.of(tokens)).inPartition(partition).expecting(hashes);

        assertWritten(
                new LookupCommand(STORE, query),
                LookupRequest.newBuilder()
                        .setResourceName(STORE.resource())
                        .setContainerName(STORE.container())
                        .setPartitionKey(partition)
                        .addAllTokens(Arrays.stream(tokens).boxed().toList())
                        .addAllPrecomputedHashes(Arrays.stream(hashes)
                                .boxed()
                                .limit(query.expectedHashCount())
                                .toList())
                        .build()
                        .toByteArray());
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void an_answer_is_byte_for_byte_what_the_generated_class_writes_and_read_back_the_same(int seed)
            throws IOException {
        Random random = new Random(seed);
        List<BlockLocation> blocks = Stream.generate(() -> block(random))
                .limit(seed == 1 ? 3_000 : random.nextInt(20))
                .toList();
        LookupResult result = new LookupResult(blocks, random.nextBoolean(), random.nextInt(9) * 1_000L);
        ServerMetrics metrics = ServerMetrics.newBuilder()
                .setStorageLatencyUs(result.storageNanos() / 1_000)
                .setTotalLatencyUs(random.nextInt(3))
                .build();

        byte[] sent = assertWritten(
                new LookupAnswer(result, metrics), generated(result, metrics).toByteArray());

        assertThat(LookupReply.parse(reader(sent)).toResult()).isEqualTo(result);
    }

    private static BlockLocation block(Random random) {
        String location = random.nextInt(5) == 0 ? "" : "l\u00f6cation-" + "x".repeat(random.nextInt(150));
        return new BlockLocation(
                random.nextInt(5) == 0 ? 0 : random.nextLong(),
                location,
                random.nextInt(5) == 0 ? 0 : random.nextInt(40 << 20),
                TIERS[random.nextInt(TIERS.length)]);
    }

    private static LookupResponse generated(LookupResult result, ServerMetrics metrics) {
        return LookupResponse.newBuilder()
                .setCachedBlocks(result.cachedBlocks())
                .setLastHash(result.lastHash())
                .addAllLocations(result.blocks().stream()
                        .map(block -> io.kvstore.protos.BlockLocation.newBuilder()
                                .setHash(block.hash())
                                .setLocation(block.location())
                                .setSizeBytes(block.sizeBytes())
                                .setTier(io.kvstore.protos.Tier.valueOf("TIER_" + block.tier()))
                                .build())
                        .toList())
                .setSuccess(true)
                .setServerMetrics(metrics)
                .setDegraded(result.degraded())
                .build();
    }

    /** Drained into the transport, and read from it as from any stream. */
    private static byte[] assertWritten(WireMessage message, byte[] expected) throws IOException {
        ByteArrayOutputStream drained = new ByteArrayOutputStream();
        WireMessageStream stream = new WireMessageStream(message);
        assertThat(stream.available()).isEqualTo(expected.length);
        assertThat(stream.drainTo(drained)).isEqualTo(expected.length);
        assertThat(stream.available()).isZero();
        assertThat(stream.read()).isEqualTo(-1);
        assertThat(drained.toByteArray()).isEqualTo(expected);
        assertThat(new WireMessageStream(message).readAllBytes()).isEqualTo(expected);
        return expected;
    }

    @Test
    void an_answer_with_more_blocks_than_a_lookup_can_have_is_refused() throws IOException {
        ByteArrayOutputStream message = new ByteArrayOutputStream();
        for (int i = 0; i <= 4_194_304 / 128; i++) {
            message.write(new byte[] {3 << 3 | 2, 0});
        }
        WireReader reader = reader(message.toByteArray());

        assertThatThrownBy(() -> LookupReply.parse(reader)).isInstanceOf(MalformedMessageException.class);
    }

    @Test
    void what_an_answer_holds_is_about_what_it_is_counted_as() throws IOException {
        LookupMethod method = new LookupMethod(new ScriptedStores());
        for (int locationChars : new int[] {10, 100, 1_024}) {
            LookupResult result = result(1_000, locationChars);
            // The location's string and its bytes in the message, both there at the same time.
            long held =
                    1_000L * locationChars + new LookupAnswer(result, ServerMetrics.getDefaultInstance()).sizeBytes();
            assertThat(method.answerBytes(result)).isBetween(held, 3 * held + 256_000);
        }
        assertThat(method.answerBytes(result(64, 100))).isZero();
        assertThat(method.answerBytes(result(0, 100))).isZero();
    }

    static LookupResult result(int blocks, int locationChars) {
        String location = "x".repeat(locationChars);
        return new LookupResult(
                IntStream.range(0, blocks)
                        .mapToObj(i -> new BlockLocation(i, location, 1_000_000, Tier.LOCAL_DISK))
                        .toList(),
                false,
                0);
    }

    private static WireReader reader(byte[] message) throws IOException {
        return new WireReader(new ByteArrayInputStream(message));
    }
}
