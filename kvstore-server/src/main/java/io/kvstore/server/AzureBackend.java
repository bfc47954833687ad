package io.kvstore.server;

import io.kvstore.accounts.CachingAccountResolver;
import io.kvstore.accounts.ConfigurationStoreResolver;
import io.kvstore.accounts.Freshness;
import io.kvstore.accounts.KnownResources;
import io.kvstore.api.AccessPolicy;
import io.kvstore.api.AccountResolver;
import io.kvstore.azure.AzureBlobStore;
import io.kvstore.azure.AzureClient;
import io.kvstore.azure.AzureDocuments;
import io.kvstore.azure.SuffixAccountResolver;
import io.kvstore.azure.Transport;
import io.kvstore.database.DatabaseResources;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The Azure backend as the settings want it.
 *
 * @param store owns the resolver, and whatever else was opened for it
 * @param access lets in to resources that are known, where a configuration store says so; empty elsewhere
 */
record AzureBackend(AzureBlobStore store, Optional<AccessPolicy> access) {

    private static final Logger LOG = LoggerFactory.getLogger(AzureBackend.class);

    /**
     * Opens no connection yet: what is wrong with an account shows when it is first asked for.
     *
     * @param database where that says which accounts a resource has; stays the caller's to close
     * @param readBytes of memory that payloads may take that are read and not yet sent
     */
    static AzureBackend open(
            AzureSettings settings,
            AccountSettings accounts,
            Optional<DatabaseResources> database,
            Optional<StoreMetrics> metrics,
            long readBytes) {
        AzureClient.Builder builder = AzureClient.builder()
                .trustSuffix(settings.dnsSuffix())
                .credentials(settings.credentials())
                .transport(settings.transport())
                .maxConnectionsPerAccount(settings.maxConnections())
                .sourceAddresses(sourceAddresses(settings))
                .sdkLogging(settings.sdkLogging());
        settings.emulator().ifPresent(builder::trustAddress);
        accounts.configuration().ifPresent(store -> builder.trustAccount(store.endpoint()));
        AzureClient client = builder.build();
        LOG.info("Azure backend: credentials={} {}", settings.credentials(), client);
        if (settings.transport() != Transport.NETTY) {
            LOG.warn(
                    "This transport copies payloads to the heap and cannot choose source addresses: transport={}",
                    settings.transport());
        } else if (!client.hasNativeTls()) {
            LOG.warn("TLS by the JDK costs more than twice the CPU of BoringSSL, which is not there for this platform");
        }
        AccountResolver plain = resolver(client, settings, accounts, database);
        AccountResolver resolver = metrics.map(kept -> kept.counted(plain)).orElse(plain);
        return new AzureBackend(
                AzureBlobStore.builder(client, resolver)
                        .createContainers(settings.createContainers())
                        .maxReadBytes(readBytes)
                        .build(),
                accounts.kind() == AccountSettings.Kind.CONFIG_STORE
                        ? Optional.of(new KnownResources(resolver))
                        : Optional.empty());
    }

    /** Who says where a resource's chunks are. */
    private static AccountResolver resolver(
            AzureClient client,
            AzureSettings settings,
            AccountSettings accounts,
            Optional<DatabaseResources> database) {
        return switch (accounts.kind()) {
            case SUFFIX -> bySuffix(settings);
            case CONFIG_STORE -> byConfigurationStore(client, settings, accounts);
            case DATABASE -> database.orElseThrow().accounts(settings.currentLocation(), accounts.crossRegionWrites());
        };
    }

    /** A change of a document is seen within a minute; while the store is down the last documents serve for 12 hours. */
    private static AccountResolver byConfigurationStore(
            AzureClient client, AzureSettings settings, AccountSettings accounts) {
        AzureDocuments documents =
                new AzureDocuments(client, accounts.configuration().orElseThrow(), settings.configurationContainer());
        ConfigurationStoreResolver store = new ConfigurationStoreResolver(
                new ConfigurationDocuments(documents),
                settings.currentLocation(),
                settings.bareNames(),
                accounts.crossRegionWrites());
        return CachingAccountResolver.over(store, store::names, Freshness.DEFAULT);
    }

    private static SuffixAccountResolver bySuffix(AzureSettings settings) {
        return settings.emulator()
                .map(SuffixAccountResolver::ofEmulator)
                .orElseGet(() -> SuffixAccountResolver.ofSuffix(settings.dnsSuffix()));
    }

    private static List<InetAddress> sourceAddresses(AzureSettings settings) {
        if (!settings.sourceAddresses().isEmpty()) {
            return settings.sourceAddresses();
        }
        // An emulator is on this machine, and not reached from the addresses of its network cards.
        boolean find = settings.multiNic()
                && settings.transport() == Transport.NETTY
                && settings.emulator().isEmpty();
        List<InetAddress> found = find ? AzureClient.localAddresses() : List.of();
        return found.size() < 2 ? List.of() : found;
    }
}
