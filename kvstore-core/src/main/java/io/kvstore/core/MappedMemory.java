package io.kvstore.core;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Field;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Unmaps a mapped file at once.
 *
 * <p>Before Java 22 the only documented way is to wait for the garbage collector, and a heap that is mostly idle may not collect
 * for hours while deleted segments hold their disk space. So this asks {@code sun.misc.Unsafe.invokeCleaner}, as Netty and
 * Lucene do, and leaves it to the collector where that is not to be had.
 */
final class MappedMemory {

    private static final Logger LOG = LoggerFactory.getLogger(MappedMemory.class);

    private static final @Nullable MethodHandle CLEANER = findCleaner();

    private MappedMemory() {}

    /** Nobody may touch the buffer or a slice of it afterwards: that would crash the process. */
    static void unmap(MappedByteBuffer mapping) {
        if (CLEANER == null) {
            return;
        }
        try {
            CLEANER.invokeExact((ByteBuffer) mapping);
        } catch (Throwable e) {
            LOG.warn("cannot unmap a segment now, the garbage collector will", e);
        }
    }

    /**
     * Has the JVM report a page that this thread could not read, by throwing an {@link InternalError}, here and not later.
     * The bytes of such a page were zeros to the reader.
     */
    @SuppressWarnings("ThreadPriorityCheck") // not for the scheduler: the JVM looks for such reports on the way back
    static void reportFault() {
        Thread.yield();
    }

    private static @Nullable MethodHandle findCleaner() {
        try {
            Class<?> unsafe = Class.forName("sun.misc.Unsafe");
            Field instance = unsafe.getDeclaredField("theUnsafe");
            instance.setAccessible(true);
            return MethodHandles.lookup()
                    .findVirtual(unsafe, "invokeCleaner", MethodType.methodType(void.class, ByteBuffer.class))
                    .bindTo(instance.get(null));
        } catch (ReflectiveOperationException | RuntimeException e) {
            LOG.info("unmapping of segments is left to the garbage collector: {}", e.toString());
            return null;
        }
    }
}
