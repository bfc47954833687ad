package io.kvstore.bench.load;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.SplittableRandom;

/**
 * The payloads of a run, in direct memory: the bytes of each are a function of its number and its length, so that every process
 * has the same without being sent them. A million chunks may have the bytes of a hundred payloads; what must not repeat is the
 * memory that is read or sent next, or it would come from the processor's cache.
 *
 * <p>Threading: safe for many threads.
 */
final class PayloadSet {

    /** Every how many answers all bytes are compared while time is measured; of the others length, first and last bytes are. */
    private static final int COMPARE_EVERY = 64;

    private final ByteBuffer[] payloads;
    private final int payloadBytes;

    PayloadSet(int payloadBytes, int count) {
        this.payloadBytes = payloadBytes;
        this.payloads = new ByteBuffer[count];
        for (int i = 0; i < count; i++) {
            payloads[i] = make(payloadBytes, i);
        }
    }

    private static ByteBuffer make(int length, int number) {
        ByteBuffer payload = ByteBuffer.allocateDirect(length).order(ByteOrder.LITTLE_ENDIAN);
        SplittableRandom random = new SplittableRandom(31L * length + number);
        while (payload.remaining() >= Long.BYTES) {
            payload.putLong(random.nextLong());
        }
        while (payload.hasRemaining()) {
            payload.put((byte) random.nextLong());
        }
        return payload.flip();
    }

    int payloadBytes() {
        return payloadBytes;
    }

    int count() {
        return payloads.length;
    }

    boolean isOf(int bytes, int count) {
        return payloadBytes == bytes && payloads.length == count;
    }

    /** The payload of chunk {@code number}, with a position of its own. */
    ByteBuffer payload(long number) {
        return payloads[(int) (number % payloads.length)].duplicate();
    }

    /** Whether these are the bytes of chunk {@code number}: a look at each, all bytes of one in {@value #COMPARE_EVERY}. */
    boolean looksRight(long number, ByteBuffer got, long turn) {
        return turn % COMPARE_EVERY == 0 ? isRight(number, got) : endsAreRight(number, got);
    }

    /** As above, of bytes in several pieces. */
    boolean looksRight(long number, List<ByteBuffer> got, long turn) {
        if (got.size() == 1) {
            return looksRight(number, got.get(0), turn);
        }
        ByteBuffer expected = payload(number);
        boolean right = got.stream().mapToInt(ByteBuffer::remaining).sum() == payloadBytes;
        for (int i = 0; right && i < got.size(); i++) {
            ByteBuffer piece = got.get(i);
            ByteBuffer same = expected.slice(expected.position(), piece.remaining());
            expected.position(expected.position() + piece.remaining());
            right = turn % COMPARE_EVERY == 0
                    ? same.equals(piece)
                    : !same.hasRemaining() || same.get(0) == piece.get(piece.position());
        }
        return right;
    }

    /** Whether these are, byte for byte, the bytes of chunk {@code number}. */
    boolean isRight(long number, ByteBuffer got) {
        return got.equals(payload(number));
    }

    private boolean endsAreRight(long number, ByteBuffer got) {
        ByteBuffer expected = payload(number);
        if (got.remaining() != payloadBytes) {
            return false;
        }
        if (payloadBytes == 0) {
            return true;
        }
        int last = payloadBytes - 1;
        return got.get(got.position()) == expected.get(0) && got.get(got.position() + last) == expected.get(last);
    }
}
