package io.kvstore.accounts;

import io.kvstore.api.AccessPolicy;
import io.kvstore.api.AccountResolver;
import io.kvstore.api.CallerToken;
import java.util.concurrent.CompletableFuture;

/**
 * Everybody may use the resources that a resolver knows, and nobody others: what caches have of a resource is served for no
 * longer than the resolver knows it, and a question that needs no storage is refused like any other. Why the resolver has no
 * answer is why a call is refused.
 *
 * <p>Threading: safe for many threads. What the resolver has at hand is a completed future.
 */
public final class KnownResources implements AccessPolicy {

    private final AccountResolver resolver;
    private final CompletableFuture<Grant> granted = CompletableFuture.completedFuture(Grant.UNLIMITED);

    /** @param resolver answers from memory, since every call asks it; stays the caller's to close */
    public KnownResources(AccountResolver resolver) {
        this.resolver = resolver;
    }

    @Override
    public CompletableFuture<Grant> check(String resource, CallerToken token) {
        var accounts = resolver.resolve(resource);
        return accounts.isDone() && !accounts.isCompletedExceptionally()
                ? granted
                : accounts.thenApply(known -> Grant.UNLIMITED);
    }

    @Override
    public String toString() {
        return "KnownResources[" + resolver + "]";
    }
}
