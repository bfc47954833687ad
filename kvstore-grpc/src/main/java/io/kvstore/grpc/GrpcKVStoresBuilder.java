package io.kvstore.grpc;

import io.grpc.ManagedChannelBuilder;
import io.grpc.netty.NettyChannelBuilder;
import io.kvstore.api.CallerToken;
import io.netty.handler.ssl.SslContext;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutorService;

/** Builds a {@link GrpcKVStores}. Not thread-safe. */
public final class GrpcKVStoresBuilder {

    private final String target;
    private Duration defaultTimeout = Duration.ofSeconds(30);
    private int threads = Math.max(2, Runtime.getRuntime().availableProcessors());
    private boolean largeFrames = true;
    private boolean zeroCopy = true;
    private CallerToken token = CallerToken.NONE;
    private boolean tls;
    private Optional<Path> authorities = Optional.empty();
    private Optional<Tls.Identity> identity = Optional.empty();

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
     * What calls show that bring no token of their own; nothing unless set. Without {@link #tls} it travels as it is: whoever
     * reads the connection reads the token.
     */
    public GrpcKVStoresBuilder token(CallerToken value) {
        token = value;
        return this;
    }

    /** Talks over TLS to a server for which an authority vouches that the JVM knows; in plain text unless set. */
    public GrpcKVStoresBuilder tls() {
        tls = true;
        return this;
    }

    /** Talks over TLS to a server for which one of these authorities vouches, a PEM file, or which is among them itself. */
    public GrpcKVStoresBuilder tls(Path pem) {
        authorities = Optional.of(pem);
        return tls();
    }

    /**
     * Talks over TLS and shows this to servers that ask for it.
     *
     * @param certificates PEM: the client's own, then those that vouch for it
     * @param key PEM: its key, PKCS#8, not encrypted
     */
    public GrpcKVStoresBuilder tlsIdentity(Path certificates, Path key) {
        identity = Optional.of(new Tls.Identity(certificates, key));
        return tls();
    }

    /** As {@link GrpcServerBuilder#largeFrames}. */
    public GrpcKVStoresBuilder largeFrames(boolean value) {
        largeFrames = value;
        return this;
    }

    /**
     * As {@link GrpcServerBuilder#zeroCopy}, for the payloads that are written; and whether large payloads that are read stay in
     * the memory they were received in, or are copied to one buffer of their own size.
     */
    public GrpcKVStoresBuilder zeroCopy(boolean value) {
        zeroCopy = value;
        return this;
    }

    /**
     * The client. Connects when it is first used, and again whenever the connection is lost.
     *
     * @throws UncheckedIOException with a message of one line, when a file for TLS cannot be used
     */
    public GrpcKVStores build() {
        NettyChannelBuilder channel = NettyChannelBuilder.forTarget(target);
        Transport.configure(channel);
        SslContext context = tls ? context() : null;
        if (context == null) {
            channel.usePlaintext();
        } else {
            channel.sslContext(context);
        }
        Http2Tuning tuning = largeFrames ? Http2Tuning.find() : null;
        if (tuning != null) {
            tuning.apply(channel, context);
        }
        return build(channel);
    }

    private SslContext context() {
        try {
            return Tls.client(authorities, identity);
        } catch (IOException e) {
            throw new UncheckedIOException(e.getMessage(), e);
        }
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
