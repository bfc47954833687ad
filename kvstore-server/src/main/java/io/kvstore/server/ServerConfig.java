package io.kvstore.server;

import io.kvstore.api.KVStoreException;
import io.kvstore.api.StoreId;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Every setting, checked and typed.
 *
 * @param tls empty for plain text
 * @param threads 0 for one per core, at least 2
 * @param processes how many serve, {@link #PROCESS_PER_NODE} for one on each NUMA node
 * @param sharedPort whether other processes listen on the port too
 * @param dataMaxBytes empty for the backend's default
 * @param memoryCacheBytes 0 for no cache in memory
 * @param memoryReserved whether cache and backend take their memory at start
 * @param positiveCacheMaxAge zero for no positive cache
 * @param filterMaxAge at least a second
 * @param resources empty for all
 * @param accounts who says which resources there are
 * @param maxInFlightBytes empty for the wire's default
 * @param adminPort empty for no admin endpoint
 * @param azure used by the Azure backend alone
 */
record ServerConfig(
        String host,
        int port,
        Optional<TlsSettings> tls,
        int threads,
        int processes,
        boolean sharedPort,
        LogLevel logLevel,
        boolean metrics,
        BackendKind backend,
        Path dataDir,
        boolean syncEveryWrite,
        OptionalLong dataMaxBytes,
        long memoryCacheBytes,
        boolean memoryReserved,
        Optional<Path> diskCacheDir,
        long diskCacheBytes,
        Duration positiveCacheMaxAge,
        Duration filterMaxAge,
        Set<String> resources,
        AccountSettings accounts,
        OptionalLong maxInFlightBytes,
        Duration drainTimeout,
        OptionalInt adminPort,
        AzureSettings azure) {

    /** Where chunks are durable. */
    enum BackendKind {
        FILE(false),
        MEMORY(false),
        AZURE(true),
        /** The emulator of Azure, a process of the server's own. */
        AZURITE(false);

        private final boolean shared;

        BackendKind(boolean shared) {
            this.shared = shared;
        }

        /** Whether what one process stores is found by others. */
        boolean isShared() {
            return shared;
        }
    }

    /** What is logged. */
    enum LogLevel {
        ERROR,
        INFO,
        VERBOSE
    }

    private enum DurabilityName {
        SYNC,
        OS
    }

    // Half of it is for each direction, and a message of the largest size (100 MiB) must fit into either.
    static final long MIN_IN_FLIGHT_BYTES = 256L << 20;
    static final long MIN_STORE_BYTES = 1L << 20;
    static final int PROCESS_PER_NODE = 0;

    private static final Set<String> LOOPBACK = Set.of("localhost", "127.0.0.1", "::1");
    private static final int MAX_PROCESSES = 64;
    private static final int DEFAULT_PORT = 50_051;
    private static final int MAX_THREADS = 1_024;
    private static final long DEFAULT_DISK_CACHE_BYTES = 10L << 30;
    private static final Duration DEFAULT_EXISTENCE_AGE = Duration.ofMinutes(10);

    /** A listing may take longer, and each is paid for. */
    private static final Duration MIN_FILTER_AGE = Duration.ofSeconds(1);

    /**
     * Checks every setting.
     *
     * @throws BadSetting on the first that cannot be used
     */
    static ServerConfig from(Settings settings) {
        Path dataDir = settings.get(Flag.DATA_DIR).map(ServerConfig::path).orElse(Path.of("kvstore-data"));
        BackendKind backend = settings.get(Flag.BACKEND)
                .map(setting -> oneOf(setting, BackendKind.class))
                .orElse(BackendKind.FILE);
        checkSharedPort(settings, backend);
        checkOneProcess(settings, backend);
        checkAdminPort(settings);
        AzureSettings azure = AzureSettings.from(settings, backend);
        return new ServerConfig(
                settings.get(Flag.HOST).map(ServerConfig::host).orElse("0.0.0.0"),
                settings.get(Flag.PORT).map(ServerConfig::port).orElse(DEFAULT_PORT),
                TlsSettings.from(settings),
                settings.get(Flag.THREADS).map(ServerConfig::threads).orElse(0),
                settings.get(Flag.NUMA).map(ServerConfig::processes).orElse(1),
                settings.isOn(Flag.SHARED_PORT),
                settings.get(Flag.LOG_LEVEL)
                        .map(setting -> oneOf(setting, LogLevel.class))
                        .orElse(LogLevel.INFO),
                !settings.isOn(Flag.DISABLE_METRICS),
                backend,
                dataDir,
                settings.get(Flag.DURABILITY)
                                .map(setting -> oneOf(setting, DurabilityName.class))
                                .orElse(DurabilityName.SYNC)
                        == DurabilityName.SYNC,
                atLeast(settings.get(Flag.DATA_MAX_BYTES), MIN_STORE_BYTES),
                settings.get(Flag.MEMORY_CACHE).map(ByteSize::parse).orElse(0L),
                settings.isOn(Flag.RESERVE_MEMORY),
                diskCache(settings, dataDir),
                atLeast(settings.get(Flag.DISK_CACHE_SIZE), MIN_STORE_BYTES).orElse(DEFAULT_DISK_CACHE_BYTES),
                settings.get(Flag.POSITIVE_CACHE).map(TimeSpan::parse).orElse(DEFAULT_EXISTENCE_AGE),
                settings.get(Flag.FILTER_MAX_AGE)
                        .map(ServerConfig::filterMaxAge)
                        .orElse(DEFAULT_EXISTENCE_AGE),
                settings.get(Flag.RESOURCES).map(ServerConfig::names).orElse(Set.of()),
                AccountSettings.from(settings, backend, azure),
                atLeast(settings.get(Flag.MAX_IN_FLIGHT), MIN_IN_FLIGHT_BYTES),
                settings.get(Flag.DRAIN_TIMEOUT).map(TimeSpan::parse).orElse(Duration.ofSeconds(20)),
                settings.get(Flag.ADMIN_PORT)
                        .map(setting -> OptionalInt.of(port(setting)))
                        .orElse(OptionalInt.empty()),
                azure);
    }

    private static void checkOneProcess(Settings settings, BackendKind backend) {
        if (backend == BackendKind.AZURITE
                && settings.get(Flag.NUMA).map(ServerConfig::processes).orElse(1) != 1) {
            throw settings.get(Flag.NUMA).orElseThrow().refused("off, as the emulator belongs to one process");
        }
    }

    private static void checkAdminPort(Settings settings) {
        int port = settings.get(Flag.PORT).map(ServerConfig::port).orElse(DEFAULT_PORT);
        settings.get(Flag.ADMIN_PORT)
                .filter(setting -> port != 0 && port(setting) == port)
                .ifPresent(setting -> {
                    throw setting.refused("another port than --port");
                });
    }

    private static void checkSharedPort(Settings settings, BackendKind backend) {
        if (settings.isOn(Flag.SHARED_PORT) && !backend.isShared()) {
            throw new BadSetting(settings.get(Flag.SHARED_PORT).orElseThrow().source() + ": the " + lowerCase(backend)
                    + " backend is each process's own, so a chunk would be found or not by the connection (expected: a"
                    + " backend that processes share, or a port for each)");
        }
    }

    private static Optional<Path> diskCache(Settings settings, Path dataDir) {
        Optional<Path> dir = settings.get(Flag.DISK_CACHE).map(ServerConfig::path);
        if (dir.isEmpty() && settings.get(Flag.DISK_CACHE_SIZE).isPresent()) {
            throw settings.get(Flag.DISK_CACHE_SIZE).orElseThrow().refused("--disk-cache with it");
        }
        if (dir.isPresent() && isSame(dir.get(), dataDir)) {
            throw settings.get(Flag.DISK_CACHE).orElseThrow().refused("another directory than that of the data");
        }
        return dir;
    }

    /** Whether tokens are asked for that anybody on the network between could read. */
    boolean exposesTokens() {
        return tls.isEmpty() && accounts.kind() == AccountSettings.Kind.DATABASE && !LOOPBACK.contains(host);
    }

    /** What to tell the operator of settings that have no effect, a line each. */
    List<String> notices() {
        return Stream.of(azure.notice(backend), accounts.notice(azure.credentials(), resources))
                .flatMap(Optional::stream)
                .toList();
    }

    /** Where chunks are kept and how, for a start line. */
    String backendText() {
        return switch (backend) {
            case AZURITE ->
                "azurite "
                        + OneLine.of(AzuriteBackend.directory(dataDir)
                                .toAbsolutePath()
                                .normalize()
                                .toString());
            case AZURE ->
                "azure" + (accounts.kind() == AccountSettings.Kind.SUFFIX ? ", accounts " + azure.accountsText() : "");
            case MEMORY -> "memory";
            case FILE ->
                "file " + OneLine.of(dataDir.toAbsolutePath().normalize().toString()) + ", durability "
                        + (syncEveryWrite ? "sync" : "os");
        };
    }

    private static Duration filterMaxAge(Setting setting) {
        Duration age = TimeSpan.parse(setting);
        if (age.compareTo(MIN_FILTER_AGE) < 0) {
            throw setting.refused("at least 1s");
        }
        return age;
    }

    private static String host(Setting setting) {
        if (setting.value().isEmpty() || !OneLine.of(setting.value()).equals(setting.value())) {
            throw setting.refused("an address or a host name");
        }
        return setting.value();
    }

    private static int port(Setting setting) {
        return number(setting, 0, 65_535);
    }

    private static int threads(Setting setting) {
        return setting.value().equals("auto") ? 0 : number(setting, 1, MAX_THREADS);
    }

    private static int processes(Setting setting) {
        return switch (setting.value()) {
            case "off" -> 1;
            case "auto" -> PROCESS_PER_NODE;
            default -> {
                try {
                    yield number(setting, 1, MAX_PROCESSES);
                } catch (BadSetting e) {
                    throw setting.refused("off, auto or a number from 1 to " + MAX_PROCESSES);
                }
            }
        };
    }

    /** A whole number in that range. */
    static int number(Setting setting, int min, int max) {
        try {
            int number = Integer.parseInt(setting.value());
            if (number >= min && number <= max) {
                return number;
            }
        } catch (NumberFormatException notANumber) {
            // Refused below, like a number out of range.
        }
        throw setting.refused("a number from " + min + " to " + max);
    }

    private static OptionalLong atLeast(Optional<Setting> setting, long minBytes) {
        if (setting.isEmpty()) {
            return OptionalLong.empty();
        }
        long bytes = ByteSize.parse(setting.get());
        if (bytes < minBytes) {
            throw setting.get().refused("at least " + ByteSize.format(minBytes));
        }
        return OptionalLong.of(bytes);
    }

    private static Path path(Setting setting) {
        return path(setting, "a directory");
    }

    /** A file, which may be missing. */
    static Path file(Setting setting) {
        return path(setting, "a file");
    }

    private static Path path(Setting setting, String expected) {
        try {
            if (!setting.value().isEmpty()) {
                return Path.of(setting.value());
            }
        } catch (InvalidPathException notAPath) {
            // Refused below, like an empty one.
        }
        throw setting.refused(expected);
    }

    private static boolean isSame(Path one, Path other) {
        return one.toAbsolutePath().normalize().equals(other.toAbsolutePath().normalize());
    }

    private static Set<String> names(Setting setting) {
        Set<String> names = new TreeSet<>();
        for (String name : setting.value().split(",", -1)) {
            if (!isResource(name.trim())) {
                throw setting.refused("resource names with commas between, each 1-63 of A-Z a-z 0-9 - _ . starting with"
                        + " a letter or digit");
            }
            names.add(name.trim());
        }
        return Set.copyOf(names);
    }

    private static boolean isResource(String name) {
        try {
            return new StoreId(name, "any-container").resource().equals(name);
        } catch (KVStoreException e) {
            return false;
        }
    }

    static <E extends Enum<E>> E oneOf(Setting setting, Class<E> type) {
        for (E constant : type.getEnumConstants()) {
            if (lowerCase(constant).equals(setting.value())) {
                return constant;
            }
        }
        throw setting.refused("one of "
                + String.join(
                        ", ",
                        Arrays.stream(type.getEnumConstants())
                                .map(ServerConfig::lowerCase)
                                .toList()));
    }

    private static String lowerCase(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
