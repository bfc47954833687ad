package io.kvstore.azure;

import io.kvstore.api.AccountResolver;
import io.kvstore.api.ResourceAccounts;
import io.kvstore.api.StorageAccount;
import io.kvstore.testkit.azure.AzuriteExtension;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/** Gives each resource an account of the emulator that nobody else has. */
final class EmulatedAccounts implements AccountResolver {

    private final AzuriteExtension azurite;
    private final ConcurrentHashMap<String, ResourceAccounts> accounts = new ConcurrentHashMap<>();

    EmulatedAccounts(AzuriteExtension azurite) {
        this.azurite = azurite;
    }

    @Override
    public CompletableFuture<ResourceAccounts> resolve(String resource) {
        return CompletableFuture.completedFuture(accounts.computeIfAbsent(resource, name -> {
            String account = azurite.freshAccount();
            return ResourceAccounts.of(
                    new StorageAccount(account, azurite.azurite().endpoint(account), ""));
        }));
    }

    @Override
    public void close() {}
}
