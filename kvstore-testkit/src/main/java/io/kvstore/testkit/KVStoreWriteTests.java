package io.kvstore.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvstore.api.Limits;
import io.kvstore.api.Payload;
import io.kvstore.api.PromptChunk;
import io.kvstore.api.ReadResult;
import io.kvstore.api.Reason;
import io.kvstore.api.TokenBlocks;
import io.kvstore.api.WriteResult;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a write keeps, and what it refuses. */
abstract class KVStoreWriteTests extends KVStoreLookupTests {

    /** 17 MiB is beyond the largest HTTP/2 frame. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 511, 4_096, 65_537, 1_200_000, 17 << 20})
    void a_payload_of_any_size_reads_back_byte_for_byte(int sizeBytes) {
        PromptChain chain = prompts.chain(1);

        WriteResult written = write(store, chain.chunk(0, payload(7, sizeBytes)));

        assertThat(written.alreadyStored()).isFalse();
        assertThat(written.storageNanos()).isNotNegative();
        assertBlock(read(store, written.location()), chain, 0, 7, sizeBytes);
    }

    @Test
    void a_payload_from_anywhere_in_a_buffer_is_taken_whole() {
        PromptChain chain = prompts.chain(1);
        byte[] bytes = prompts.payloadBytes(1, 1_000);
        byte[] padded = new byte[3_000];
        System.arraycopy(bytes, 0, padded, 700, 1_000);
        Payload slice = Payload.of(ByteBuffer.wrap(padded, 700, 1_000), () -> {});

        String location = write(store, chain.chunk(0, slice)).location();

        assertBlock(read(store, location), chain, 0, 1, 1_000);
    }

    @Test
    void writing_the_same_again_succeeds_and_keeps_what_is_stored() {
        PromptChain chain = prompts.chain(1);
        WriteResult first = write(store, chain.chunk(0, payload(1, SMALL_BYTES)));

        WriteResult again = write(store, chain.chunk(0, payload(1, SMALL_BYTES)));
        WriteResult otherBytes = write(store, chain.chunk(0, payload(2, 99)));

        assertThat(first.alreadyStored()).isFalse();
        assertThat(List.of(again, otherBytes))
                .allMatch(WriteResult::alreadyStored)
                .allMatch(result -> result.location().equals(first.location()));
        assertBlock(read(store, first.location()), chain, 0, 1, SMALL_BYTES);
    }

    @Test
    void another_hash_for_the_same_block_is_refused_and_the_stored_chunk_stays() {
        PromptChain chain = prompts.chain(2);
        PromptChain other = PromptChain.foreign(chain.tokens(), chain.hash(0) + 1, 5);
        String location = writeBlock(store, chain, 0);

        assertThat(Await.failureOf(() -> startWrite(store, other.chunk(0, payload(9, 99))))
                        .reason())
                .isEqualTo(Reason.ALREADY_EXISTS);

        assertBlock(read(store, location), chain, 0);
        assertRun(lookup(store, chain.query()), chain, 1);
    }

    @Test
    void the_completion_id_is_not_part_of_the_identity() {
        TokenBlocks block = prompts.blocks(1);
        String location = write(store, new PromptChunk(3, 0, "", block, "first", payload(0, 10)))
                .location();

        assertThat(write(store, new PromptChunk(3, 0, "", block, "second", payload(0, 10)))
                        .alreadyStored())
                .isTrue();

        try (ReadResult result = read(store, location)) {
            assertThat(result.chunk().orElseThrow().completionId()).isEqualTo("first");
        }
    }

    @Test
    void the_parent_is_part_of_the_identity() {
        TokenBlocks block = prompts.blocks(1);
        long[] parents = prompts.hashes(2);

        String first = write(store, new PromptChunk(3, parents[0], block, payload(1, 10)))
                .location();
        WriteResult second = write(store, new PromptChunk(4, parents[1], block, payload(2, 10)));

        assertThat(second.alreadyStored()).isFalse();
        assertThat(second.location()).isNotEqualTo(first);
    }

    @Test
    void tokens_beyond_32_bits_are_told_apart() {
        long[] small = prompts.blocks(1).toArray();
        for (long offset : new long[] {1L << 32, 1L << 63, -(1L << 32)}) {
            long[] big = small.clone();
            big[127] += offset;
            PromptChain smallChain = PromptChain.own("", TokenBlocks.of(small));
            PromptChain bigChain = PromptChain.own("", TokenBlocks.of(big));
            writeBlock(store, smallChain, 0);

            assertRun(lookup(store, bigChain.query()), bigChain, 0);

            writeBlock(store, bigChain, 0);
            assertRun(lookup(store, bigChain.query()), bigChain, 1);
            assertRun(lookup(store, smallChain.query()), smallChain, 1);
        }
    }

    @Test
    void extreme_tokens_read_back_as_they_were() {
        long[] tokens = prompts.blocks(2).toArray();
        tokens[0] = -1;
        tokens[1] = Long.MIN_VALUE;
        tokens[2] = Long.MAX_VALUE;
        tokens[3] = 0xFFFF_FFFFL;
        tokens[128] = 0xFFFF_FFFFL;
        PromptChain chain = PromptChain.own("", TokenBlocks.of(tokens));

        List<String> locations = writeAll(store, chain);

        assertRun(lookup(store, chain.query()), chain, 2);
        assertBlock(read(store, locations.get(0)), chain, 0);
        assertBlock(read(store, locations.get(1)), chain, 1);
    }

    @Test
    void a_token_of_minus_1_is_not_the_largest_of_32_bits() {
        long[] tokens = prompts.blocks(1).toArray();
        tokens[5] = -1;
        writeBlock(store, PromptChain.own("", TokenBlocks.of(tokens)), 0);
        long[] other = tokens.clone();
        other[5] = 0xFFFF_FFFFL;
        PromptChain unsigned = PromptChain.own("", TokenBlocks.of(other));

        assertRun(lookup(store, unsigned.query()), unsigned, 0);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 127, 129, 256})
    void a_chunk_of_another_size_than_a_block_is_refused(int tokens) {
        try (Payload payload = payload(0, 10)) {
            assertThat(Await.failureOf(() -> store.write(new PromptChunk(1, 0, prompts.tokens(tokens), payload)))
                            .reason())
                    .isEqualTo(Reason.INVALID_ARGUMENT);
        }
    }

    @Test
    void partition_key_and_completion_id_read_back_whatever_they_say() {
        for (String text : Texts.LEGAL) {
            TokenBlocks block = prompts.blocks(1);
            String location = write(store, new PromptChunk(8, 0, text, block, text, payload(0, 10)))
                    .location();

            try (ReadResult result = read(store, location)) {
                assertThat(result.chunk().orElseThrow().partitionKey()).isEqualTo(text);
                assertThat(result.chunk().orElseThrow().completionId()).isEqualTo(text);
            }
        }
    }

    @Test
    void a_partition_key_or_completion_id_too_long_or_not_unicode_is_refused() {
        try (Payload payload = payload(0, 10)) {
            TokenBlocks block = prompts.blocks(1);
            for (String text : Texts.ILLEGAL) {
                assertThat(Await.failureOf(() -> store.write(new PromptChunk(1, 0, text, block, "", payload)))
                                .reason())
                        .isEqualTo(Reason.INVALID_ARGUMENT);
                assertThat(Await.failureOf(() -> store.write(new PromptChunk(1, 0, "", block, text, payload)))
                                .reason())
                        .isEqualTo(Reason.INVALID_ARGUMENT);
                assertThat(Await.failureOf(() ->
                                        store.lookup(prompts.chain(1).query().inPartition(text)))
                                .reason())
                        .isEqualTo(Reason.INVALID_ARGUMENT);
            }
        }
    }

    @Test
    void a_payload_over_the_limit_is_refused() {
        // Never touched, so it costs address space only where the platform zeroes lazily.
        try (Payload payload = Payload.of(ByteBuffer.allocate(Limits.MAX_PAYLOAD_BYTES + 1), () -> {})) {
            assertThat(Await.failureOf(() -> store.write(new PromptChunk(1, 0, prompts.blocks(1), payload)))
                            .reason())
                    .isEqualTo(Reason.RESOURCE_EXHAUSTED);
        }
    }

    @Test
    void a_chunk_that_is_closed_fails_the_write_and_throws_nothing() {
        PromptChunk chunk = prompts.chain(1).chunk(0, payload(0, 10));
        chunk.close();

        assertThat(Await.failureOf(() -> store.write(chunk)).reason()).isIn(Reason.INVALID_ARGUMENT, Reason.INTERNAL);
    }
}
