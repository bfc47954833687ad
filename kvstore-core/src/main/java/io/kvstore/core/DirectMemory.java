package io.kvstore.core;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.lang.management.ManagementFactory;
import org.jspecify.annotations.Nullable;

/**
 * The direct memory of the JVM, which has one limit for all who take some: memory cache and memory backend, and in most programs
 * the network too.
 */
public final class DirectMemory {

    private static final int SPARE_SHARE = 8;
    private static final long MIN_SPARE_BYTES = 16L << 20;

    /** Of the limit; so much is left to others by a store or a cache of which nobody has checked that it fits. */
    private static final int OTHERS_SHARE = 8;

    private static final long MIN_OTHERS_BYTES = 64L << 20;

    private DirectMemory() {}

    /** The limit in bytes: {@code -XX:MaxDirectMemorySize}, that of the heap where it is not set. */
    public static long maxBytes() {
        HotSpotDiagnosticMXBean options = options();
        if (options == null) {
            return Runtime.getRuntime().maxMemory();
        }
        long set = Long.parseLong(options.getVMOption("MaxDirectMemorySize").getValue());
        return set == 0 ? Runtime.getRuntime().maxMemory() : set;
    }

    private static @Nullable HotSpotDiagnosticMXBean options() {
        try {
            return ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
        } catch (IllegalArgumentException | LinkageError e) { // another JVM, or one without the module jdk.management
            return null;
        }
    }

    /**
     * What a cache or a store of so many bytes of payloads takes at most: an eighth more, and no less than 16 MiB more, for gaps
     * and for what is written while others go.
     */
    public static long neededFor(long payloadBytes) {
        long spare = Math.max(MIN_SPARE_BYTES, payloadBytes / SPARE_SHARE);
        return payloadBytes > Long.MAX_VALUE - spare ? Long.MAX_VALUE : payloadBytes + spare;
    }

    /** The most bytes of payloads for which so much is enough; 0 where it is for none. */
    public static long payloadsIn(long bytes) {
        return Math.max(0, Math.min(bytes - MIN_SPARE_BYTES, bytes - (bytes + 1) / (SPARE_SHARE + 1)));
    }

    /**
     * What of a limit may hold chunks: a network that waits where it must gets by with half of all, and 64 MiB, or an eighth of a
     * small memory, are for the buffers of files and of the JVM itself.
     *
     * @param maxBytes the limit
     * @param networkBytes what the network may need of it
     */
    public static long forChunks(long maxBytes, long networkBytes) {
        return maxBytes
                - Math.max(Math.min(networkBytes, maxBytes / 2), Math.min(MIN_OTHERS_BYTES, maxBytes / OTHERS_SHARE));
    }

    /** What one store or cache may take of the limit, as others need some. */
    static long maxBytesOfOne() {
        return maxBytes() / OTHERS_SHARE * (OTHERS_SHARE - 1);
    }
}
