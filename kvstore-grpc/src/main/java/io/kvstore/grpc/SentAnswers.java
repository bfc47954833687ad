package io.kvstore.grpc;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * The permits of answers that a stream has handed to the transport and that the transport has not sent yet. Threading: safe
 * for many threads.
 */
final class SentAnswers {

    private final Deque<ByteBudget.Permit> permits = new ArrayDeque<>();

    /** How many answers were added before the first of {@link #permits}. */
    private long released;

    private long bytes;
    private long progressNanos;
    private boolean ended;

    /** Keeps the permit; returns the answer's number, or -1, and the permit is closed, when the call is over. */
    long add(ByteBudget.Permit permit, long nowNanos) {
        synchronized (this) {
            if (!ended) {
                if (permits.isEmpty()) {
                    progressNanos = nowNanos;
                }
                permits.add(permit);
                bytes += permit.bytes();
                return released + permits.size();
            }
        }
        permit.close();
        return -1;
    }

    synchronized long bytes() {
        return bytes;
    }

    /** Whether no more is left than {@code few}, or one answer alone of less than {@code one}. */
    synchronized boolean isLow(long few, long one) {
        return bytes <= few || (permits.size() == 1 && bytes < one);
    }

    /** The transport has let go of that answer, so of those before it too: a stream keeps its order. */
    void releaseUpTo(long number, long nowNanos) {
        List<ByteBudget.Permit> sent = new ArrayList<>();
        synchronized (this) {
            while (released < number && !permits.isEmpty()) {
                ByteBudget.Permit permit = permits.remove();
                released++;
                bytes -= permit.bytes();
                sent.add(permit);
            }
            progressNanos = nowNanos;
        }
        sent.forEach(ByteBudget.Permit::close);
    }

    /** The transport has room again: what it was given is on its way. */
    void release(long nowNanos) {
        releaseUpTo(Long.MAX_VALUE, nowNanos);
    }

    /** The transport holds nothing of this call any more. */
    void end() {
        synchronized (this) {
            ended = true;
        }
        release(0);
    }

    synchronized boolean isStalled(long nowNanos, boolean starved) {
        return !permits.isEmpty() && Patience.reader(starved).isOver(nowNanos - progressNanos, bytes);
    }
}
