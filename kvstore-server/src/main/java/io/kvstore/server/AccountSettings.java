package io.kvstore.server;

import io.kvstore.accounts.AccountAddress;
import io.kvstore.api.StorageAccount;
import io.kvstore.azure.AzureCredentials;
import io.kvstore.database.DatabaseSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Who says which resources there are.
 *
 * @param kind the way of asking
 * @param database where {@code kind} is a database
 * @param configuration where {@code kind} is a configuration store
 * @param crossRegionWrites whether accounts that stand in for a region without any are written
 */
record AccountSettings(
        Kind kind,
        Optional<DatabaseSettings> database,
        Optional<StorageAccount> configuration,
        boolean crossRegionWrites) {

    /** Ways to turn a resource's name into storage accounts. */
    enum Kind {
        /** The name is the account's; every resource is served. */
        SUFFIX,
        /** A document of each resource in a container of blobs. */
        CONFIG_STORE,
        /** A table, which also says who may use a resource. */
        DATABASE
    }

    static final Path DEFAULT_FILE = Path.of("kvstore-resources");

    private static final List<Flag> DATABASE_FLAGS =
            List.of(Flag.DATABASE_URL, Flag.DATABASE_USER, Flag.DATABASE_PASSWORD_FILE);

    /** Checks what is set. Deployments of the existing service only name their configuration store: in Azure it counts. */
    static AccountSettings from(Settings settings, ServerConfig.BackendKind backend, AzureSettings azure) {
        boolean hasStore = backend == ServerConfig.BackendKind.AZURE
                && !azure.configurationStore().isEmpty();
        Kind kind = settings.get(Flag.ACCOUNTS)
                .map(setting -> ServerConfig.oneOf(setting, Kind.class))
                .orElse(hasStore ? Kind.CONFIG_STORE : Kind.SUFFIX);
        if (kind == Kind.CONFIG_STORE && !hasStore) {
            throw settings.get(Flag.ACCOUNTS)
                    .orElseThrow()
                    .refused("--backend azure and KV_CONFIGURATION_STORE with it");
        }
        if (kind != Kind.DATABASE) {
            refuseDatabase(settings);
        }
        return new AccountSettings(
                kind,
                kind == Kind.DATABASE ? Optional.of(database(settings)) : Optional.empty(),
                kind == Kind.CONFIG_STORE ? Optional.of(configuration(azure)) : Optional.empty(),
                settings.isOn(Flag.CROSS_REGION_WRITES));
    }

    private static void refuseDatabase(Settings settings) {
        for (Flag flag : DATABASE_FLAGS) {
            settings.get(flag).ifPresent(setting -> {
                throw setting.refused("--accounts database with it");
            });
        }
    }

    private static StorageAccount configuration(AzureSettings azure) {
        if (azure.configurationContainer().isEmpty()) {
            throw new BadSetting("KV_CONFIGURATION_STORE: expected KV_CONFIGURATION_CONTAINER with it");
        }
        try {
            return AccountAddress.parse(azure.configurationStore(), azure.bareNames(), "");
        } catch (IllegalArgumentException e) {
            throw new BadSetting("KV_CONFIGURATION_STORE: " + e.getMessage());
        }
    }

    /** Which database, whether or not it is asked for by a server. */
    static DatabaseSettings database(Settings settings) {
        Optional<Setting> url = settings.get(Flag.DATABASE_URL);
        String user = settings.get(Flag.DATABASE_USER).map(Setting::value).orElse("");
        DatabaseSettings database = url.isEmpty() ? DatabaseSettings.file(DEFAULT_FILE) : database(url.get(), user);
        Optional<Setting> password = settings.get(Flag.DATABASE_PASSWORD_FILE);
        if (password.isEmpty()) {
            return database;
        }
        DatabaseSettings withPassword = withPassword(database, password.get());
        return url.isEmpty() ? database : withPassword; // the default file has a password of its own
    }

    private static DatabaseSettings database(Setting url, String user) {
        try {
            return new DatabaseSettings(url.value(), user, "");
        } catch (IllegalArgumentException e) {
            // Not the value as it is: it may hold a password.
            throw new BadSetting(url.source() + ": " + OneLine.of(String.valueOf(e.getMessage())));
        }
    }

    /** Read here, for the exit code, and a pipe here alone: there is nothing in it the second time. */
    private static DatabaseSettings withPassword(DatabaseSettings database, Setting file) {
        try {
            return database.withPasswordFile(ServerConfig.file(file));
        } catch (IOException e) {
            throw new BadSetting(file.source() + ": cannot read '" + OneLine.of(file.value()) + "': "
                    + OneLine.of(FileFailure.reason(e)));
        }
    }

    /** What to tell the operator about credentials that no account can have, in one line. */
    Optional<String> notice(AzureCredentials credentials, Set<String> resources) {
        List<String> idle = credentials.names().stream()
                .filter(name -> !isReachable(name, resources))
                .toList();
        return idle.isEmpty()
                ? Optional.empty()
                : Optional.of("no account can have these credentials: " + OneLine.of(String.join(", ", idle)));
    }

    private boolean isReachable(String credential, Set<String> resources) {
        return switch (kind) {
            case SUFFIX -> AccountAddress.isName(credential) && (resources.isEmpty() || resources.contains(credential));
            case CONFIG_STORE -> AccountAddress.isName(credential);
            case DATABASE -> true; // rows may name any
        };
    }

    /** What the start line says of it: nothing where every resource is served. */
    String text() {
        return switch (kind) {
            case SUFFIX -> "";
            case CONFIG_STORE -> ", resources of the configuration store";
            case DATABASE ->
                ", resources of " + OneLine.of(database.orElseThrow().toString());
        };
    }
}
