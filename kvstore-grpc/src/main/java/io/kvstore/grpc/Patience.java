package io.kvstore.grpc;

import java.util.concurrent.TimeUnit;

/** How long a call may wait, by what it waits for. Where a client's bytes are waited for, each gets its time on top. */
enum Patience {
    /** For room for a message. It holds a part of its connection's flow-control window meanwhile, which others share. */
    ADMISSION(2, false),
    /** For a complete question. It holds room that others wait for. */
    QUESTION(10, true),
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
