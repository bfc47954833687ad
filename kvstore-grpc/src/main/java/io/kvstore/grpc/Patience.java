package io.kvstore.grpc;

import java.util.concurrent.TimeUnit;

/** How long a call may wait, by what it waits for. Where a client's bytes are waited for, each gets its time on top. */
enum Patience {
    /**
     * For room for a message. It holds a part of its connection's flow-control window meanwhile, which others share. Longer than
     * {@link #IDLE_QUESTION}: what has stopped makes room for who waits.
     */
    ADMISSION(3, false),
    /** For a question that comes too slowly, or not at all. It holds room. */
    QUESTION(10, false),
    /** For such a question, while somebody who holds nothing waits for the room. */
    IDLE_QUESTION(2, false),
    /** For the store, which ends by the client's deadline or by its own. */
    STORE(Long.MAX_VALUE, false),
    /** For room for an answer. The answer lies in memory meanwhile. */
    ROOM(10, false),
    /** For the client to read. What it does not read lies in the transport, and pings do not show it. */
    READER(60, true);

    private static final long MIN_BYTES_PER_SECOND = 256 * 1024;

    private final long seconds;
    private final boolean takesBytes;

    Patience(long seconds, boolean takesBytes) {
        this.seconds = seconds;
        this.takesBytes = takesBytes;
    }

    /** Whether so many bytes in this time are enough for a question to go on coming. */
    static boolean isFastEnough(long nanos, long bytes) {
        return bytes > 0 && bytes >= MIN_BYTES_PER_SECOND / 1000 * TimeUnit.NANOSECONDS.toMillis(nanos);
    }

    /**
     * Whether the wait is over.
     *
     * @param waitedNanos how long it has lasted
     * @param bytes that came or go in this time
     */
    boolean isOver(long waitedNanos, long bytes) {
        long allowed = takesBytes ? seconds + bytes / MIN_BYTES_PER_SECOND : seconds;
        return TimeUnit.NANOSECONDS.toSeconds(waitedNanos) >= allowed;
    }
}
