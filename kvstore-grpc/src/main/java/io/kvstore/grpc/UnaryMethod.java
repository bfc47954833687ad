package io.kvstore.grpc;

import io.kvstore.api.CallOptions;
import io.kvstore.protos.ServerMetrics;
import java.util.concurrent.CompletableFuture;

/**
 * What one unary method of the service does with a question, apart from everything that all calls have in common.
 *
 * @param <Q> question as received
 * @param <R> result of the store
 * @param <A> answer as sent
 */
interface UnaryMethod<Q, R, A> {

    /**
     * Checks the question in the order of the contract and asks the store. The question is this method's to close.
     *
     * @throws io.kvstore.api.KVStoreException for a question that is refused
     */
    CompletableFuture<R> ask(Q question, CallOptions options);

    A answer(R result, ServerMetrics metrics);

    /** Nanoseconds of the result that went into waiting for the backend. */
    long storageNanos(R result);

    /** Lets go of a question that is not asked. */
    default void dropQuestion(Q question) {}

    /** Bytes of the decoded question; 0 when it takes no more than any small one. */
    default long questionBytes(Q question) {
        return 0;
    }

    /** Bytes of the answer, about; 0 when it is a small one, which is not counted. */
    default long answerBytes(R result) {
        return 0;
    }

    /** Lets go of a result: after its answer was sent, or because it is not. */
    default void dropResult(R result) {}

    /**
     * Whether the message is let in only when the budget of received bytes has room, and its bytes are counted by {@link #ask}
     * from then on.
     */
    default boolean carriesPayload() {
        return false;
    }

    /** Whose share of the budget the question counts against. */
    String tenant(Q question);
}
