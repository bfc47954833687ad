package io.kvstore.accounts;

import io.kvstore.api.AccountResolver;
import io.kvstore.api.KVStoreException;
import io.kvstore.api.Reason;
import io.kvstore.api.ResourceAccounts;
import io.kvstore.api.StorageAccount;
import java.net.URI;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;

/** Knows what the test says; counts what it is asked; holds the names it is told to hold. */
final class ScriptedResolver implements AccountResolver {

    final Map<String, ResourceAccounts> known = new HashMap<>();
    final List<String> asked = new CopyOnWriteArrayList<>();
    final Map<String, CompletableFuture<ResourceAccounts>> held = new HashMap<>();
    final Set<String> holding = new HashSet<>();
    CompletableFuture<Set<String>> listed = CompletableFuture.completedFuture(Set.of());
    boolean down;
    boolean closed;

    static ResourceAccounts accounts(String name) {
        return ResourceAccounts.of(new StorageAccount(name, URI.create("https://" + name + ".example"), ""));
    }

    /** What it tells of the names it knows. */
    CompletableFuture<Set<String>> names() {
        return listed;
    }

    void knows(String resource, String account) {
        known.put(resource, accounts(account));
    }

    @Override
    public CompletableFuture<ResourceAccounts> resolve(String resource) {
        asked.add(resource);
        CompletableFuture<ResourceAccounts> answer = new CompletableFuture<>();
        if (holding.contains(resource)) {
            held.put(resource, answer);
        } else {
            answer(resource, answer);
        }
        return answer;
    }

    private void answer(String resource, CompletableFuture<ResourceAccounts> to) {
        if (down) {
            to.completeExceptionally(new KVStoreException(Reason.UNAVAILABLE, "the source is down"));
        } else if (known.containsKey(resource)) {
            to.complete(known.get(resource));
        } else {
            to.completeExceptionally(new KVStoreException(Reason.NOT_FOUND, "no such resource"));
        }
    }

    void release(String resource) {
        holding.remove(resource);
        answer(resource, Objects.requireNonNull(held.remove(resource)));
    }

    int timesAsked(String resource) {
        return (int) asked.stream().filter(resource::equals).count();
    }

    @Override
    public void close() {
        closed = true;
    }
}
