package io.kvstore.accounts;

import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** Where configuration documents are: a container of blobs, in deployments. */
@FunctionalInterface
public interface DocumentSource {

    /**
     * The document of that name, empty when there is none. Never throws, never blocks, ends within a bounded time; fails with
     * {@link io.kvstore.api.Reason#UNAVAILABLE} when that can't be told, and for one of more than a MiB.
     *
     * @param name of letters, digits, {@code - _ .}, starting with a letter or digit
     */
    CompletableFuture<Optional<byte[]>> fetch(String name);

    /**
     * The names of the documents, at most so many of them; none where they cannot be listed. Never throws, never blocks, ends
     * within a bounded time.
     */
    default CompletableFuture<Set<String>> names(int most) {
        return CompletableFuture.completedFuture(Set.of());
    }
}
