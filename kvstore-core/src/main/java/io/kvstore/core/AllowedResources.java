package io.kvstore.core;

import io.kvstore.api.AccessPolicy;
import io.kvstore.api.CallerToken;
import io.kvstore.api.KVStoreException;
import io.kvstore.api.Reason;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * A fixed list of the resources that are served here, whether or not others exist elsewhere. {@code next} is asked first: which
 * names are on the list is told only to those whom it lets in.
 */
final class AllowedResources implements AccessPolicy {

    private final Set<String> names;
    private final AccessPolicy next;

    AllowedResources(Set<String> names, AccessPolicy next) {
        this.names = Set.copyOf(names);
        this.next = next;
    }

    @Override
    public CompletableFuture<Grant> check(String resource, CallerToken token) {
        CompletableFuture<Grant> decision = next.check(resource, token);
        return names.contains(resource)
                ? decision
                : decision.thenCompose(grant -> CompletableFuture.failedFuture(
                        new KVStoreException(Reason.NOT_FOUND, "resource_name: '" + resource + "' is not known here")));
    }
}
