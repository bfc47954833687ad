package io.kvstore.azure;

import io.kvstore.api.Payload;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;

/**
 * A payload as Netty writes it, without a copy. Holds a claim of its own until Netty lets go of the buffer, which may be long
 * after the call has ended: a request that is given up, or answered before its body was read, still has bytes on the way to
 * the socket.
 */
final class ClaimedBuf extends CompositeByteBuf {

    private final Payload claim;

    private ClaimedBuf(Payload claim) {
        super(UnpooledByteBufAllocator.DEFAULT, true, 1);
        this.claim = claim;
    }

    /** A buffer over the bytes of {@code payload}, whose claim stays the caller's. */
    static ByteBuf of(Payload payload) {
        ClaimedBuf buffer = new ClaimedBuf(payload.share());
        buffer.addFlattenedComponents(true, Unpooled.wrappedBuffer(buffer.claim.buffer()));
        return buffer;
    }

    @Override
    protected void deallocate() {
        super.deallocate();
        claim.close();
    }
}
