package io.kvstore.grpc;

import java.util.ArrayList;
import java.util.List;

/**
 * The permits of answers that a stream has handed to the transport and that the transport has not sent yet. Threading: safe
 * for many threads.
 */
final class SentAnswers {

    private final List<ByteBudget.Permit> permits = new ArrayList<>();
    private long bytes;
    private long progressNanos;
    private boolean ended;

    /** Keeps the permit; false, and the permit is closed, when the call is over. */
    boolean add(ByteBudget.Permit permit, long nowNanos) {
        synchronized (this) {
            if (!ended) {
                if (permits.isEmpty()) {
                    progressNanos = nowNanos;
                }
                permits.add(permit);
                bytes += permit.bytes();
                return true;
            }
        }
        permit.close();
        return false;
    }

    synchronized long bytes() {
        return bytes;
    }

    /** The transport has room again: what it was given is on its way. */
    void release() {
        List<ByteBudget.Permit> sent;
        synchronized (this) {
            sent = List.copyOf(permits);
            permits.clear();
            bytes = 0;
        }
        sent.forEach(ByteBudget.Permit::close);
    }

    /** The transport holds nothing of this call any more. */
    void end() {
        synchronized (this) {
            ended = true;
        }
        release();
    }

    synchronized boolean isStalled(long nowNanos) {
        return !permits.isEmpty() && Patience.READER.isOver(nowNanos - progressNanos, bytes);
    }
}
