package io.kvstore.server;

import io.kvstore.api.AccessPolicy;
import io.kvstore.api.CallerToken;
import java.util.concurrent.CompletableFuture;

/** Counts what a policy decides. */
final class CountingAccessPolicy implements AccessPolicy {

    private final AccessPolicy inner;
    private final OutcomeCounter outcomes;

    CountingAccessPolicy(AccessPolicy inner, OutcomeCounter outcomes) {
        this.inner = inner;
        this.outcomes = outcomes;
    }

    @Override
    public CompletableFuture<Grant> check(String resource, CallerToken token) {
        return outcomes.of(inner.check(resource, token));
    }

    @Override
    public String toString() {
        return "CountingAccessPolicy[" + inner + "]";
    }
}
