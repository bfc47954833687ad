package io.kvstore.azure;

import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelProgressiveFuture;
import io.netty.channel.ChannelProgressiveFutureListener;
import io.netty.channel.ChannelProgressivePromise;
import io.netty.channel.ChannelPromise;
import io.netty.util.concurrent.PromiseNotifier;
import java.util.function.LongSupplier;

/** When bytes last came over a connection or left it for the network: next to the socket, below TLS. */
final class ConnectionActivity extends ChannelDuplexHandler implements ChannelProgressiveFutureListener {

    private static final String NAME = "kvstore.activity";

    private final LongSupplier nanoClock;
    private volatile long lastNanos;

    ConnectionActivity(LongSupplier nanoClock) {
        this.nanoClock = nanoClock;
        touch();
    }

    /** That connection's; on its event loop. */
    static ConnectionActivity of(Channel connection, LongSupplier nanoClock) {
        ConnectionActivity known = (ConnectionActivity) connection.pipeline().get(NAME);
        if (known != null) {
            return known;
        }
        ConnectionActivity made = new ConnectionActivity(nanoClock);
        connection.pipeline().addFirst(NAME, made);
        return made;
    }

    void touch() {
        lastNanos = nanoClock.getAsLong();
    }

    /** As the clock said. */
    long lastNanos() {
        return lastNanos;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        touch();
        context.fireChannelRead(message);
    }

    /** A payload is one message: how far it has got is told only to such a promise. */
    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
        if (promise.isVoid()) {
            context.write(message, promise);
            return;
        }
        ChannelProgressivePromise sent = context.newProgressivePromise();
        sent.addListener(this);
        PromiseNotifier.cascade(false, sent, promise);
        context.write(message, sent);
    }

    @Override
    public void operationProgressed(ChannelProgressiveFuture sent, long progress, long total) {
        touch();
    }

    @Override
    public void operationComplete(ChannelProgressiveFuture sent) {
        touch();
    }
}
