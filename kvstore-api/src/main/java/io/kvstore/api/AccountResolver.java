package io.kvstore.api;

import java.util.concurrent.CompletableFuture;

/**
 * Says where the chunks of a resource are kept: turns the resource name that clients send into storage accounts.
 *
 * <p><b>Threading.</b> Safe for many threads. Never blocks its caller, and no resource waits for another's answer.
 *
 * <p><b>Failure.</b> Never throws; the future fails with {@link KVStoreException}: {@link Reason#NOT_FOUND} for a resource that
 * is not known, {@link Reason#UNAVAILABLE} when whoever knows can't be asked.
 *
 * <p><b>Freshness.</b> An implementation may answer from memory; it names how old an answer can be. A resource that is not known
 * is remembered for a shorter, bounded time, so that a new customer is served without a restart.
 */
public interface AccountResolver extends AutoCloseable {

    /** The accounts of that resource. Cancelling the future is its caller's alone: others who wait are not disturbed. */
    CompletableFuture<ResourceAccounts> resolve(String resource);

    /** Lets go of what the resolver holds; later calls fail with {@link Reason#UNAVAILABLE}. Closing again does nothing. */
    @Override
    void close();
}
