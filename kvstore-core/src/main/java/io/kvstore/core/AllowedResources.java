package io.kvstore.core;

import io.kvstore.api.AccessPolicy;
import io.kvstore.api.CallerToken;
import io.kvstore.api.KVStoreException;
import io.kvstore.api.Reason;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** A fixed list of the resources that are served here, whether or not others exist elsewhere; {@code next} decides about those. */
final class AllowedResources implements AccessPolicy {

    private final Set<String> names;
    private final AccessPolicy next;

    AllowedResources(Set<String> names, AccessPolicy next) {
        this.names = Set.copyOf(names);
        this.next = next;
    }

    @Override
    public CompletableFuture<Grant> check(String resource, CallerToken token) {
        return names.contains(resource)
                ? next.check(resource, token)
                : CompletableFuture.failedFuture(
                        new KVStoreException(Reason.NOT_FOUND, "resource_name: '" + resource + "' is not known here"));
    }
}
