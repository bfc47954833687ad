package io.kvstore.grpc;

import com.google.protobuf.CodedOutputStream;
import io.kvstore.api.TokenBlocks;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Writes many numbers as protobuf does, by hand: a lookup has a hundred thousand, and the library's method for one looks after
 * its buffer each time.
 *
 * <p>Source of the encoding: protobuf.dev/programming-guides/encoding.
 */
final class Varints {

    static final int MAX_BYTES = 10;

    /** Tokens that are looked at together: the piece and its bytes fit into the first-level cache. */
    private static final int PIECE_TOKENS = 512;

    /** The numbers of up to three bytes, which the tokens of today's vocabularies are. */
    private static final int SMALL_BITS = 21;

    private static final VarHandle INTS = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

    private Varints() {}

    /** Bytes of all tokens together. */
    static int sizeOf(TokenBlocks tokens) {
        long[] piece = new long[Math.min(PIECE_TOKENS, tokens.tokenCount())];
        int bytes = 0;
        for (int from = 0; from < tokens.tokenCount(); from += PIECE_TOKENS) {
            int count = Math.min(PIECE_TOKENS, tokens.tokenCount() - from);
            tokens.copyTo(piece, 0, from, count);
            bytes += sizeOf(piece, count);
        }
        return bytes;
    }

    /** Bytes of the first {@code count} numbers together. */
    static int sizeOf(long[] numbers, int count) {
        long bytes = count;
        long union = 0;
        for (int i = 0; i < count; i++) { // without a branch, so that the compiler takes several at once
            long number = numbers[i];
            bytes += ((0x7f - number) >>> 63) + ((0x3fff - number) >>> 63);
            union |= number;
        }
        if (union >>> SMALL_BITS == 0) {
            return (int) bytes;
        }
        bytes = 0;
        for (int i = 0; i < count; i++) {
            bytes += sizeOf(numbers[i]);
        }
        return (int) bytes;
    }

    /** Bytes of one number. */
    static int sizeOf(long number) {
        int bits = Long.SIZE - Long.numberOfLeadingZeros(number | 1);
        return (bits + 6) / 7;
    }

    /** Writes all tokens, as many bytes as {@link #sizeOf(TokenBlocks)} says. */
    static void write(TokenBlocks tokens, CodedOutputStream out) throws IOException {
        int pieceTokens = Math.min(PIECE_TOKENS, tokens.tokenCount());
        long[] piece = new long[pieceTokens];
        byte[] bytes = new byte[pieceTokens * MAX_BYTES];
        for (int from = 0; from < tokens.tokenCount(); from += pieceTokens) {
            int count = Math.min(pieceTokens, tokens.tokenCount() - from);
            tokens.copyTo(piece, 0, from, count);
            out.write(bytes, 0, write(piece, count, bytes, 0));
        }
    }

    /**
     * Writes the first {@code count} numbers; returns where it stopped.
     *
     * @param out with room for {@link #MAX_BYTES} for each
     */
    static int write(long[] numbers, int count, byte[] out, int from) {
        int at = from;
        for (int i = 0; i < count; i++) {
            long number = numbers[i];
            if ((number | (number - 0x80)) >>> SMALL_BITS == 0) {
                // Two or three bytes, which no branch predicts well: four are written, the next number overwrites the
                // rest.
                int low = (int) number;
                int three = (0x3fff - low) >>> 31;
                int spread = low + (low & 0x1f_ff80);
                spread += spread & 0x3f_8000;
                INTS.set(out, at, spread | 0x80 | (three << 15));
                at += 2 + three;
            } else {
                at = write(number, out, at);
            }
        }
        return at;
    }

    /** As {@link #write(long[], int, byte[], int)}, into just as many bytes as the numbers take. */
    static int writeWithin(long[] numbers, int count, byte[] out, int from) {
        int fast = Math.max(0, count - 2); // each leaves two bytes to be overwritten, which the last two have at least
        int at = write(numbers, fast, out, from);
        for (int i = fast; i < count; i++) {
            at = write(numbers[i], out, at);
        }
        return at;
    }

    /** Writes one number; returns where it stopped. */
    static int write(long number, byte[] out, int from) {
        int at = from;
        long left = number;
        while ((left & ~0x7fL) != 0) {
            out[at++] = (byte) (left | 0x80);
            left >>>= 7;
        }
        out[at++] = (byte) left;
        return at;
    }
}
