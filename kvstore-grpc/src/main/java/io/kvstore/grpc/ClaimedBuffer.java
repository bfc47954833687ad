package io.kvstore.grpc;

import io.kvstore.api.Payload;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import java.lang.ref.Cleaner;

/**
 * A payload's memory as the transport sees it. Holds a claim on the payload until the transport has released the buffer and
 * all slices of it, which is the only sign that gRPC gives of having let go of a message. A buffer that is dropped without
 * a release, as gRPC does when it runs out of memory while it frames a message, gives its claim back when the garbage
 * collector finds it: a claim that nobody gives back would keep a whole segment of a store.
 *
 * <p>A composite of one part, because that is the class of Netty whose end can be overridden. HTTP/2's write queue adds what
 * follows to a composite at its head, so there is no limit of parts: at a limit it would copy them together.
 */
final class ClaimedBuffer extends CompositeByteBuf {

    private static final Cleaner DROPPED = Cleaner.create();

    private final Cleaner.Cleanable end;

    private ClaimedBuffer(Payload claim, Runnable onSent) {
        super(ByteBufAllocator.DEFAULT, true, Integer.MAX_VALUE);
        this.end = DROPPED.register(this, new End(claim, onSent));
    }

    /**
     * All bytes of a payload, which must lie off the heap.
     *
     * @param claim becomes the buffer's
     * @param onSent run once, after the claim was closed
     */
    static ClaimedBuffer of(Payload claim, Runnable onSent) {
        ClaimedBuffer buffer = new ClaimedBuffer(claim, onSent);
        buffer.addComponent(true, Unpooled.wrappedBuffer(claim.buffer()));
        return buffer;
    }

    @Override
    protected void deallocate() {
        super.deallocate();
        end.clean();
    }

    /** Apart from the buffer, or it would never be found. */
    private record End(Payload claim, Runnable onSent) implements Runnable {
        @Override
        public void run() {
            claim.close();
            onSent.run();
        }
    }
}
