package io.kvstore.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class TokenBlocksTest {

    static IntStream seeds() {
        return IntStream.range(0, 200);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void tokens_from_the_wire_are_what_the_same_tokens_in_an_array_are(int seed) {
        Random random = new Random(seed);
        long[] tokens = tokens(random);
        TokenBlocks eager = TokenBlocks.of(tokens);
        byte[] packed = packed(tokens);
        // What lies behind the tokens in the array is none of them.
        byte[] room = Arrays.copyOf(packed, packed.length + random.nextInt(12));
        Arrays.fill(room, packed.length, room.length, (byte) random.nextInt());
        TokenBlocks lazy = TokenBlocks.fromVarints(room, packed.length).orElseThrow();

        assertThat(lazy).isEqualTo(eager).hasSameHashCodeAs(eager).hasToString(eager.toString());
        assertThat(eager).isEqualTo(lazy);
        assertThat(lazy.toArray()).isEqualTo(tokens);
        assertThat(BlockHasher.chain("p", lazy)).isEqualTo(BlockHasher.chain("p", eager));
        for (int block = 0; block < eager.blockCount(); block++) {
            assertThat(lazy.block(block)).isEqualTo(eager.block(block));
        }
        for (int i = 0; i < 20 && tokens.length > 0; i++) {
            int from = random.nextInt(tokens.length);
            long[] some = new long[random.nextInt(tokens.length - from) + 1];
            lazy.copyTo(some, 0, from, some.length);
            assertThat(some).isEqualTo(Arrays.copyOfRange(tokens, from, from + some.length));
            assertThat(lazy.token(from)).isEqualTo(tokens[from]);
        }
    }

    /** Of every length that a number has on the wire; mostly those of a vocabulary. */
    private static long[] tokens(Random random) {
        int longest = random.nextInt(4) == 0 ? 64 : 8 + random.nextInt(16);
        return random.longs(random.nextInt(5) * 128L + random.nextInt(130))
                .map(token -> token >>> (64 - longest + random.nextInt(longest)))
                .toArray();
    }

    private static byte[] packed(long... tokens) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (long token : tokens) {
            long left = token;
            for (; (left & ~0x7fL) != 0; left >>>= 7) {
                out.write((int) left | 0x80);
            }
            out.write((int) left);
        }
        return out.toByteArray();
    }

    @Test
    void one_other_token_anywhere_makes_another_sequence() {
        long[] tokens = new Random(1).longs(1_100, 0, 128_000).toArray();
        byte[] packed = packed(tokens);
        TokenBlocks lazy = TokenBlocks.fromVarints(packed, packed.length).orElseThrow();
        for (int i : new int[] {0, 127, 128, 511, 512, 1_099}) {
            long[] other = tokens.clone();
            other[i]++;
            assertThat(lazy).isNotEqualTo(TokenBlocks.of(other));
        }
        assertThat(lazy).isNotEqualTo(TokenBlocks.of(Arrays.copyOf(tokens, 1_099)));
    }

    @Test
    void a_number_in_more_bytes_than_it_needs_is_that_number() {
        byte[] packed = {(byte) 0x85, (byte) 0x80, 0, 7, (byte) 0x80, 0};

        assertThat(TokenBlocks.fromVarints(packed, packed.length)).hasValue(TokenBlocks.of(5, 7, 0));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 127, 200})
    void a_number_of_ten_bytes_is_taken_and_one_of_eleven_is_not(int before) {
        assertThat(TokenBlocks.fromVarints(number(before, 9), before + 10)
                        .orElseThrow()
                        .tokenCount())
                .isEqualTo(before + 1);
        for (int topBits = 10; topBits < 40; topBits++) {
            assertThat(TokenBlocks.fromVarints(number(before, topBits), before + topBits + 1))
                    .as("%d bytes before %d with the top bit", before, topBits)
                    .isEmpty();
        }
    }

    /** Long prompts are looked at by 128 bytes: about their edges and about what is left over a number is seen in parts. */
    @Test
    void a_number_of_eleven_bytes_is_found_wherever_in_a_long_prompt_it_is() {
        for (int after : new int[] {0, 1, 7, 127, 300}) {
            for (int before = 0; before < 400; before++) {
                int length = before + 10 + after;
                byte[] ten = Arrays.copyOf(number(before, 9), length);
                byte[] eleven = Arrays.copyOf(number(before, 10), length + 1);

                assertThat(TokenBlocks.fromVarints(ten, length).map(TokenBlocks::tokenCount))
                        .as("%d bytes before, %d after", before, after)
                        .hasValue(before + 1 + after);
                assertThat(TokenBlocks.fromVarints(eleven, length + 1))
                        .as("%d bytes before, %d after", before, after)
                        .isEmpty();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 127, 200})
    void a_last_number_without_an_end_is_none(int before) {
        for (int topBits = 1; topBits < 20; topBits++) {
            byte[] cut = Arrays.copyOf(number(before, topBits), before + topBits);
            assertThat(TokenBlocks.fromVarints(cut, cut.length)).isEmpty();
        }
    }

    /** Numbers of one byte, and one with the top bit in that many bytes, and its last. */
    private static byte[] number(int before, int topBits) {
        byte[] packed = new byte[before + topBits + 1];
        Arrays.fill(packed, before, before + topBits, (byte) 0x81);
        packed[before + topBits] = 1;
        return packed;
    }

    @Test
    void the_tenth_byte_of_a_number_gives_its_top_bit() {
        byte[] packed = packed(-1L, Long.MIN_VALUE, Long.MAX_VALUE);

        assertThat(TokenBlocks.fromVarints(packed, packed.length))
                .hasValue(TokenBlocks.of(-1L, Long.MIN_VALUE, Long.MAX_VALUE));
    }

    @Test
    void what_is_not_there_can_not_be_copied() {
        byte[] packed = packed(new long[200]);
        for (TokenBlocks tokens : new TokenBlocks[] {
            TokenBlocks.of(new long[200]), TokenBlocks.fromVarints(packed, 200).orElseThrow()
        }) {
            assertThatThrownBy(() -> tokens.copyTo(new long[300], 0, 0, 201))
                    .isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> tokens.copyTo(new long[10], 5, 0, 6))
                    .isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> tokens.token(200)).isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> tokens.block(1)).isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> BlockHasher.forPartition("").hash(tokens, 1, 0))
                    .isInstanceOf(IndexOutOfBoundsException.class);
        }
        assertThatThrownBy(() -> TokenBlocks.fromVarints(packed, 201)).isInstanceOf(IndexOutOfBoundsException.class);
    }
}
