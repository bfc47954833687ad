package io.kvstore.grpc;

import io.kvstore.api.KVStoreException;
import io.kvstore.api.Reason;
import java.util.ArrayDeque;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * What the questions of one stream left behind until they are answered, in the order they came; bounded by number and
 * bytes, and counted for the connection they came on: it has no more than is left free for others. A stream that adds
 * to more ends, but one of few questions.
 *
 * <p>Threading: safe for many threads.
 */
final class UnansweredQuestions {

    static final int MAX_QUESTIONS = 65_536;

    /** The same in bytes: 65,536 with names and locations of the usual length, fewer with the longest. */
    static final long MAX_BYTES = 48L << 20;

    /** Of few questions, for which there is a quarter more: about a hundred. */
    private static final long FEW_BYTES = 64 << 10;

    /**
     * One of them.
     *
     * @param nanos when it came
     * @param bytes that it keeps
     * @param refusal of what the store is not asked to check; answered in its place if nothing else is wrong
     */
    record Asked(
            long nanos, String tenant, long bytes, @Nullable KVStoreException refusal) {}

    private final ByteBudget budget;
    private final ByteBudget.Permit counted;
    private final Queue<Asked> questions = new ArrayDeque<>();
    private long bytes;
    private boolean complete;
    private boolean closed;

    UnansweredQuestions(ByteBudget budget, String connection) {
        this.budget = budget;
        this.counted = budget.force(connection, 0);
    }

    /** @throws KVStoreException RESOURCE_EXHAUSTED when there are too many, of the stream, its connection or all */
    synchronized void add(LocationQuestion question, long nowNanos) {
        if (closed) {
            return;
        }
        long more = question.waitingBytes();
        if (questions.size() >= MAX_QUESTIONS || bytes + more > MAX_BYTES) {
            throw new KVStoreException(
                    Reason.RESOURCE_EXHAUSTED,
                    "more than " + MAX_QUESTIONS + " unanswered questions in a stream, or " + MAX_BYTES
                            + " bytes of them");
        }
        bytes += more;
        counted.resize(bytes);
        if (bytes <= FEW_BYTES ? budget.isOverdrawnBySmall(bytes) : counted.isBeyondShare()) {
            throw ByteBudget.exhausted("too many unanswered questions of streams; retry later");
        }
        questions.add(new Asked(nowNanos, question.resource(), more, question.completionIdFailure()));
    }

    /** The one to be answered next, or null when there is none. */
    synchronized @Nullable Asked poll() {
        Asked next = questions.poll();
        if (next != null) {
            bytes -= next.bytes();
            counted.resize(bytes);
        }
        return next;
    }

    /** Whether there are so many that others may have a use for their room, of which there is little. */
    synchronized boolean areInTheWay() {
        return bytes > FEW_BYTES && budget.isScarce();
    }

    /** No more questions come. */
    synchronized void complete() {
        complete = true;
    }

    /** Whether there is nothing to answer although more may come. */
    synchronized boolean isIdle() {
        return questions.isEmpty() && !complete;
    }

    /** None is kept any more, and none that comes late. */
    synchronized void close() {
        closed = true;
        questions.clear();
        bytes = 0;
        counted.close();
    }
}
