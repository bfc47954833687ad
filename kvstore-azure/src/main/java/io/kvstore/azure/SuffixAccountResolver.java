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
 * A resource is the storage account of its name: {@code https://<resource><suffix>}, or {@code <emulator>/<resource>}. Asks
 * nobody: whether there is such an account says the name service when it is first used, and then the call fails with {@link
 * Reason#NOT_FOUND}.
 */
public final class SuffixAccountResolver implements AccountResolver {

    private static final Pattern ACCOUNT = Pattern.compile("[a-z0-9]{3,24}");
    private static final Pattern SUFFIX = Pattern.compile("\\.[A-Za-z0-9-]{1,63}(?:\\.[A-Za-z0-9-]{1,63}){0,30}");

    private final String before;
    private final String after;
    private volatile boolean closed;

    private SuffixAccountResolver(String before, String after) {
        this.before = before;
        this.after = after;
    }

    /**
     * The accounts of one cloud.
     *
     * @param suffix such as {@code .blob.core.windows.net}, its first dot may be missing
     * @throws IllegalArgumentException when it is no DNS suffix
     */
    public static SuffixAccountResolver ofSuffix(String suffix) {
        String dotted = suffix.startsWith(".") ? suffix : "." + suffix;
        if (!SUFFIX.matcher(dotted).matches()) {
            throw new IllegalArgumentException("suffix: expected a DNS suffix such as .blob.core.windows.net");
        }
        return new SuffixAccountResolver("https://", dotted);
    }

    /**
     * The accounts of an emulator, which keeps all under one address.
     *
     * @param address such as {@code http://127.0.0.1:10000}
     * @throws IllegalArgumentException when it has no port: the SDK would look for accounts in the host's name
     */
    public static SuffixAccountResolver ofEmulator(URI address) {
        if (address.getPort() < 0) {
            throw new IllegalArgumentException("address: expected one with a port, such as http://127.0.0.1:10000");
        }
        String text = address.toString();
        return new SuffixAccountResolver(text.endsWith("/") ? text : text + "/", "");
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
                ResourceAccounts.of(new StorageAccount(resource, URI.create(before + resource + after), "")));
    }

    @Override
    public void close() {
        closed = true;
    }

    @Override
    public String toString() {
        return before + "<resource>" + after;
    }
}
