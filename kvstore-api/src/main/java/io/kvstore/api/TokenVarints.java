package io.kvstore.api;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Tokens as they come over the wire, decoded a block at a time: a lookup whose first block is not stored decodes one block
 * of a thousand, and what waits to be answered takes 2 or 3 bytes a token in the place of 8.
 *
 * <p>Encoding: 7 bits a byte, the lowest first, the top bit set in all bytes of a number but its last
 * (protobuf.dev/programming-guides/encoding).
 */
final class TokenVarints implements TokenSequence {

    /*
     * How: making one counts the ends of numbers in 128 bytes at a time and notes where each block begins; whether a number
     * is too long is looked at again where four bytes follow each other without an end, which no vocabulary has. Of 128,000
     * tokens below 128,000 (two-core Xeon, JDK 17) it takes 55 us; with both looked at in each eight bytes it took 110 us.
     *
     * Of a block that is hashed, numbers of up to three bytes, which all vocabularies have, are taken out of one load each:
     * 139 us for all of them (two-core EPYC, JDK 17); byte by byte, into an array, it took 469 us. A loop without branches on
     * the length is slower (353 to 641 us): each load waits for the length before, where a predicted branch does not.
     */

    private static final int MAX_VARINT_BYTES = 10;

    /** The top bit of each byte. */
    private static final long TOP_BITS = 0x8080_8080_8080_8080L;

    /** Bytes that are looked at together: no more than a block has numbers, so that at most one block ends in them. */
    private static final int PIECE_BYTES = Limits.BLOCK_TOKENS;

    /** One in each half: taken from the top bits of its four bytes, it sets the bit of {@link #NO_END} if there are none. */
    private static final long HALVES = 0x0000_0001_0000_0001L;

    /** The bit below the top one of each half. Also set where only the last of the four has its top bit. */
    private static final long NO_END = 0x4000_0000_4000_0000L;

    private static final VarHandle INTS = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private final byte[] bytes;
    private final int length;
    private final int count;

    /** Where each whole block begins, and what comes after the last. */
    private final int[] blockStarts;

    private TokenVarints(byte[] bytes, int length, int count, int[] blockStarts) {
        this.bytes = bytes;
        this.length = length;
        this.count = count;
        this.blockStarts = blockStarts;
    }

    /** The numbers in the first {@code length} bytes, or null when those are not whole numbers of at most 10 bytes. */
    static @Nullable TokenVarints of(byte[] bytes, int length) {
        int[] starts = new int[1 + length / Limits.BLOCK_TOKENS];
        int blocks = 0;
        int missing = Limits.BLOCK_TOKENS; // numbers until the block is whole
        long unended = 0;
        int at = 0;
        while (at < length) {
            int from = at;
            int numbers = 0;
            if (length - at >= PIECE_BYTES) {
                for (int end = at + PIECE_BYTES;
                        at < end;
                        at += Long.BYTES) { // no branch, and no word waits for another
                    long ends = ~(long) LONGS.get(bytes, at) & TOP_BITS;
                    numbers += Long.bitCount(ends);
                    unended |= ends - HALVES;
                }
            } else {
                numbers = Long.bitCount(ends(bytes, at, length));
                at += Long.BYTES;
            }
            if (numbers >= missing) { // once: a piece has no more bytes than a block has numbers
                starts[++blocks] = endOf(bytes, from, length, missing);
                missing += Limits.BLOCK_TOKENS;
            }
            missing -= numbers;
        }
        // A number that is too long has four bytes without an end where they are looked at, or lies about the last
        // bytes.
        int doubtful = (unended & NO_END) != 0 ? 0 : Math.max(0, length / PIECE_BYTES * PIECE_BYTES - 2 * Long.BYTES);
        if (!areNumbers(bytes, doubtful, length)) {
            return null;
        }
        int count = (blocks + 1) * Limits.BLOCK_TOKENS - missing;
        return new TokenVarints(bytes, length, count, Arrays.copyOf(starts, blocks + 1));
    }

    /** Whether none of the numbers from {@code from} on has more than 10 bytes, and the last one has an end. */
    private static boolean areNumbers(byte[] bytes, int from, int length) {
        int unfinished = 0; // bytes since the last number's end
        for (int at = from; at < length; at += Long.BYTES) {
            long ends = ends(bytes, at, length);
            if (ends == 0) {
                unfinished += Math.min(Long.BYTES, length - at);
                if (unfinished >= MAX_VARINT_BYTES) {
                    return false;
                }
                continue;
            }
            if (unfinished + (Long.numberOfTrailingZeros(ends) >>> 3) >= MAX_VARINT_BYTES) {
                return false;
            }
            unfinished = Math.min(Long.BYTES, length - at) - Long.BYTES + (Long.numberOfLeadingZeros(ends) >>> 3);
        }
        return unfinished == 0;
    }

    /** The top bit of each of the next 8 bytes that ends a number; none of those beyond {@code length}. */
    private static long ends(byte[] bytes, int at, int length) {
        if (length - at >= Long.BYTES) {
            return ~(long) LONGS.get(bytes, at) & TOP_BITS;
        }
        long ends = 0;
        for (int i = 0; at + i < length; i++) {
            ends |= (~bytes[at + i] & 0x80L) << (8 * i);
        }
        return ends;
    }

    /** Where that many numbers from {@code from} on end. */
    private static int endOf(byte[] bytes, int from, int length, int numbers) {
        int at = from;
        int left = numbers;
        long ends = ends(bytes, at, length);
        for (int here = Long.bitCount(ends); here < left; here = Long.bitCount(ends)) {
            left -= here;
            at += Long.BYTES;
            ends = ends(bytes, at, length);
        }
        for (int i = 1; i < left; i++) {
            ends &= ends - 1;
        }
        return at + (Long.numberOfTrailingZeros(ends) >>> 3) + 1;
    }

    @Override
    public int count() {
        return count;
    }

    @Override
    public void copyTo(long[] target, int at, int from, int wanted) {
        int block = Math.min(from / Limits.BLOCK_TOKENS, blockStarts.length - 1);
        int next = blockStarts[block];
        for (int skipped = from - block * Limits.BLOCK_TOKENS; skipped > 0; next++) {
            skipped -= bytes[next] >= 0 ? 1 : 0;
        }
        for (int i = 0; i < wanted; i++) {
            long value = 0;
            int shift = 0;
            for (; bytes[next] < 0; next++, shift += 7) {
                value |= (long) (bytes[next] & 0x7f) << shift;
            }
            target[at + i] = value | (long) bytes[next++] << shift;
        }
    }

    @Override
    public int writeBlock(int block, byte[] out, int at) {
        if (writeSmall(blockStarts[block], out, at)) {
            return Integer.BYTES;
        }
        long[] tokens = new long[Limits.BLOCK_TOKENS];
        copyTo(tokens, 0, block * Limits.BLOCK_TOKENS, Limits.BLOCK_TOKENS);
        return TokenSequence.writeBlock(tokens, 0, out, at);
    }

    /** False for a block with a number of more than three bytes, and near the end, where four can not be loaded at once. */
    private boolean writeSmall(int start, byte[] out, int at) {
        int next = start;
        int last = length - Integer.BYTES;
        for (int i = 0; i < Limits.BLOCK_TOKENS; i++) {
            if (next > last) {
                return false;
            }
            int loaded = (int) INTS.get(bytes, next);
            int value = loaded & 0x7f;
            if ((loaded & 0x80_8080) == 0x8080) {
                value |= (loaded & 0x7f00) >>> 1 | (loaded & 0x7f_0000) >>> 2;
                next += 3;
            } else if ((loaded & 0x8080) == 0x80) {
                value |= (loaded & 0x7f00) >>> 1;
                next += 2;
            } else if ((loaded & 0x80) == 0) {
                next++;
            } else {
                return false;
            }
            BIG_INTS.set(out, at + i * Integer.BYTES, value);
        }
        return true;
    }
}
