package io.kvstore.grpc;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.buffer.UnpooledDirectByteBuf;

/**
 * Memory that one connection receives into, read after read, each where the one before ended. Messages are slices of it. Goes
 * back to its shelf when the connection and all payloads in it have let go of it.
 *
 * <p>Threading: written by the connection's event loop alone; let go of by any thread.
 */
final class LandingRegion extends UnpooledDirectByteBuf {

    /** Free at the start: for what the region before has of a frame that goes on here. */
    static final int HEADROOM_BYTES = 64 * 1024;

    private final ByteBuf memory;
    private final BufferShelf shelf;
    private boolean fresh = true;

    /** A region in memory of that shelf, at least {@link #HEADROOM_BYTES} large; becomes the region's. */
    LandingRegion(ByteBuf memory, BufferShelf shelf) {
        super(UnpooledByteBufAllocator.DEFAULT, memory.nioBuffer(0, memory.capacity()), memory.capacity());
        this.memory = memory;
        this.shelf = shelf;
        setIndex(HEADROOM_BYTES, HEADROOM_BYTES);
    }

    /** Whether the bytes fit in front of the first ones that came, and are there now. Later than those nothing is. */
    boolean begin(ByteBuf before) {
        int count = before.readableBytes();
        boolean fits = fresh && count <= HEADROOM_BYTES;
        fresh = false;
        if (fits) {
            setBytes(readerIndex() - count, before, before.readerIndex(), count);
            readerIndex(readerIndex() - count);
        }
        return fits;
    }

    /** Nothing moves here: the next bytes go behind the last ones. */
    @Override
    public ByteBuf discardSomeReadBytes() {
        return this;
    }

    @Override
    protected void deallocate() {
        super.deallocate();
        shelf.put(memory);
    }
}
