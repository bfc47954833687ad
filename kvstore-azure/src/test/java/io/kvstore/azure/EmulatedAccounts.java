package io.kvstore.azure;

import io.kvstore.api.AccountResolver;
import io.kvstore.api.ResourceAccounts;
import io.kvstore.api.StorageAccount;
import io.kvstore.testkit.azure.AzuriteExtension;
import io.kvstore.testkit.azure.FakeBlobService;
import java.net.URI;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/** Gives each resource an account that nobody else has. */
final class EmulatedAccounts implements AccountResolver {

    private final UnaryOperator<String> accountOf;
    private final Function<String, URI> endpointOf;
    private final ConcurrentHashMap<String, ResourceAccounts> accounts = new ConcurrentHashMap<>();

    private EmulatedAccounts(UnaryOperator<String> accountOf, Function<String, URI> endpointOf) {
        this.accountOf = accountOf;
        this.endpointOf = endpointOf;
    }

    /** Fresh ones of the emulator. */
    static EmulatedAccounts of(AzuriteExtension azurite) {
        return new EmulatedAccounts(
                resource -> azurite.freshAccount(), account -> azurite.azurite().endpoint(account));
    }

    /** Those of the same name in the fake. */
    static EmulatedAccounts of(FakeBlobService azure) {
        return of(azure::endpoint);
    }

    /** Those of the same name, at these addresses. */
    static EmulatedAccounts of(Function<String, URI> endpointOf) {
        return new EmulatedAccounts(resource -> resource, endpointOf);
    }

    /** Keeps the chunks of {@code resource} in these from now on. */
    void keeps(String resource, ResourceAccounts others) {
        accounts.put(resource, others);
    }

    @Override
    public CompletableFuture<ResourceAccounts> resolve(String resource) {
        return CompletableFuture.completedFuture(accounts.computeIfAbsent(resource, name -> {
            String account = accountOf.apply(name);
            return ResourceAccounts.of(new StorageAccount(account, endpointOf.apply(account), ""));
        }));
    }

    @Override
    public void close() {}
}
