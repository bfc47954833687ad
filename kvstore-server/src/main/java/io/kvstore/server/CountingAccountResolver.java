package io.kvstore.server;

import io.kvstore.api.AccountResolver;
import io.kvstore.api.ResourceAccounts;
import java.util.concurrent.CompletableFuture;

/** Counts what a resolver answers. */
final class CountingAccountResolver implements AccountResolver {

    private final AccountResolver inner;
    private final OutcomeCounter outcomes;

    CountingAccountResolver(AccountResolver inner, OutcomeCounter outcomes) {
        this.inner = inner;
        this.outcomes = outcomes;
    }

    @Override
    public CompletableFuture<ResourceAccounts> resolve(String resource) {
        return outcomes.of(inner.resolve(resource));
    }

    @Override
    public void close() {
        inner.close();
    }

    @Override
    public String toString() {
        return inner.toString();
    }
}
