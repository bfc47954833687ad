package io.kvstore.bench.load;

/**
 * One thing to do for a load client.
 *
 * @param payloadBytes of each chunk
 * @param chunks different chunks that reads go through, one after the other
 * @param depth requests in flight at once; of a StreamingRead, in one stream
 * @param seconds how long requests are started; those under way then are waited for
 * @param ratePerSecond requests started a second, whatever the answers do; 0 for a closed loop, in which {@code depth} decides
 * @param maxOperations no more requests than that
 * @param blocks that a lookup asks for
 * @param firstNew number of the first chunk that is written: what was written once is never written again
 */
public record Job(
        Call call,
        int payloadBytes,
        int chunks,
        int depth,
        double seconds,
        double ratePerSecond,
        long maxOperations,
        int blocks,
        Hits hits,
        long firstNew) {

    private static final int FIELDS = 10;

    public Job {
        if (payloadBytes < 0 || chunks < 1 || depth < 1 || seconds < 0 || ratePerSecond < 0 || blocks < 0) {
            throw new IllegalArgumentException("job: a number is below what makes sense");
        }
    }

    /** Stores what is read later. */
    public static Job load(int payloadBytes, int chunks, int blocks) {
        return new Job(Call.LOAD, payloadBytes, chunks, 1, 0, 0, Long.MAX_VALUE, blocks, Hits.ALL, 0);
    }

    /** A closed loop over payloads. */
    public static Job transfer(Call call, int payloadBytes, int chunks, int depth) {
        return new Job(call, payloadBytes, chunks, depth, 0, 0, Long.MAX_VALUE, 0, Hits.ALL, 0);
    }

    /** A closed loop of lookups. */
    public static Job lookup(int blocks, Hits hits, int depth) {
        return new Job(Call.LOOKUP, 0, 1, depth, 0, 0, Long.MAX_VALUE, blocks, hits, 0);
    }

    public Job lasting(double someSeconds) {
        return new Job(
                call, payloadBytes, chunks, depth, someSeconds, ratePerSecond, maxOperations, blocks, hits, firstNew);
    }

    public Job atRate(double perSecond) {
        return new Job(call, payloadBytes, chunks, depth, seconds, perSecond, maxOperations, blocks, hits, firstNew);
    }

    public Job writing(long first, long atMost) {
        return new Job(call, payloadBytes, chunks, depth, seconds, ratePerSecond, atMost, blocks, hits, first);
    }

    /** The same with chunks that were loaded. */
    public Job again() {
        return new Job(
                Call.WRITE_AGAIN, payloadBytes, chunks, depth, seconds, ratePerSecond, Long.MAX_VALUE, blocks, hits, 0);
    }

    boolean isOpenLoop() {
        return ratePerSecond > 0;
    }

    /** As one line, for a process of the same version. */
    public String toLine() {
        return String.join(
                " ",
                call.name(),
                Integer.toString(payloadBytes),
                Integer.toString(chunks),
                Integer.toString(depth),
                Double.toString(seconds),
                Double.toString(ratePerSecond),
                Long.toString(maxOperations),
                Integer.toString(blocks),
                hits.name(),
                Long.toString(firstNew));
    }

    static Job parse(String line) {
        String[] fields = line.split(" ", -1);
        if (fields.length != FIELDS) {
            throw new IllegalArgumentException("job: " + fields.length + " fields (expected: " + FIELDS + ")");
        }
        return new Job(
                Call.valueOf(fields[0]),
                Integer.parseInt(fields[1]),
                Integer.parseInt(fields[2]),
                Integer.parseInt(fields[3]),
                Double.parseDouble(fields[4]),
                Double.parseDouble(fields[5]),
                Long.parseLong(fields[6]),
                Integer.parseInt(fields[7]),
                Hits.valueOf(fields[8]),
                Long.parseLong(fields[9]));
    }
}
