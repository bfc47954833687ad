package io.kvstore.azure;

import io.kvstore.api.AccountResolver;
import io.kvstore.api.KVStoreException;
import io.kvstore.api.Reason;
import io.kvstore.api.ResourceAccounts;
import io.kvstore.api.StorageAccount;
import java.net.URI;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Pattern;

/**
 * A resource is the storage account of its name: {@code https://<resource><suffix>}. Asks nobody: whether there is such an
 * account says the name service when it is first used, and then the call fails with {@link Reason#NOT_FOUND}.
 */
public final class SuffixAccountResolver implements AccountResolver {

    private static final Pattern ACCOUNT = Pattern.compile("[a-z0-9]{3,24}");
    private static final Pattern SUFFIX = Pattern.compile("\\.[A-Za-z0-9-]{1,63}(?:\\.[A-Za-z0-9-]{1,63}){0,30}");

    private final String suffix;
    private volatile boolean closed;

    /**
     * A resolver for one cloud.
     *
     * @param suffix such as {@code .blob.core.windows.net}, its first dot may be missing
     * @throws IllegalArgumentException when it is no DNS suffix
     */
    public SuffixAccountResolver(String suffix) {
        this.suffix = suffix.startsWith(".") ? suffix : "." + suffix;
        if (!SUFFIX.matcher(this.suffix).matches()) {
            throw new IllegalArgumentException("suffix: expected a DNS suffix such as .blob.core.windows.net");
        }
    }

    @Override
    public CompletableFuture<ResourceAccounts> resolve(String resource) {
        if (closed) {
            return CompletableFuture.failedFuture(
                    new KVStoreException(Reason.UNAVAILABLE, "the account resolver is closed"));
        }
        if (!ACCOUNT.matcher(resource).matches()) {
            return CompletableFuture.failedFuture(new KVStoreException(
                    Reason.INVALID_ARGUMENT, "resource_name: expected an Azure storage account, 3-24 of a-z, 0-9"));
        }
        return CompletableFuture.completedFuture(
                ResourceAccounts.of(new StorageAccount(resource, URI.create("https://" + resource + suffix), "")));
    }

    @Override
    public void close() {
        closed = true;
    }

    @Override
    public String toString() {
        return "https://<resource>" + suffix;
    }
}
