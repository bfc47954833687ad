package io.kvstore.azure;

import io.kvstore.api.Payload;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * A payload as Netty writes it, without a copy. Holds a claim of its own until Netty lets go of the buffer, which may be long
 * after the call has ended: a request that is given up, or answered before its body was read, still has bytes on the way to
 * the socket.
 */
final class ClaimedBuf extends CompositeByteBuf {

    private final Payload claim;

    private ClaimedBuf(Payload claim, int pieces) {
        super(UnpooledByteBufAllocator.DEFAULT, true, pieces);
        this.claim = claim;
    }

    /** A buffer over the bytes of {@code payload}, whose claim stays the caller's. */
    static ByteBuf of(Payload payload) {
        Payload claim = payload.share();
        List<ByteBuffer> pieces = claim.buffers();
        ClaimedBuf buffer = new ClaimedBuf(claim, pieces.size());
        pieces.forEach(piece -> buffer.addFlattenedComponents(true, Unpooled.wrappedBuffer(piece)));
        return buffer;
    }

    @Override
    protected void deallocate() {
        super.deallocate();
        claim.close();
    }
}
