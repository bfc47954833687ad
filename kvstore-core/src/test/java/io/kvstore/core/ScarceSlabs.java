package io.kvstore.core;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/** Memory for chunks as a JVM gives it that has only so much: beyond it throws what the JVM does, and never gets any back. */
final class ScarceSlabs {

    private ScarceSlabs() {}

    static DirectArena arena(long bytes, LongSupplier nanoClock) {
        AtomicLong left = new AtomicLong(bytes);
        return new DirectArena(new MemorySlabs(Long.MAX_VALUE, nanoClock, size -> {
            if (left.addAndGet(-size) < 0) {
                left.addAndGet(size);
                throw new OutOfMemoryError(
                        "Cannot reserve " + size + " bytes of direct buffer memory, as the JVM says it");
            }
            return ByteBuffer.allocateDirect(size);
        }));
    }
}
