package io.kvstore.grpc;

/**
 * How fast a question comes. Looked at anew whenever it came fast enough: what came long ago buys no time. Not safe for threads;
 * whoever has it guards it.
 */
final class QuestionPace {

    /** Since when it comes too slowly, and what had come by then. */
    private long sinceNanos;

    private long sinceBytes;

    void start(long nowNanos) {
        sinceNanos = nowNanos;
    }

    /**
     * Whether the question has come too slowly for too long.
     *
     * @param arrivedBytes of it, altogether
     * @param wanted whether somebody waits for the room it takes
     */
    boolean isLate(long nowNanos, long arrivedBytes, boolean wanted) {
        long nanos = nowNanos - sinceNanos;
        if (Patience.isFastEnough(nanos, arrivedBytes - sinceBytes)) {
            sinceNanos = nowNanos;
            sinceBytes = arrivedBytes;
            return false;
        }
        return (wanted ? Patience.IDLE_QUESTION : Patience.QUESTION).isOver(nanos, 0);
    }
}
