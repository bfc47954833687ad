package io.kvstore.grpc;

import java.io.IOException;
import java.util.Arrays;

/** The numbers of a repeated field, in one array, up to a limit. What comes beyond the limit is counted, not kept. */
final class LongList {

    private static final long[] NONE = {};
    private static final int MIN_CAPACITY = 16;

    /** Token ids of today's vocabularies take 2 to 3 bytes each. */
    private static final int EXPECTED_BYTES_EACH = 2;

    private final int maxKept;
    private long[] values = NONE;
    private int count;

    LongList(int maxKept) {
        this.maxKept = maxKept;
    }

    /** All numbers that came, also those over the limit. */
    int count() {
        return count;
    }

    /** Bytes of the array. */
    long keptBytes() {
        return (long) values.length * Long.BYTES;
    }

    /** The numbers kept, in an array of just that length. */
    long[] toArray() {
        int kept = Math.min(count, maxKept);
        return kept == values.length ? values : Arrays.copyOf(values, kept);
    }

    void add(long value) {
        if (count < maxKept) {
            if (count == values.length) {
                grow(count + 1);
            }
            values[count] = value;
        }
        count++;
    }

    /** Reads the packed form of the field. */
    void addPacked(WireReader reader) throws IOException {
        int outer = reader.enter();
        grow(count + reader.remaining() / EXPECTED_BYTES_EACH);
        while (!reader.atLimit()) {
            if (count < values.length) {
                count = reader.readVarints(values, count, values.length);
            }
            if (!reader.atLimit()) {
                add(reader.readVarint()); // the one at the edge of what is fetched, or beyond the limit
            }
        }
        reader.leave(outer);
    }

    private void grow(int wanted) {
        int capacity = Math.max(Math.max(wanted, values.length + values.length / 2), MIN_CAPACITY);
        // The last one kept is one too many, as a rule: without it an array that is just full is handed on as it is.
        int most = values.length < maxKept - 1 ? maxKept - 1 : maxKept;
        if (Math.min(capacity, most) > values.length) {
            values = Arrays.copyOf(values, Math.min(capacity, most));
        }
    }
}
