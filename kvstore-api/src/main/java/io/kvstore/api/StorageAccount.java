package io.kvstore.api;

import java.net.URI;

/**
 * A storage account.
 *
 * @param name what the choice among several accounts hashes: it must not change while chunks are stored there
 * @param endpoint base address of its blob service, such as {@code https://acme.blob.core.windows.net}; carries no secret
 * @param credential the name under which the credential is configured, never the secret itself; "" for the one that is
 *     named like the account, or the default where there is none
 */
public record StorageAccount(String name, URI endpoint, String credential) {

    public StorageAccount {
        if (name.isEmpty()) {
            throw new IllegalArgumentException("name: must not be empty");
        }
        String scheme = endpoint.getScheme();
        if (!"https".equals(scheme) && !"http".equals(scheme)) {
            throw new IllegalArgumentException(
                    "endpoint of " + name + ": scheme " + scheme + " (expected: https or http)");
        }
        if (endpoint.getHost() == null || endpoint.getUserInfo() != null || endpoint.getQuery() != null) {
            // A query would be a SAS: a secret, which belongs into the credential.
            throw new IllegalArgumentException("endpoint of " + name + ": expected a host and no user, no query");
        }
    }
}
