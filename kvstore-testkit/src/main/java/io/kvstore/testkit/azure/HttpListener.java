package io.kvstore.testkit.azure;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import javax.net.ssl.SSLEngine;

/** The socket, its event loops and its connections. */
final class HttpListener implements AutoCloseable {

    private static final int READ_BYTES = 1 << 20;
    private static final int MAX_HEADER_BYTES = 64 << 10;
    private static final long CLOSE_SECONDS = 10;

    private final EventLoopGroup loops;
    private final ServiceState service;
    private final Optional<Supplier<SSLEngine>> tls;
    private Channel socket;

    private HttpListener(FakeBlobServiceBuilder settings, ServiceState service, ServerBootstrap bootstrap)
            throws IOException {
        this.service = service;
        this.tls = settings.tls();
        InetSocketAddress address = settings.address();
        boolean epoll = Epoll.isAvailable();
        IoHandlerFactory handlers = epoll ? EpollIoHandler.newFactory() : NioIoHandler.newFactory();
        Class<? extends ServerChannel> type = epoll ? EpollServerSocketChannel.class : NioServerSocketChannel.class;
        this.loops = new MultiThreadIoEventLoopGroup(
                settings.threads(), new DefaultThreadFactory("fake-blobs", true), handlers);
        ChannelFuture bound = bootstrap
                .group(loops)
                .channel(type)
                .option(ChannelOption.SO_REUSEADDR, true)
                .option(ChannelOption.SO_BACKLOG, 1_024)
                .childOption(ChannelOption.TCP_NODELAY, true)
                // One read for an upload of a megabyte, not twenty.
                .childOption(
                        ChannelOption.RECVBUF_ALLOCATOR, new AdaptiveRecvByteBufAllocator(2_048, 16_384, READ_BYTES))
                .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, new WriteBufferWaterMark(1 << 20, 2 << 20))
                .childHandler(new Connections())
                .bind(address)
                .awaitUninterruptibly();
        this.socket = bound.channel();
        if (!bound.isSuccess()) {
            close();
            throw new IOException("cannot listen on " + address, bound.cause());
        }
    }

    static HttpListener start(FakeBlobServiceBuilder settings, ServiceState service) throws IOException {
        return new HttpListener(settings, service, new ServerBootstrap());
    }

    InetSocketAddress address() {
        return (InetSocketAddress) socket.localAddress();
    }

    void resetConnections() {
        // Where nobody else closes it meanwhile.
        service.connections()
                .forEach(connection -> connection.eventLoop().execute(() -> {
                    if (connection.isOpen()) {
                        connection.config().setOption(ChannelOption.SO_LINGER, 0);
                        connection.close();
                    }
                }));
    }

    @Override
    public void close() {
        socket.close().awaitUninterruptibly();
        service.connections().close().awaitUninterruptibly();
        // What was held goes on into closed connections, and lets go of its bytes.
        service.held().releaseAll();
        loops.shutdownGracefully(0, CLOSE_SECONDS, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    private final class Connections extends ChannelInitializer<Channel> {

        @Override
        protected void initChannel(Channel connection) {
            service.connections().add(connection);
            InetSocketAddress client = (InetSocketAddress) connection.remoteAddress();
            HttpDecoderConfig config = new HttpDecoderConfig()
                    .setMaxHeaderSize(MAX_HEADER_BYTES)
                    .setMaxInitialLineLength(MAX_HEADER_BYTES)
                    .setMaxChunkSize(READ_BYTES)
                    .setHeadersFactory(
                            DefaultHttpHeadersFactory.headersFactory().withValidation(false));
            connection
                    .pipeline()
                    .addLast(new TrafficHandler(
                            service.traffic().bytesOf(client.getAddress().getHostAddress())));
            tls.ifPresent(engines -> connection.pipeline().addLast(new SslHandler(engines.get())));
            connection.pipeline().addLast(new HttpServerCodec(config)).addLast(new RequestHandler(service));
        }
    }
}
