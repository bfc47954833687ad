package io.kvstore.api;

import java.util.concurrent.Flow;

/**
 * The stores of many customers behind one door. The embedded engine and the gRPC client are both one of these, so that a
 * program changes from one to the other in one line.
 *
 * <p>Threading: safe for many threads.
 */
public interface KVStores extends AutoCloseable {

    /** The store of that name. Costs nothing, does no I/O, never fails: whether it exists shows at the first call. */
    KVStore store(StoreId id);

    /**
     * Answers each question once, in the order asked, across stores. A bad, missing or failed item is answered in its own
     * result and the stream goes on.
     *
     * <p>Back-pressure: results are published as the subscriber requests them. Questions are taken in as they come, even when
     * nobody takes results, since existing clients ask everything before they read the first answer; what is bounded is the
     * payload bytes fetched ahead, and the number of questions waiting ({@link Reason#RESOURCE_EXHAUSTED} beyond).
     *
     * <p>The subscriber owns each result it is given and closes it. Cancelling the subscription stops the work, cancels the
     * subscription to {@code questions} and closes what was fetched but not delivered. The publisher serves one subscriber.
     *
     * @param questions subscribed to once, when the result is
     * @param options the timeout bounds the whole stream; without one the stream may last as long as it is used, and each
     *     item has the default time
     */
    Flow.Publisher<ReadResult> readAll(Flow.Publisher<ReadQuestion> questions, CallOptions options);

    /**
     * Refuses new calls with {@link Reason#UNAVAILABLE}, waits a bounded time for those under way, lets go of all resources.
     * Closing again does nothing.
     */
    @Override
    void close();
}
