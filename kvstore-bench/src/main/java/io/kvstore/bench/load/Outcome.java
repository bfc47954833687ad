package io.kvstore.bench.load;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.zip.DataFormatException;
import org.HdrHistogram.Histogram;

/**
 * What came of a job.
 *
 * @param payloadBytes that were answered or acknowledged
 * @param nanos from the first request to the last answer
 * @param failure why it is worth nothing: empty when every answer was right
 * @param latencyNanos of each request: from its start, or from when it should have started in an open loop
 */
public record Outcome(
        long operations,
        long payloadBytes,
        long nanos,
        Usage client,
        Usage server,
        String failure,
        Histogram latencyNanos) {

    private static final int FIELDS = 9;
    private static final long LARGEST_EXPECTED = 1_000_000_000L;

    public boolean failed() {
        return !failure.isEmpty();
    }

    /** Of a job that is not measured. */
    static Outcome nothing() {
        return failed("");
    }

    static Outcome failed(String why) {
        return new Outcome(0, 0, 0, new Usage(0, Usage.UNKNOWN), new Usage(0, Usage.UNKNOWN), why, new Histogram(3));
    }

    /** As one line, for a process of the same version. */
    String toLine() {
        ByteBuffer histogram = ByteBuffer.allocate(latencyNanos.getNeededByteBufferCapacity());
        int length = latencyNanos.encodeIntoCompressedByteBuffer(histogram);
        Base64.Encoder base64 = Base64.getEncoder();
        return String.join(
                " ",
                Long.toString(operations),
                Long.toString(payloadBytes),
                Long.toString(nanos),
                Double.toString(client.cpuSeconds()),
                Long.toString(client.heapBytes()),
                Double.toString(server.cpuSeconds()),
                Long.toString(server.heapBytes()),
                base64.encodeToString(failure.getBytes(StandardCharsets.UTF_8)) + "=",
                base64.encodeToString(java.util.Arrays.copyOf(histogram.array(), length)));
    }

    /**
     * Reads a line of {@link #toLine}.
     *
     * @throws IllegalArgumentException when it is none
     */
    public static Outcome parse(String line) {
        String[] fields = line.split(" ", -1);
        if (fields.length != FIELDS) {
            throw new IllegalArgumentException("outcome: " + fields.length + " fields (expected: " + FIELDS + ")");
        }
        Base64.Decoder base64 = Base64.getDecoder();
        String failure = fields[7].substring(0, fields[7].length() - 1);
        try {
            return new Outcome(
                    Long.parseLong(fields[0]),
                    Long.parseLong(fields[1]),
                    Long.parseLong(fields[2]),
                    new Usage(Double.parseDouble(fields[3]), Long.parseLong(fields[4])),
                    new Usage(Double.parseDouble(fields[5]), Long.parseLong(fields[6])),
                    new String(base64.decode(failure), StandardCharsets.UTF_8),
                    Histogram.decodeFromCompressedByteBuffer(
                            ByteBuffer.wrap(base64.decode(fields[8])), LARGEST_EXPECTED));
        } catch (DataFormatException e) {
            throw new IllegalArgumentException("outcome: the histogram cannot be read", e);
        }
    }
}
