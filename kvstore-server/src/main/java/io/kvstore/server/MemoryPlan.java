package io.kvstore.server;

import io.kvstore.core.DirectMemory;
import io.kvstore.core.MemoryBlobStore;
import io.kvstore.grpc.GrpcServer;
import io.kvstore.grpc.GrpcServerBuilder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How the JVM's direct memory is divided: what the network and others need comes first, for a server that cannot receive is none.
 * What was asked for and does not fit is refused at the start; a default is made to fit.
 *
 * @param backendBytes of chunks in the memory backend; 0 with another
 * @param cacheBytes of chunks in the memory cache
 */
record MemoryPlan(long backendBytes, long cacheBytes) {

    private static final Logger LOG = LoggerFactory.getLogger(MemoryPlan.class);

    private static final long MIB = 1L << 20;

    /**
     * What direct memory there is.
     *
     * @param maxBytes the limit
     * @param networkBytes what the network may need of it
     */
    record Room(long maxBytes, long networkBytes) {

        /** In this JVM. */
        static Room of(ServerConfig config) {
            return new Room(DirectMemory.maxBytes(), GrpcServer.directMemoryNeeded(config.maxInFlightBytes()));
        }

        long chunkBytes() {
            return DirectMemory.forChunks(maxBytes, networkBytes);
        }

        long othersBytes() {
            return maxBytes - chunkBytes();
        }
    }

    /**
     * The plan of a server alone, or of all its processes together.
     *
     * @throws StartFailure when a size that was asked for does not fit
     */
    static MemoryPlan of(ServerConfig config, Room room) throws StartFailure {
        boolean inMemory = config.backend() == ServerConfig.BackendKind.MEMORY;
        long backend = inMemory ? config.dataMaxBytes().orElse(ServerConfig.MIN_STORE_BYTES) : 0;
        if (inMemory && config.dataMaxBytes().isPresent()) {
            check(Flag.DATA_MAX_BYTES, backend, room.chunkBytes(), room);
        }
        long cache = config.memoryCacheBytes();
        check(Flag.MEMORY_CACHE, cache, room.chunkBytes() - neededFor(backend), room);
        if (inMemory && config.dataMaxBytes().isEmpty()) {
            backend = fitting(MemoryBlobStore.DEFAULT_MAX_BYTES, room.chunkBytes() - neededFor(cache));
        }
        return new MemoryPlan(backend, cache);
    }

    /** The plan of a process that has a part of a server: what was divided has been checked, and is made to fit. */
    static MemoryPlan ofPart(ServerConfig config, Room room) {
        long wanted = backendBytes(config);
        long cache = config.memoryCacheBytes() == 0 ? 0 : fitting(config.memoryCacheBytes(), room.chunkBytes());
        long backend = wanted == 0 ? 0 : fitting(wanted, room.chunkBytes() - neededFor(cache));
        return new MemoryPlan(backend, cache);
    }

    /**
     * What payloads that are read from Azure may take until they are sent: the half of the bytes in flight that the wire lets out, or
     * half of what is left to the network where that is less.
     *
     * @param maxDirectBytes the limit
     */
    static long readBytes(ServerConfig config, long maxDirectBytes) {
        long inFlight = config.maxInFlightBytes().orElse(GrpcServerBuilder.defaultMaxBytesInFlight());
        return Math.max(1, Math.min(inFlight, maxDirectBytes / 2) / 2);
    }

    /** Without a size of one's own the store is smaller than the manual says: not silently. */
    void logWhatIsLess(ServerConfig config) {
        if (backendBytes < backendBytes(config) || cacheBytes < config.memoryCacheBytes()) {
            LOG.warn(
                    "Less memory for chunks than by default, as there is not more direct memory: backendBytes={} cacheBytes={}"
                            + " maxDirectBytes={} (-XX:MaxDirectMemorySize sets it)",
                    backendBytes,
                    cacheBytes,
                    DirectMemory.maxBytes());
        }
    }

    private static long backendBytes(ServerConfig config) {
        return config.backend() == ServerConfig.BackendKind.MEMORY
                ? config.dataMaxBytes().orElse(MemoryBlobStore.DEFAULT_MAX_BYTES)
                : 0;
    }

    private static void check(Flag flag, long bytes, long leftBytes, Room room) throws StartFailure {
        if (neededFor(bytes) > Math.max(0, leftBytes)) {
            throw new StartFailure(flag.option() + ": " + ByteSize.format(bytes) + " (expected: at most "
                    + DirectMemory.payloadsIn(leftBytes) / MIB + "m, as this JVM has " + room.maxBytes() / MIB
                    + "m of direct memory, of which the network and others may need " + room.othersBytes() / MIB
                    + "m; -XX:MaxDirectMemorySize sets it)");
        }
    }

    private static long neededFor(long bytes) {
        return bytes == 0 ? 0 : DirectMemory.neededFor(bytes);
    }

    private static long fitting(long bytes, long leftBytes) {
        return Math.min(bytes, Math.max(ServerConfig.MIN_STORE_BYTES, DirectMemory.payloadsIn(leftBytes)));
    }
}
