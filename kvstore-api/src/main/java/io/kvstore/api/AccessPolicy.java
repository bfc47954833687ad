package io.kvstore.api;

import java.util.concurrent.CompletableFuture;

/**
 * Decides who may use which resource. The engine asks before any work on every call, and for every item of a stream.
 *
 * <p><b>Threading.</b> Safe for many threads. Never blocks its caller: an answer that is known is a completed future, which
 * costs the call no change of thread.
 *
 * <p><b>Failure.</b> Never throws; the future fails with {@link KVStoreException}:
 *
 * <ul>
 *   <li>{@link Reason#UNAUTHENTICATED} where a token is needed and none, or none that is known, was shown
 *   <li>{@link Reason#PERMISSION_DENIED} where a known caller may not use the resource
 *   <li>{@link Reason#NOT_FOUND} for a resource that is not known, by policies that restrict nobody
 *   <li>{@link Reason#UNAVAILABLE} when whoever knows can't be asked
 * </ul>
 *
 * Whatever else goes wrong refuses the call too. A policy that restricts callers answers for a resource that does not exist
 * as it does for one that the caller may not use, the text included: names are a customer's secret.
 */
@FunctionalInterface
public interface AccessPolicy {

    /** Everybody may use every resource. */
    AccessPolicy OPEN = new AccessPolicy() {

        private final CompletableFuture<Grant> granted = CompletableFuture.completedFuture(Grant.UNLIMITED);

        @Override
        public CompletableFuture<Grant> check(String resource, CallerToken token) {
            return granted;
        }

        @Override
        public String toString() {
            return "AccessPolicy.OPEN";
        }
    };

    /**
     * Whether who shows {@code token} may use {@code resource}. Cancelling the future is its caller's alone: others who ask the
     * same are not disturbed.
     *
     * @param resource a well-formed resource name, known or not
     * @param token {@link CallerToken#NONE} when nothing was shown
     */
    CompletableFuture<Grant> check(String resource, CallerToken token);

    /**
     * A yes, with its limits.
     *
     * @param maxCalls calls of the resource under way at a time, of all callers together, beyond which one more is {@link
     *     Reason#RESOURCE_EXHAUSTED}; an ordered read is one call while it fetches. 0 for no limit
     */
    record Grant(int maxCalls) {

        public static final Grant UNLIMITED = new Grant(0);

        public Grant {
            if (maxCalls < 0) {
                throw new IllegalArgumentException("maxCalls: " + maxCalls + " (expected: 0 or more)");
            }
        }
    }
}
