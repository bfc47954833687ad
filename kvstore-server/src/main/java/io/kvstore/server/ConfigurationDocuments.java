package io.kvstore.server;

import io.kvstore.accounts.DocumentSource;
import io.kvstore.azure.AzureDocuments;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** The documents of a configuration store in Azure; the two modules know nothing of each other. */
record ConfigurationDocuments(AzureDocuments documents) implements DocumentSource {

    @Override
    public CompletableFuture<Optional<byte[]>> fetch(String name) {
        return documents.fetch(name);
    }

    @Override
    public CompletableFuture<Set<String>> names(int most) {
        return documents.names(most);
    }

    @Override
    public String toString() {
        return documents.toString();
    }
}
