package io.kvstore.grpc;

import java.util.concurrent.TimeUnit;

/** How long a call may wait, by what it waits for. Where a client's bytes are waited for, each gets its time on top. */
enum Patience {
    /**
     * For room for a message. It holds a part of its connection's flow-control window meanwhile, which others share. Longer than
     * {@link #IDLE_QUESTION}: what has stopped makes room for who waits.
     */
    ADMISSION(3, 0),
    /** For a question that comes too slowly, or not at all. It holds room. */
    QUESTION(10, 0),
    /** For such a question, while somebody who holds nothing waits for the room. */
    IDLE_QUESTION(2, 0),
    /** For the store, which ends by the client's deadline or by its own. */
    STORE(Long.MAX_VALUE, 0),
    /** For room for an answer. The answer lies in memory meanwhile. */
    ROOM(10, 0),
    /** For the client to read. What it does not read lies in the transport, and pings do not show it. */
    READER(60, 256 << 10),
    /** For such a client, while somebody who holds nothing waits for the room. A large answer is given up before that one is. */
    IDLE_READER(5, 16 << 20);

    private static final long MIN_QUESTION_BYTES_PER_SECOND = 256 << 10;

    private final long seconds;
    private final long bytesPerSecond;

    /** @param bytesPerSecond as many get another second; none do if 0 */
    Patience(long seconds, long bytesPerSecond) {
        this.seconds = seconds;
        this.bytesPerSecond = bytesPerSecond;
    }

    /** For a client to read, by whether somebody who holds nothing waits for the room. */
    static Patience reader(boolean starved) {
        return starved ? IDLE_READER : READER;
    }

    /** Whether so many bytes in this time are enough for a question to go on coming. */
    static boolean isFastEnough(long nanos, long bytes) {
        return bytes > 0 && bytes >= MIN_QUESTION_BYTES_PER_SECOND / 1000 * TimeUnit.NANOSECONDS.toMillis(nanos);
    }

    /**
     * Whether the wait is over.
     *
     * @param waitedNanos how long it has lasted
     * @param bytes that go in this time
     */
    boolean isOver(long waitedNanos, long bytes) {
        long allowed = bytesPerSecond > 0 ? seconds + bytes / bytesPerSecond : seconds;
        return TimeUnit.NANOSECONDS.toSeconds(waitedNanos) >= allowed;
    }
}
