package io.kvstore.grpc;

import io.netty.buffer.AbstractByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocatorMetric;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import io.netty.buffer.UnpooledByteBufAllocator;

/** Direct memory that runs out. */
final class ScarceMemory extends AbstractByteBufAllocator implements ByteBufAllocatorMetricProvider {

    private final UnpooledByteBufAllocator source = new UnpooledByteBufAllocator(true);
    private final long maxBytes;

    ScarceMemory(long maxBytes) {
        super(true);
        this.maxBytes = maxBytes;
    }

    @Override
    public ByteBufAllocatorMetric metric() {
        return source.metric();
    }

    @Override
    protected ByteBuf newHeapBuffer(int initialCapacity, int maxCapacity) {
        return source.heapBuffer(initialCapacity, maxCapacity);
    }

    @Override
    protected ByteBuf newDirectBuffer(int initialCapacity, int maxCapacity) {
        if (source.metric().usedDirectMemory() + initialCapacity > maxBytes) {
            throw new OutOfMemoryError("as the JVM throws it");
        }
        return source.directBuffer(initialCapacity, maxCapacity);
    }

    @Override
    public boolean isDirectBufferPooled() {
        return false;
    }
}
