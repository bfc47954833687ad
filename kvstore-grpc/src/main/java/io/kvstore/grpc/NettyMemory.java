package io.kvstore.grpc;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;

/** Where Netty's buffers off the heap come from. */
final class NettyMemory {

    private static final int TRIAL_BYTES = 1 << 20;

    private NettyMemory() {}

    /**
     * Whether they count against the JVM's limit of direct memory, and not against one of Netty's own beside it. That depends on the
     * JVM, its flags and Netty's version, so it is tried. Another thread that takes a megabyte meanwhile makes it true.
     */
    static boolean isOfTheJvm() {
        BufferPoolMXBean direct = ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                .filter(pool -> pool.getName().equals("direct"))
                .findFirst()
                .orElse(null);
        if (direct == null) {
            return true;
        }
        long before = direct.getTotalCapacity();
        ByteBuf trial = new UnpooledByteBufAllocator(true, true).directBuffer(TRIAL_BYTES, TRIAL_BYTES);
        try {
            return direct.getTotalCapacity() - before >= TRIAL_BYTES;
        } finally {
            trial.release();
        }
    }
}
