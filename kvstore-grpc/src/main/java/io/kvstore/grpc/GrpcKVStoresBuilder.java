package io.kvstore.grpc;

import io.grpc.ManagedChannelBuilder;
import io.grpc.netty.NettyChannelBuilder;
import io.kvstore.api.CallerToken;
import java.time.Duration;
import java.util.concurrent.ExecutorService;

/** Builds a {@link GrpcKVStores}. Not thread-safe. */
public final class GrpcKVStoresBuilder {

    private final String target;
    private Duration defaultTimeout = Duration.ofSeconds(30);
    private int threads = Math.max(2, Runtime.getRuntime().availableProcessors());
    private boolean largeFrames = true;
    private boolean zeroCopy = true;
    private CallerToken token = CallerToken.NONE;

    GrpcKVStoresBuilder(String target) {
        this.target = target;
    }

    /** The time of a call that brings none; 30 s unless set. */
    public GrpcKVStoresBuilder defaultTimeout(Duration value) {
        if (value.isNegative() || value.isZero()) {
            throw new IllegalArgumentException("defaultTimeout: " + value + " (expected: more than zero)");
        }
        defaultTimeout = value;
        return this;
    }

    /** Threads that read answers, complete futures and call subscribers; max(2, cores) unless set. */
    public GrpcKVStoresBuilder threads(int value) {
        if (value < 1) {
            throw new IllegalArgumentException("threads: " + value + " (expected: at least 1)");
        }
        threads = value;
        return this;
    }

    /**
     * What calls show that bring no token of their own; nothing unless set. It travels as it is: whoever reads the connection
     * reads the token.
     */
    public GrpcKVStoresBuilder token(CallerToken value) {
        token = value;
        return this;
    }

    /** As {@link GrpcServerBuilder#largeFrames}. */
    public GrpcKVStoresBuilder largeFrames(boolean value) {
        largeFrames = value;
        return this;
    }

    /** As {@link GrpcServerBuilder#zeroCopy}, for the payloads that are written. */
    public GrpcKVStoresBuilder zeroCopy(boolean value) {
        zeroCopy = value;
        return this;
    }

    /** The client. Connects when it is first used, and again whenever the connection is lost. */
    public GrpcKVStores build() {
        NettyChannelBuilder channel = NettyChannelBuilder.forTarget(target).usePlaintext();
        Transport.configure(channel);
        Http2Tuning tuning = largeFrames ? Http2Tuning.find() : null;
        if (tuning != null) {
            tuning.apply(channel);
        }
        return build(channel);
    }

    /** A client on any transport of gRPC. */
    GrpcKVStores build(ManagedChannelBuilder<?> transport) {
        ExecutorService executor = CallThreads.newPool("kvstore-grpc-client", threads);
        transport
                .executor(executor)
                // A payload is written once; a retry would need to hold on to it.
                .disableRetry()
                .decompressorRegistry(Transport.NO_COMPRESSION);
        return new GrpcKVStores(transport.build(), executor, defaultTimeout, token, zeroCopy);
    }
}
