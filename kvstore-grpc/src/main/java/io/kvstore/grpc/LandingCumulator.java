package io.kvstore.grpc;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.codec.AdaptiveCumulator;
import io.netty.handler.codec.ByteToMessageDecoder.Cumulator;

/**
 * Puts together what a connection has received and not decoded yet. As long as it lies in one region, that is the region
 * itself. Where one region ends in the middle of a frame, a little is copied to the front of the next, and more becomes a
 * buffer of two parts. Never seen by two threads.
 */
final class LandingCumulator implements Cumulator {

    private final Cumulator composing = new AdaptiveCumulator(Http2Tuning.MERGE_BYTES);

    @Override
    @SuppressWarnings("ReferenceEquality") // whether it is the same buffer, with more in it
    public ByteBuf cumulate(ByteBufAllocator alloc, ByteBuf cumulation, ByteBuf in) {
        if (in == cumulation) {
            in.release(); // this read's claim; that of the one before goes on
            return cumulation;
        }
        if (!(in instanceof LandingRegion region)) {
            return composing.cumulate(alloc, cumulation, in);
        }
        if (region.begin(cumulation) || !cumulation.isReadable()) {
            cumulation.release();
            return region;
        }
        // What comes into the region later must not be seen by this part of it.
        ByteBuf part = region.readRetainedSlice(region.readableBytes());
        region.release();
        return composing.cumulate(alloc, cumulation, part);
    }
}
