package io.kvstore.grpc;

import io.kvstore.api.KVStoreException;
import io.kvstore.api.Reason;
import java.util.ArrayDeque;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * What the questions of one stream left behind until they are answered, in the order they came; bounded by number and bytes.
 * Threading: safe for many threads.
 */
final class UnansweredQuestions {

    static final int MAX_QUESTIONS = 65_536;

    /** The same in bytes: 65,536 with names and locations of the usual length, fewer with the longest. */
    static final long MAX_BYTES = 48L << 20;

    /**
     * One of them.
     *
     * @param nanos when it came
     * @param bytes that it keeps
     * @param refusal of what the store is not asked to check; answered in its place if nothing else is wrong
     */
    record Asked(
            long nanos, String tenant, long bytes, @Nullable KVStoreException refusal) {}

    private final Queue<Asked> questions = new ArrayDeque<>();
    private long bytes;
    private boolean complete;

    /** @throws KVStoreException RESOURCE_EXHAUSTED when there are too many */
    synchronized void add(LocationQuestion question, long nowNanos) {
        long more = question.waitingBytes();
        if (questions.size() >= MAX_QUESTIONS || bytes + more > MAX_BYTES) {
            throw new KVStoreException(
                    Reason.RESOURCE_EXHAUSTED,
                    "more than " + MAX_QUESTIONS + " unanswered questions in a stream, or " + MAX_BYTES
                            + " bytes of them");
        }
        bytes += more;
        questions.add(new Asked(nowNanos, question.resource(), more, question.completionIdFailure()));
    }

    /** The one to be answered next, or null when there is none. */
    synchronized @Nullable Asked poll() {
        Asked next = questions.poll();
        bytes -= next == null ? 0 : next.bytes();
        return next;
    }

    /** No more questions come. */
    synchronized void complete() {
        complete = true;
    }

    /** Whether there is nothing to answer although more may come. */
    synchronized boolean isIdle() {
        return questions.isEmpty() && !complete;
    }

    synchronized void clear() {
        questions.clear();
        bytes = 0;
    }
}
