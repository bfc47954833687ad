package io.kvstore.grpc;

import io.grpc.netty.GrpcHttp2ConnectionHandler;
import io.grpc.netty.InternalNettyChannelBuilder;
import io.grpc.netty.InternalProtocolNegotiator;
import io.grpc.netty.InternalProtocolNegotiators;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelOption;
import io.netty.handler.codec.AdaptiveCumulator;
import io.netty.handler.codec.ByteToMessageDecoder.Cumulator;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.ssl.SslContext;
import io.netty.util.AsciiString;
import java.lang.reflect.Field;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The two HTTP/2 settings that matter for megabyte messages and that grpc-java has no public way to: the largest frame we
 * accept (the contract's 16 MiB - 1 instead of 16 KiB), and a cumulator that does not copy what it receives. Measured on 1.2 MB
 * reads, both ends: 1.06 CPU-seconds per GB without, 0.64 with the cumulator, 0.60 with large frames too; large frames with
 * the stock cumulator make it worse, so the two come together.
 *
 * <p>Reaches into grpc-java and Netty in this one class. What it needs is looked for at start; when it is not there, the
 * public defaults stay, which are slower and just as correct.
 */
final class Http2Tuning {

    private static final Logger log = LoggerFactory.getLogger(Http2Tuning.class);

    /** The largest that HTTP/2 has, and what existing servers announce. */
    private static final int MAX_FRAME_BYTES = 16_777_215;

    /** Smaller pieces are merged by copying, which is cheaper than a buffer of many parts. */
    static final int MERGE_BYTES = 1024;

    private final Field initialSettings;

    private Http2Tuning(Field initialSettings) {
        this.initialSettings = initialSettings;
    }

    /** The tuning, or null when this version of grpc-java or Netty does not offer what it needs. */
    static @Nullable Http2Tuning find() {
        try {
            LibraryInternals.checkWanted();
            Field field = Http2ConnectionHandler.class.getDeclaredField("initialSettings");
            field.setAccessible(true);
            if (field.getType() != Http2Settings.class) {
                throw new NoSuchFieldException("initialSettings is " + field.getType());
            }
            return new Http2Tuning(field);
        } catch (ReflectiveOperationException | RuntimeException | LinkageError e) {
            log.warn("HTTP/2 frames stay at 16 KiB, there is no place to set them ({})", e.toString());
            return null;
        }
    }

    /** Sets up a server, in plain text where there is no {@code tls}. */
    void apply(NettyServerBuilder server, @Nullable SslContext tls) {
        server.protocolNegotiator(new TuningNegotiator(
                tls == null
                        ? InternalProtocolNegotiators.serverPlaintext()
                        : InternalProtocolNegotiators.serverTls(tls),
                () -> new AdaptiveCumulator(MERGE_BYTES)));
    }

    /**
     * Sets up a client, in plain text where there is no {@code tls}. In plain text it receives in large regions; a server, whose
     * clients are anybody, has no such memory for each of them, and what is enciphered is not yet what is received.
     */
    void apply(NettyChannelBuilder channel, @Nullable SslContext tls) {
        if (tls == null) {
            channel.withOption(ChannelOption.RECVBUF_ALLOCATOR, LandingRegions.shared());
        }
        InternalNettyChannelBuilder.setProtocolNegotiatorFactory(channel, new TuningClientFactory(tls));
    }

    private void tune(GrpcHttp2ConnectionHandler handler, Cumulator cumulator) {
        handler.setCumulator(cumulator);
        try {
            // Not sent yet: the handler writes them when it joins its connection.
            ((Http2Settings) initialSettings.get(handler)).maxFrameSize(MAX_FRAME_BYTES);
        } catch (IllegalAccessException e) {
            throw new IllegalStateException("the field was accessible at start", e);
        }
    }

    private final class TuningNegotiator implements InternalProtocolNegotiator.ProtocolNegotiator {

        private final InternalProtocolNegotiator.ProtocolNegotiator negotiator;
        private final Supplier<Cumulator> newCumulator;

        TuningNegotiator(InternalProtocolNegotiator.ProtocolNegotiator negotiator, Supplier<Cumulator> newCumulator) {
            this.negotiator = negotiator;
            this.newCumulator = newCumulator;
        }

        @Override
        public AsciiString scheme() {
            return negotiator.scheme();
        }

        @Override
        public ChannelHandler newHandler(GrpcHttp2ConnectionHandler handler) {
            tune(handler, newCumulator.get());
            return negotiator.newHandler(handler);
        }

        @Override
        public void close() {
            negotiator.close();
        }
    }

    private final class TuningClientFactory implements InternalProtocolNegotiator.ClientFactory {

        private final @Nullable SslContext tls;

        TuningClientFactory(@Nullable SslContext tls) {
            this.tls = tls;
        }

        @Override
        public InternalProtocolNegotiator.ProtocolNegotiator newNegotiator() {
            return tls == null
                    ? new TuningNegotiator(InternalProtocolNegotiators.plaintext(), LandingRegions::newCumulator)
                    : new TuningNegotiator(
                            InternalProtocolNegotiators.tls(tls, null, null), () -> new AdaptiveCumulator(MERGE_BYTES));
        }

        @Override
        public int getDefaultPort() {
            return tls == null ? 80 : 443;
        }
    }
}
