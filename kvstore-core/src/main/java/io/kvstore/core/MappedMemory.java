package io.kvstore.core;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Field;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;
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

    /** Always 1, but no compiler takes it for a constant. */
    private static final AtomicInteger UNKNOWN_LENGTH = new AtomicInteger(1);

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
     * The bytes of such a page were zeros to the reader. Costs about 200 ns.
     *
     * <p>The JVM notes the fault and throws when the thread comes back to Java from the JVM's own code. To make an array of
     * arrays, of lengths that the compilers do not know, leads there always: on JDK 17 it reported 50 of 50 faults,
     * interpreted and compiled, where a native method such as {@code Thread.yield} reported 0 to 3.
     */
    static void reportFault() {
        int length = UNKNOWN_LENGTH.get();
        if (new byte[length][length].length != length) {
            throw new IllegalStateException("an array of another length than asked for");
        }
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
