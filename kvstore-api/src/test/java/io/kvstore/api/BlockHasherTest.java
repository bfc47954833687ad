package io.kvstore.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class BlockHasherTest {

    @Test
    void a_block_of_small_tokens_is_hashed_as_documented() throws Exception {
        long[] tokens = LongStream.range(0, 128).toArray();
        ByteBuffer message = ByteBuffer.allocate(42 + 128 * 4);
        message.put((byte) 1).put((byte) 4);
        message.put(sha256("p".getBytes(StandardCharsets.UTF_8))).putLong(77);
        for (long token : tokens) {
            message.putInt((int) token);
        }
        long expected = ByteBuffer.wrap(sha256(message.array())).getLong();

        assertThat(BlockHasher.forPartition("p").hash(TokenBlocks.of(tokens), 0, 77))
                .isEqualTo(expected);
    }

    @Test
    void a_block_with_one_large_token_is_hashed_in_eight_bytes() throws Exception {
        long[] tokens = LongStream.range(0, 128).toArray();
        tokens[127] = 1L << 32;
        ByteBuffer message = ByteBuffer.allocate(42 + 128 * 8);
        message.put((byte) 1).put((byte) 8);
        message.put(sha256(new byte[0])).putLong(0);
        for (long token : tokens) {
            message.putLong(token);
        }
        byte[] digest = new byte[32];
        BlockHasher.forPartition("").digest(TokenBlocks.of(tokens), 0, 0, digest, 0);

        assertThat(digest).isEqualTo(sha256(message.array()));
    }

    @Test
    void tokens_that_differ_beyond_32_bits_have_different_hashes() {
        long[] low = new long[128];
        long[] high = new long[128];
        high[5] = 1L << 32;
        long[] negative = new long[128];
        negative[5] = -1;
        long[] unsigned = new long[128];
        unsigned[5] = 0xffff_ffffL;
        BlockHasher hasher = BlockHasher.forPartition("");

        assertThat(LongStream.of(
                                hasher.hash(TokenBlocks.of(low), 0, 0),
                                hasher.hash(TokenBlocks.of(high), 0, 0),
                                hasher.hash(TokenBlocks.of(negative), 0, 0),
                                hasher.hash(TokenBlocks.of(unsigned), 0, 0))
                        .distinct())
                .hasSize(4);
    }

    @Test
    void a_chain_hashes_each_block_under_the_one_before() {
        TokenBlocks tokens = TokenBlocks.of(LongStream.range(0, 300).toArray());
        BlockHasher hasher = BlockHasher.forPartition("x");
        long first = hasher.hash(tokens.block(0), 0, 0);

        assertThat(BlockHasher.chain("x", tokens)).containsExactly(first, hasher.hash(tokens.block(1), 0, first));
    }

    @Test
    void a_digest_that_starts_with_zeros_does_not_give_the_hash_of_no_parent() {
        assertThat(BlockHasher.hashOf(0)).isEqualTo(1);
    }

    private static byte[] sha256(byte[] bytes) throws Exception {
        return MessageDigest.getInstance("SHA-256").digest(bytes);
    }
}
