package io.kvstore.testkit.azure;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import java.util.concurrent.atomic.LongAdder;

/** Counts the bytes of a connection, both ways. */
final class TrafficHandler extends ChannelDuplexHandler {

    private final LongAdder bytes;

    TrafficHandler(LongAdder bytes) {
        this.bytes = bytes;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        count(message);
        context.fireChannelRead(message);
    }

    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
        count(message);
        context.write(message, promise);
    }

    private void count(Object message) {
        if (message instanceof ByteBuf buffer) {
            bytes.add(buffer.readableBytes());
        }
    }
}
