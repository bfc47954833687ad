package io.kvstore.grpc;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Keeps large direct buffers for the next payload. Fresh memory has to be zeroed by the JVM and mapped page by page by the
 * kernel; Netty's pool gives its pieces back when they are empty, and has none for buffers over 4 MiB. Measured on writes of
 * 1.2 MB: 0.14 CPU-seconds per GB less on the receiving side.
 *
 * <p>Threading: safe for many threads.
 */
final class BufferShelf {

    /** Steps between two powers of two: so payloads of about the same size share buffers, at most an eighth of them unused. */
    private static final int STEPS = 8;

    private final ByteBufAllocator allocator;
    private final long maxKeptBytes;

    /** The last one put here first. */
    private final Deque<ByteBuf> kept = new ArrayDeque<>();

    private long keptBytes;

    BufferShelf(ByteBufAllocator allocator, long maxKeptBytes) {
        this.allocator = allocator;
        this.maxKeptBytes = maxKeptBytes;
    }

    /** A direct buffer of at least {@code bytes}, its contents those of an earlier use; to be {@link #put} here again. */
    ByteBuf take(int bytes) {
        int capacity = capacityFor(bytes);
        ByteBuf used = findKept(capacity);
        if (used != null) {
            return used;
        }
        try {
            return allocator.directBuffer(capacity, capacity);
        } catch (OutOfMemoryError e) {
            clear();
            return allocator.directBuffer(bytes, bytes);
        }
    }

    private static int capacityFor(int bytes) {
        int step = Math.max(1, Integer.highestOneBit(bytes) / STEPS);
        return (int) Math.min(Integer.MAX_VALUE, ((long) bytes + step - 1) / step * step);
    }

    private synchronized @Nullable ByteBuf findKept(int capacity) {
        for (Iterator<ByteBuf> buffers = kept.iterator(); buffers.hasNext(); ) {
            ByteBuf buffer = buffers.next();
            if (buffer.capacity() == capacity) {
                buffers.remove();
                keptBytes -= capacity;
                return buffer;
            }
        }
        return null;
    }

    /** Nobody uses the buffer any more. Those that wait here longest make room for it. */
    void put(ByteBuf buffer) {
        List<ByteBuf> dropped = new ArrayList<>();
        synchronized (this) {
            kept.addFirst(buffer);
            keptBytes += buffer.capacity();
            while (keptBytes > maxKeptBytes) {
                ByteBuf oldest = kept.removeLast();
                keptBytes -= oldest.capacity();
                dropped.add(oldest);
            }
        }
        dropped.forEach(ByteBuf::release);
    }

    void clear() {
        List<ByteBuf> dropped;
        synchronized (this) {
            dropped = List.copyOf(kept);
            kept.clear();
            keptBytes = 0;
        }
        dropped.forEach(ByteBuf::release);
    }

    synchronized long keptBytes() {
        return keptBytes;
    }
}
