package io.kvstore.grpc;

import io.grpc.Server;
import io.grpc.ServerBuilder;
import io.grpc.ServerInterceptors;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.services.HealthStatusManager;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import io.kvstore.api.KVStores;
import io.kvstore.protos.KVStoreServiceGrpc;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.ExecutorService;

/** Builds a {@link GrpcServer}. Not thread-safe. */
public final class GrpcServerBuilder {

    private static final long MIN_BYTES_IN_FLIGHT = 256L << 20;

    private final KVStores stores;
    private String host = "0.0.0.0";
    private int port;
    private int threads = Math.max(2, Runtime.getRuntime().availableProcessors());
    private long maxBytesInFlight =
            Math.max(MIN_BYTES_IN_FLIGHT, Runtime.getRuntime().maxMemory() / 2);
    private long maxTenantBytesInFlight;
    private boolean largeFrames = true;

    GrpcServerBuilder(KVStores stores) {
        this.stores = stores;
    }

    /** The address to listen on, a name or a number; "0.0.0.0" unless set. */
    public GrpcServerBuilder host(String value) {
        host = value;
        return this;
    }

    /** The port to listen on, 0 for any free one; 0 unless set. */
    public GrpcServerBuilder port(int value) {
        if (value < 0 || value > 65_535) {
            throw new IllegalArgumentException("port: " + value + " (expected: 0 to 65535)");
        }
        port = value;
        return this;
    }

    /** Threads that read questions and build answers; max(2, cores) unless set. */
    public GrpcServerBuilder threads(int value) {
        threads = (int) atLeast("threads", value, 1);
        return this;
    }

    /**
     * Payload bytes in flight, half of them for what is received and half for what is sent: beyond, writes wait before they are
     * taken in and answers wait before they are sent, a bounded time and number; half of the largest heap unless set, and at
     * least 256 MiB.
     */
    public GrpcServerBuilder maxBytesInFlight(long value) {
        maxBytesInFlight = atLeast("maxBytesInFlight", value, 2);
        return this;
    }

    /** The part of {@link #maxBytesInFlight} that one resource may take; half of it unless set. */
    public GrpcServerBuilder maxTenantBytesInFlight(long value) {
        maxTenantBytesInFlight = atLeast("maxTenantBytesInFlight", value, 2);
        return this;
    }

    /**
     * Whether frames of up to 16 MiB are accepted and received bytes are not copied together, which takes a reach into
     * internals of the libraries; true unless set. When a version of them does not allow it, the server does without.
     */
    public GrpcServerBuilder largeFrames(boolean value) {
        largeFrames = value;
        return this;
    }

    private static long atLeast(String name, long value, long min) {
        if (value < min) {
            throw new IllegalArgumentException(name + ": " + value + " (expected: at least " + min + ")");
        }
        return value;
    }

    /**
     * Starts to serve.
     *
     * @throws IOException with a message of one line, when the address cannot be listened on
     */
    public GrpcServer start() throws IOException {
        NettyServerBuilder netty = NettyServerBuilder.forAddress(new InetSocketAddress(host, port));
        Transport.configure(netty);
        Http2Tuning tuning = largeFrames ? Http2Tuning.find() : null;
        if (tuning != null) {
            tuning.apply(netty);
        }
        return start(netty);
    }

    /** Starts to serve on any transport of gRPC. */
    GrpcServer start(ServerBuilder<?> transport) throws IOException {
        ExecutorService executor = CallThreads.newPool("kvstore-grpc-server", threads);
        Door door = new Door(newBudget(), newBudget(), executor, new CallClock(System::nanoTime));
        HealthStatusManager health = new HealthStatusManager();
        ActiveCalls calls = new ActiveCalls();
        Server server = transport
                .executor(executor)
                .decompressorRegistry(Transport.NO_COMPRESSION)
                .addStreamTracerFactory(InboundBytes.factory(door.inbound()))
                .addService(ServerInterceptors.intercept(
                        ServiceBinding.bind(stores, door, InboundBuffers.pooled(), new CopyingPayloadWriter()), calls))
                .addService(health.getHealthService())
                .addService(ProtoReflectionServiceV1.newInstance())
                .build();
        try {
            server.start();
        } catch (IOException e) {
            executor.shutdown();
            throw new IOException("cannot listen on " + host + ":" + port + ": " + innermostMessage(e), e);
        }
        health.setStatus(HealthStatusManager.SERVICE_NAME_ALL_SERVICES, ServingStatus.SERVING);
        health.setStatus(KVStoreServiceGrpc.SERVICE_NAME, ServingStatus.SERVING);
        return new GrpcServer(server, health, calls, door, executor);
    }

    private ByteBudget newBudget() {
        long maxBytes = maxBytesInFlight / 2;
        long share = maxTenantBytesInFlight == 0 ? maxBytes / 2 : maxTenantBytesInFlight / 2;
        return new ByteBudget(maxBytes, share, maxBytes);
    }

    private static String innermostMessage(Throwable failure) {
        Throwable cause = failure;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        String message = cause.getMessage();
        return message == null
                ? cause.getClass().getSimpleName()
                : message.lines().findFirst().orElse("");
    }
}
