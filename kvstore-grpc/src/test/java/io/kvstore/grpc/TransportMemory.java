package io.kvstore.grpc;

import io.netty.buffer.PoolArenaMetric;
import io.netty.buffer.PooledByteBufAllocator;
import java.lang.reflect.Method;
import java.util.stream.Stream;

/** What is taken of the pools that payloads pass: ours, and the one that grpc-netty keeps for itself. */
final class TransportMemory {

    private TransportMemory() {}

    /** Buffers not given back, exact because the tests run without caches per thread. Pools count bytes by the chunk. */
    static long activeBuffers() {
        return Stream.of(PooledByteBufAllocator.DEFAULT, ofGrpc())
                .flatMap(pool -> pool.metric().directArenas().stream())
                .mapToLong(PoolArenaMetric::numActiveAllocations)
                .sum();
    }

    private static PooledByteBufAllocator ofGrpc() {
        try {
            Method allocator =
                    Class.forName("io.grpc.netty.Utils").getDeclaredMethod("getByteBufAllocator", boolean.class);
            allocator.setAccessible(true);
            return (PooledByteBufAllocator) allocator.invoke(null, false);
        } catch (ReflectiveOperationException e) {
            throw new LinkageError("grpc-netty keeps its pool elsewhere", e);
        }
    }
}
