package io.kvstore.core;

import io.kvstore.api.Reason;
import java.util.Optional;

/**
 * Hears of every call at each measured layer: "store" is what callers experience, "backend" is the backend alone. The
 * metrics library stays on the other side of this interface.
 *
 * <p>Called on the threads that serve: must be thread-safe, fast, and must not throw.
 */
public interface StoreObserver {

    /** Hears nothing. */
    StoreObserver NONE = (layer, operation, failure, nanos, bytes) -> {};

    /** What was asked. */
    enum Operation {
        GET,
        HEAD,
        PUT,
        DELETE,
        LIST
    }

    /**
     * A call has ended.
     *
     * @param layer which layer was asked
     * @param failure why it failed; empty for success, absence included
     * @param nanos from call to completion
     * @param bytes payload bytes returned or stored, 0 for none
     */
    void called(String layer, Operation operation, Optional<Reason> failure, long nanos, long bytes);

    /**
     * A lookup was answered. Lookups that failed are not told here.
     *
     * @param blocksAsked whole blocks of the prompt
     * @param blocksFound length of the run
     * @param degraded trouble cut the run short
     * @param nanos from call to answer
     */
    default void lookedUp(int blocksAsked, int blocksFound, boolean degraded, long nanos) {}
}
