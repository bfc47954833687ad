package io.kvstore.core;

import io.kvstore.api.Payload;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Copies payloads to memory of ours. Small ones go to the heap, large ones to direct buffers, which are kept for the next
 * one of about that size when they are let go: making a direct buffer zeroes it and freeing one waits for the collector.
 *
 * <p>Sizes are rounded up to eighths of a power of two, which wastes 6 % on average and makes chunks of one model meet.
 *
 * <p>Threading: safe for many threads, lock-free.
 */
final class DirectArena {

    private static final int HEAP_BYTES = 16 * 1024;

    private final ConcurrentHashMap<Integer, ConcurrentLinkedQueue<ByteBuffer>> idle = new ConcurrentHashMap<>();
    private final AtomicLong idleBytes = new AtomicLong();
    private final long maxIdleBytes;

    DirectArena(long maxIdleBytes) {
        this.maxIdleBytes = maxIdleBytes;
    }

    /** A copy with one claim, or nothing when there is no memory for it. */
    Optional<Payload> copy(Payload source) {
        ByteBuffer bytes = source.buffer();
        int size = bytes.remaining();
        if (size <= HEAP_BYTES) {
            return Optional.of(Payload.wrap(source.toByteArray()));
        }
        int capacity = rounded(size);
        ByteBuffer place = reused(capacity);
        if (place == null) {
            try {
                place = ByteBuffer.allocateDirect(capacity);
            } catch (OutOfMemoryError e) {
                return Optional.empty(); // direct memory has a limit of its own: nothing else has failed
            }
        }
        ByteBuffer target = place;
        target.clear();
        target.put(bytes).flip();
        return Optional.of(Payload.of(target, () -> keep(target)));
    }

    private @org.jspecify.annotations.Nullable ByteBuffer reused(int capacity) {
        ConcurrentLinkedQueue<ByteBuffer> queue = idle.get(capacity);
        ByteBuffer buffer = queue == null ? null : queue.poll();
        if (buffer != null) {
            idleBytes.addAndGet(-capacity);
        }
        return buffer;
    }

    private void keep(ByteBuffer buffer) {
        if (idleBytes.addAndGet(buffer.capacity()) > maxIdleBytes) {
            dropOthers(buffer.capacity());
        }
        if (idleBytes.get() > maxIdleBytes) {
            idleBytes.addAndGet(-buffer.capacity());
            return;
        }
        idle.computeIfAbsent(buffer.capacity(), c -> new ConcurrentLinkedQueue<>())
                .add(buffer);
    }

    /** Makes room at the cost of other sizes: what was let go last is what is asked for next. */
    private void dropOthers(int capacity) {
        idle.forEach((size, queue) -> {
            while (size != capacity && idleBytes.get() > maxIdleBytes && queue.poll() != null) {
                idleBytes.addAndGet(-size);
            }
        });
    }

    /** What a payload of that size takes. */
    static int rounded(int size) {
        int step = Math.max(1, Integer.highestOneBit(size) / 8);
        return (int) Math.min(Integer.MAX_VALUE, ((size + step - 1L) / step) * step);
    }
}
