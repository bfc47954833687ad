package io.kvstore.azure;

import io.kvstore.api.KVStoreException;
import io.kvstore.api.Reason;
import io.kvstore.api.StorageAccount;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where credentials may go. Accounts' addresses come from documents and tables that more people write than may see the secrets:
 * an address of somebody's own would be sent a signature, a key's or a token, and one with http would show it to the
 * network. So would one that is another's and has an account's name, and with it a credential's, in its path: only an
 * emulator's accounts are told by the path.
 */
final class TrustedEndpoints {

    private static final Logger LOG = LoggerFactory.getLogger(TrustedEndpoints.class);

    /** Of the blob services of Azure's clouds; those with a zone in the name are of accounts of the newer kind. */
    static final List<String> AZURE = List.of(
            ".blob.core.windows.net",
            ".blob.storage.azure.net",
            ".blob.core.usgovcloudapi.net",
            ".blob.core.chinacloudapi.cn");

    private static final long LOG_PAUSE_NANOS = Duration.ofMinutes(1).toNanos();
    private static final int HTTPS_PORT = 443;
    private static final int HTTP_PORT = 80;

    private final List<String> suffixes;
    private final List<URI> emulators;
    private final List<URI> accounts;
    private final LongSupplier nanoClock;
    private final AtomicLong nextLogNanos;

    /**
     * Trusts these and no others.
     *
     * @param suffixes of host names that are spoken to over HTTPS, each with its first dot, behind an account's name
     * @param emulators whose scheme, host and port count
     * @param accounts whose path counts besides
     */
    TrustedEndpoints(List<String> suffixes, List<URI> emulators, List<URI> accounts, LongSupplier nanoClock) {
        this.suffixes =
                suffixes.stream().map(suffix -> suffix.toLowerCase(Locale.ROOT)).toList();
        this.emulators = List.copyOf(emulators);
        this.accounts = List.copyOf(accounts);
        this.nanoClock = nanoClock;
        this.nextLogNanos = new AtomicLong(nanoClock.getAsLong());
    }

    /** @throws KVStoreException {@link Reason#UNAVAILABLE} when no credential may be sent there */
    void check(StorageAccount account) {
        URI endpoint = account.endpoint();
        if (emulators.stream().anyMatch(emulator -> isSameServer(emulator, endpoint))
                || accounts.stream()
                        .anyMatch(known ->
                                isSameServer(known, endpoint) && path(known).equals(path(endpoint)))
                || isInTrustedCloud(account)) {
            return;
        }
        long now = nanoClock.getAsLong();
        long next = nextLogNanos.get();
        if (now - next >= 0 && nextLogNanos.compareAndSet(next, now + LOG_PAUSE_NANOS)) {
            LOG.warn(
                    "No credential is sent to a storage account that is neither Azure's nor configured: scheme={} host={}",
                    endpoint.getScheme(),
                    endpoint.getHost());
        }
        throw new KVStoreException(
                Reason.UNAVAILABLE, "this server sends no credential to where the resource's storage account is");
    }

    private boolean isInTrustedCloud(StorageAccount account) {
        URI endpoint = account.endpoint();
        String host = host(endpoint);
        return "https".equals(endpoint.getScheme())
                && port(endpoint) == HTTPS_PORT
                && path(endpoint).isEmpty()
                && host.startsWith(account.name() + ".")
                && suffixes.stream().anyMatch(host::endsWith);
    }

    private static String path(URI address) {
        String path = address.getRawPath();
        return path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
    }

    private static boolean isSameServer(URI address, URI endpoint) {
        return endpoint.getScheme().equals(address.getScheme())
                && host(endpoint).equals(host(address))
                && port(endpoint) == port(address);
    }

    private static String host(URI address) {
        return address.getHost().toLowerCase(Locale.ROOT);
    }

    private static int port(URI address) {
        if (address.getPort() >= 0) {
            return address.getPort();
        }
        return "https".equals(address.getScheme()) ? HTTPS_PORT : HTTP_PORT;
    }
}
