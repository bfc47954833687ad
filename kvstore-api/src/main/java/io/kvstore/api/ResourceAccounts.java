package io.kvstore.api;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Where a resource's chunks are kept.
 *
 * @param accounts at least one, names distinct; several share the chunks, each chunk always on the same one, chosen by
 *     rendezvous hashing over the names, so that one more account moves few of them; their order means nothing
 * @param writable false when these accounts only stand in for a region that has none of its own: reads are served, writes refused
 */
public record ResourceAccounts(List<StorageAccount> accounts, boolean writable) {

    public ResourceAccounts {
        accounts = List.copyOf(accounts);
        if (accounts.isEmpty()) {
            throw new IllegalArgumentException("accounts: none (expected: at least one)");
        }
        Set<String> names = new HashSet<>();
        accounts.forEach(account -> {
            if (!names.add(account.name())) {
                throw new IllegalArgumentException(
                        "accounts: '" + account.name() + "' twice (expected: distinct names)");
            }
        });
    }

    /** One account that may be written. */
    public static ResourceAccounts of(StorageAccount account) {
        return new ResourceAccounts(List.of(account), true);
    }
}
