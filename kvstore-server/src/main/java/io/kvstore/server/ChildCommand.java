package io.kvstore.server;

import io.kvstore.core.MemoryBlobStore;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How the processes of a server are started: this program with this JVM, this configuration file and this environment, and
 * flags that give each its part. Flags beat both, so nothing that may be secret has to be written into a command line.
 */
final class ChildCommand {

    private static final String LOG_PREFIX_NAME = "kvstore.log.prefix";

    static final String PARENT_PID = "-Dkvstore.parent.pid=";
    static final String LOG_PREFIX = "-D" + LOG_PREFIX_NAME + "=";

    private final ServerConfig config;
    private final Map<Flag, String> flags;
    private final Optional<Path> configFile;
    private final Pinning pinning;

    /**
     * The commands of one server.
     *
     * @param flags those of the command line
     */
    ChildCommand(ServerConfig config, Map<Flag, String> flags, Optional<Path> configFile, Pinning pinning) {
        this.config = config;
        this.flags = flags;
        this.configFile = configFile;
        this.pinning = pinning;
    }

    /** Whether this process was started so: it has a part of a server. */
    static boolean isChild() {
        return System.getProperty(LOG_PREFIX_NAME) != null;
    }

    /**
     * The command of one process.
     *
     * @param port 0 for any free one
     */
    List<String> of(Share share, int port) {
        List<String> command = new ArrayList<>(pinning.prefix(share));
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(ChildJvmFlags.of(
                ManagementFactory.getRuntimeMXBean().getInputArguments(),
                Runtime.getRuntime().maxMemory(),
                share,
                pinning != Pinning.NONE));
        command.add(PARENT_PID + ProcessHandle.current().pid());
        command.add(LOG_PREFIX + share.name() + " ");
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), KvstoreServer.class.getName()));
        command.addAll(arguments(share, port));
        return command;
    }

    /** What comes after the program's name. */
    List<String> arguments(Share share, int port) {
        Map<Flag, String> own = new EnumMap<>(Flag.class);
        own.putAll(flags);
        own.putAll(partOf(share));
        own.put(Flag.NUMA, "off");
        own.put(Flag.PORT, Integer.toString(port));
        List<String> arguments = new ArrayList<>();
        own.forEach((flag, value) -> arguments.add(flag.isSwitch() ? flag.option() : flag.option() + "=" + value));
        configFile.ifPresent(file -> arguments.add("--config=" + file));
        return arguments;
    }

    /**
     * Looks whether every part is large enough.
     *
     * @throws BadSetting when one is not
     */
    void check(List<Share> shares) {
        shares.forEach(this::partOf);
    }

    private Map<Flag, String> partOf(Share share) {
        Map<Flag, String> part = new EnumMap<>(Flag.class);
        if (config.backend() == ServerConfig.BackendKind.FILE) {
            part.put(Flag.DATA_DIR, config.dataDir().resolve(share.name()).toString());
            config.dataMaxBytes()
                    .ifPresent(
                            bytes -> put(part, Flag.DATA_MAX_BYTES, share.diskOf(bytes), ServerConfig.MIN_STORE_BYTES));
        } else if (config.backend() == ServerConfig.BackendKind.MEMORY) {
            long bytes = share.memoryOf(config.dataMaxBytes().orElse(MemoryBlobStore.DEFAULT_MAX_BYTES));
            put(part, Flag.DATA_MAX_BYTES, bytes, ServerConfig.MIN_STORE_BYTES);
        }
        config.diskCacheDir().ifPresent(dir -> {
            part.put(Flag.DISK_CACHE, dir.resolve(share.name()).toString());
            put(part, Flag.DISK_CACHE_SIZE, share.diskOf(config.diskCacheBytes()), ServerConfig.MIN_STORE_BYTES);
        });
        config.maxInFlightBytes()
                .ifPresent(bytes ->
                        put(part, Flag.MAX_IN_FLIGHT, share.memoryOf(bytes), ServerConfig.MIN_IN_FLIGHT_BYTES));
        if (config.memoryCacheBytes() > 0) {
            put(part, Flag.MEMORY_CACHE, share.memoryOf(config.memoryCacheBytes()), 0);
        }
        if (config.threads() > 0) {
            put(part, Flag.THREADS, share.threadsOf(config.threads()), 1);
        }
        // Found by the parent in the start line, and asked for health and metrics.
        config.adminPort().ifPresent(any -> put(part, Flag.ADMIN_PORT, 0, 0));
        return part;
    }

    private static void put(Map<Flag, String> part, Flag flag, long value, long min) {
        if (value < min) {
            throw new BadSetting(flag.option() + ": too small to be divided (expected: at least " + ByteSize.format(min)
                    + " for each process)");
        }
        part.put(flag, Long.toString(value));
    }
}
