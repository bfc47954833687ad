package io.kvstore.accounts;

import io.kvstore.api.AccountResolver;
import io.kvstore.api.KVStoreException;
import io.kvstore.api.Reason;
import io.kvstore.api.ResourceAccounts;
import io.kvstore.api.StoreId;
import java.net.URI;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Reads where a resource's chunks are kept from the document {@code <resource>.json} of a configuration store:
 *
 * <pre>{@code
 * {"promptAccountId": "...", "promptAccountName": "...", "location": "westeurope", "kind": "...",
 *  "regionStorageMap": {"westeurope": ["acmewe1", "acmewe2"], "eastus": ["https://acmeus.blob.core.windows.net"]}}
 * }</pre>
 *
 * <p>The accounts of the region where this process runs serve; where it has none, those of {@code location}, which are only
 * read unless configured otherwise. A document that cannot be used fails its own resource with {@link Reason#UNAVAILABLE}.
 *
 * <p>Remembers nothing: every question fetches the document. Put {@link CachingAccountResolver} in front of it.
 */
public final class ConfigurationStoreResolver implements AccountResolver {

    private static final String SUFFIX = ".json";

    private final DocumentSource documents;
    private final ConfigurationReader reader;
    private final String region;
    private final boolean crossRegionWrites;
    private volatile boolean closed;

    /**
     * A resolver of one region.
     *
     * @param region where this process runs, such as {@code westeurope}; "" for wherever a resource is at home
     * @param bareNames what makes an address of an account's name, such as {@link AccountAddress#withSuffix} says
     * @param crossRegionWrites whether accounts that stand in for a region without any are written too
     */
    public ConfigurationStoreResolver(
            DocumentSource documents, String region, Function<String, URI> bareNames, boolean crossRegionWrites) {
        this.documents = documents;
        this.reader = new ConfigurationReader(bareNames);
        this.region = region;
        this.crossRegionWrites = crossRegionWrites;
    }

    @Override
    public CompletableFuture<ResourceAccounts> resolve(String resource) {
        if (closed) {
            return CompletableFuture.failedFuture(
                    new KVStoreException(Reason.UNAVAILABLE, "the account resolver is closed"));
        }
        try {
            StoreId.checkedResource(resource); // becomes a name in the store
        } catch (KVStoreException e) {
            return CompletableFuture.failedFuture(e);
        }
        return documents.fetch(resource + SUFFIX).thenApply(found -> accounts(resource, found));
    }

    /** The resources that have a document, as far as the store tells and a server remembers so many. */
    public CompletableFuture<Set<String>> names() {
        return documents
                .names(RefreshingCache.MAX_KNOWN)
                .thenApply(names -> names.stream()
                        .filter(name -> name.endsWith(SUFFIX))
                        .map(name -> name.substring(0, name.length() - SUFFIX.length()))
                        .collect(Collectors.toSet()));
    }

    private ResourceAccounts accounts(String resource, Optional<byte[]> found) {
        byte[] document = found.orElseThrow(
                () -> new KVStoreException(Reason.NOT_FOUND, "resource_name: '" + resource + "' is not known here"));
        try {
            return reader.read(document)
                    .servingIn(region, crossRegionWrites)
                    .orElseThrow(() -> new IllegalArgumentException("no account, neither here nor in its location"));
        } catch (IllegalArgumentException e) {
            throw new KVStoreException(
                    Reason.UNAVAILABLE,
                    "the configuration of resource '" + resource + "' cannot be used",
                    e); // for the log: clients are not told the names of accounts and regions
        }
    }

    @Override
    public void close() {
        closed = true;
    }

    @Override
    public String toString() {
        return "ConfigurationStoreResolver[" + documents + "]";
    }
}
