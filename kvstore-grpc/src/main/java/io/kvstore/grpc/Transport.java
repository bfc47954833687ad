package io.kvstore.grpc;

import io.grpc.Codec;
import io.grpc.DecompressorRegistry;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.kvstore.api.Limits;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.ChannelOption;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollChannelOption;
import java.io.IOException;
import java.util.concurrent.TimeUnit;

/** The transport settings of the contract, the same on both ends, in one place. */
final class Transport {

    /** A compressed message could not be read from the transport's buffers, and KV bytes do not shrink. */
    static final DecompressorRegistry NO_COMPRESSION =
            DecompressorRegistry.emptyInstance().with(Codec.Identity.NONE, true);

    private static final int WINDOW_BYTES = 64 << 20;
    private static final int KEEPALIVE_SECONDS = 10;
    private static final int KEEPALIVE_TIMEOUT_SECONDS = 5;

    /** Existing clients ping every 10 s, also without calls. */
    private static final int PERMITTED_PING_SECONDS = 5;

    private static final int MAX_STREAMS_PER_CONNECTION = 200;
    /** A client may give up as many calls as it likes, not open and reset them for the sake of the work they make. */
    private static final int MAX_RESETS = 2_000;

    private static final int RESETS_SECONDS = 10;
    private static final int TCP_USER_TIMEOUT_MILLIS = 20_000;

    /** Netty's 64 KiB lets so little out per write that sending 1.2 MB answers costs a fifth more CPU. */
    private static final WriteBufferWaterMark WATER_MARK = new WriteBufferWaterMark(1 << 20, 2 << 20);

    private static final int MAX_RECEIVE_BYTES = 256 * 1024;

    private Transport() {}

    /** "epoll" or "nio": which one grpc-java picks on this machine. */
    static String name() {
        return Epoll.isAvailable() ? "epoll" : "nio";
    }

    static void configure(NettyServerBuilder server) {
        server.maxInboundMessageSize(Limits.MAX_MESSAGE_BYTES)
                .flowControlWindow(WINDOW_BYTES)
                .maxConcurrentCallsPerConnection(MAX_STREAMS_PER_CONNECTION)
                .maxRstFramesPerWindow(MAX_RESETS, RESETS_SECONDS)
                .keepAliveTime(KEEPALIVE_SECONDS, TimeUnit.SECONDS)
                .keepAliveTimeout(KEEPALIVE_TIMEOUT_SECONDS, TimeUnit.SECONDS)
                .permitKeepAliveTime(PERMITTED_PING_SECONDS, TimeUnit.SECONDS)
                .permitKeepAliveWithoutCalls(true)
                .withChildOption(ChannelOption.TCP_NODELAY, true)
                .withChildOption(ChannelOption.RECVBUF_ALLOCATOR, receiveBuffers())
                .withChildOption(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARK);
        if (Epoll.isAvailable()) {
            server.withChildOption(EpollChannelOption.TCP_USER_TIMEOUT, TCP_USER_TIMEOUT_MILLIS);
        }
    }

    /** As large as a connection has use for: a payload then lies in a few pieces, in which it is handed on. */
    private static AdaptiveRecvByteBufAllocator receiveBuffers() {
        return new AdaptiveRecvByteBufAllocator(
                AdaptiveRecvByteBufAllocator.DEFAULT_MINIMUM,
                AdaptiveRecvByteBufAllocator.DEFAULT_INITIAL,
                MAX_RECEIVE_BYTES);
    }

    /** The kernel chooses a listener for each connection; NIO has no such option that Netty would set. */
    static void sharePort(NettyServerBuilder server) throws IOException {
        if (!Epoll.isAvailable()) {
            throw new IOException("cannot share a port: that needs epoll, and this machine has " + name());
        }
        server.withOption(EpollChannelOption.SO_REUSEPORT, true);
    }

    static void configure(NettyChannelBuilder channel) {
        channel.maxInboundMessageSize(Limits.MAX_MESSAGE_BYTES)
                .flowControlWindow(WINDOW_BYTES)
                .keepAliveTime(KEEPALIVE_SECONDS, TimeUnit.SECONDS)
                .keepAliveTimeout(KEEPALIVE_TIMEOUT_SECONDS, TimeUnit.SECONDS)
                .keepAliveWithoutCalls(true)
                .withOption(ChannelOption.TCP_NODELAY, true)
                .withOption(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARK);
        if (Epoll.isAvailable()) {
            channel.withOption(EpollChannelOption.TCP_USER_TIMEOUT, TCP_USER_TIMEOUT_MILLIS);
        }
    }
}
