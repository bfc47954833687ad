package io.kvstore.server;

import io.kvstore.accounts.AccountAddress;
import io.kvstore.azure.AzureCredential;
import io.kvstore.azure.AzureCredentials;
import io.kvstore.azure.Transport;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * The settings of the Azure backend, checked whatever the backend is: deployments of the existing service set them. But
 * credentials are looked at for that backend alone, since the environment has them for many programs.
 *
 * @param emulator where an emulator keeps all accounts, {@code http://127.0.0.1:10000}; empty for Azure
 * @param maxConnections held open to one account
 * @param sourceAddresses named ones; empty to find them, or not to choose any
 * @param multiNic whether to find them
 * @param currentLocation the region this process runs in, "" when nobody said
 * @param configurationStore the storage account of the configuration store, unchecked; "" for none
 * @param configurationContainer its container, "" for none
 * @param sources what was set, and where, for the notice that it has no effect
 */
record AzureSettings(
        String dnsSuffix,
        Optional<URI> emulator,
        Transport transport,
        boolean sdkLogging,
        int maxConnections,
        List<InetAddress> sourceAddresses,
        boolean multiNic,
        boolean createContainers,
        AzureCredentials credentials,
        String currentLocation,
        String configurationStore,
        String configurationContainer,
        List<String> sources) {

    private static final Pattern DNS_SUFFIX = Pattern.compile("\\.?[A-Za-z0-9-]{1,63}(?:\\.[A-Za-z0-9-]{1,63}){0,30}");
    private static final Pattern IP_ADDRESS =
            Pattern.compile("[0-9]{1,3}(?:\\.[0-9]{1,3}){3}|[0-9a-fA-F:]*:[0-9a-fA-F:.]*");
    private static final String DEFAULT_SUFFIX = ".blob.core.windows.net";
    private static final int DEFAULT_CONNECTIONS = 100;
    private static final List<Flag> FLAGS = List.of(
            Flag.BLOB_DNS_SUFFIX,
            Flag.BLOB_EMULATOR,
            Flag.AZURE_CREDENTIALS,
            Flag.CREATE_CONTAINERS,
            Flag.CONNECTIONS_PER_ACCOUNT,
            Flag.TRANSPORT,
            Flag.ENABLE_SDK_LOGGING,
            Flag.DISABLE_MULTI_NIC,
            Flag.SOURCE_ADDRESSES);
    private static final String LOCATION = "KV_CURRENT_LOCATION";
    private static final String STORE = "KV_CONFIGURATION_STORE";
    private static final String CONTAINER = "KV_CONFIGURATION_CONTAINER";

    /**
     * Checks what is set.
     *
     * @throws BadSetting on the first that cannot be used
     */
    static AzureSettings from(Settings settings, ServerConfig.BackendKind backend) {
        Transport transport =
                settings.get(Flag.TRANSPORT).map(AzureSettings::transport).orElse(Transport.NETTY);
        List<InetAddress> addresses = settings.get(Flag.SOURCE_ADDRESSES)
                .map(AzureSettings::addresses)
                .orElse(List.of());
        if (!addresses.isEmpty() && transport != Transport.NETTY) {
            throw settings.get(Flag.SOURCE_ADDRESSES)
                    .orElseThrow()
                    .refused("--transport netty with it: " + transport + " cannot choose source addresses");
        }
        return new AzureSettings(
                suffix(settings),
                emulator(settings),
                transport,
                settings.isOn(Flag.ENABLE_SDK_LOGGING),
                settings.get(Flag.CONNECTIONS_PER_ACCOUNT)
                        .map(setting -> ServerConfig.number(setting, 1, 10_000))
                        .orElse(DEFAULT_CONNECTIONS),
                addresses,
                !settings.isOn(Flag.DISABLE_MULTI_NIC),
                settings.isOn(Flag.CREATE_CONTAINERS),
                backend == ServerConfig.BackendKind.AZURE
                        ? credentials(settings)
                        : AzureCredentials.of(AzureCredential.none()),
                variable(settings, LOCATION),
                variable(settings, STORE),
                variable(settings, CONTAINER),
                sources(settings));
    }

    private static String variable(Settings settings, String name) {
        return settings.variable(name).map(Setting::value).orElse("");
    }

    private static List<String> sources(Settings settings) {
        List<String> set = new ArrayList<>();
        for (Flag flag : FLAGS) {
            if (!flag.isSwitch() || settings.isOn(flag)) {
                settings.get(flag).map(Setting::source).ifPresent(set::add);
            }
        }
        for (String variable : List.of(LOCATION, STORE, CONTAINER)) {
            settings.variable(variable).map(Setting::source).ifPresent(set::add);
        }
        return List.copyOf(set);
    }

    /** What to tell the operator of another backend about them, in one line. */
    Optional<String> notice(ServerConfig.BackendKind backend) {
        return backend == ServerConfig.BackendKind.AZURE || sources.isEmpty()
                ? Optional.empty()
                : Optional.of(
                        "without --backend azure these have no effect: " + OneLine.of(String.join(", ", sources)));
    }

    /** What makes an address of an account's name. */
    Function<String, URI> bareNames() {
        return bareNames(emulator, dnsSuffix);
    }

    /** The same of settings of which the others do not matter. */
    static Function<String, URI> bareNames(Settings settings) {
        return bareNames(emulator(settings), suffix(settings));
    }

    private static Function<String, URI> bareNames(Optional<URI> emulator, String suffix) {
        return emulator.map(AccountAddress::ofEmulator).orElseGet(() -> AccountAddress.withSuffix(suffix));
    }

    /** Where accounts are, for a person. */
    String accountsText() {
        return emulator.map(address -> OneLine.of(address + "/RESOURCE"))
                .orElse("https://RESOURCE" + (dnsSuffix.startsWith(".") ? "" : ".") + dnsSuffix);
    }

    private static String suffix(Settings settings) {
        return settings.get(Flag.BLOB_DNS_SUFFIX).map(AzureSettings::suffix).orElse(DEFAULT_SUFFIX);
    }

    private static Optional<URI> emulator(Settings settings) {
        return settings.get(Flag.BLOB_EMULATOR).map(AzureSettings::emulator);
    }

    private static String suffix(Setting suffix) {
        if (!DNS_SUFFIX.matcher(suffix.value()).matches()) {
            throw suffix.refused("a DNS suffix such as " + DEFAULT_SUFFIX);
        }
        return suffix.value();
    }

    private static URI emulator(Setting address) {
        try {
            return AccountAddress.emulator(address.value());
        } catch (IllegalArgumentException e) {
            throw address.refused("an address with a port, such as http://127.0.0.1:10000");
        }
    }

    private static Transport transport(Setting name) {
        return Transport.named(name.value())
                .orElseThrow(() -> name.refused("one of " + String.join(", ", Transport.names())));
    }

    private static List<InetAddress> addresses(Setting setting) {
        Set<String> texts = new TreeSet<>();
        for (String text : setting.value().split(",", -1)) {
            texts.add(text.trim());
        }
        List<InetAddress> addresses = new ArrayList<>();
        for (String text : texts) {
            try {
                if (!IP_ADDRESS.matcher(text).matches()) {
                    throw new UnknownHostException(); // a name would be looked up, and may have several
                }
                addresses.add(InetAddress.getByName(text));
            } catch (UnknownHostException e) {
                throw setting.refused("IP addresses of this machine with commas between");
            }
        }
        if (addresses.stream().map(Inet6Address.class::isInstance).distinct().count() > 1) {
            throw setting.refused("IPv4 addresses or IPv6 addresses: names are looked up for one family");
        }
        return List.copyOf(addresses);
    }

    private static AzureCredentials credentials(Settings settings) {
        Optional<Setting> file = settings.get(Flag.AZURE_CREDENTIALS);
        try {
            return file.isEmpty()
                    ? AzureCredentials.fromEnvironment(settings.environment())
                    : AzureCredentials.load(
                            Settings.readFile(
                                    java.nio.file.Path.of(file.get().value()),
                                    file.get().source()),
                            settings.environment());
        } catch (IllegalArgumentException e) {
            String where = file.map(Setting::source).orElse("credentials in the environment");
            throw new BadSetting(where + ": " + OneLine.of(String.valueOf(e.getMessage())));
        }
    }
}
