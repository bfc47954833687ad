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
import io.netty.handler.ssl.SslContext;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Builds a {@link GrpcServer}. Not thread-safe. */
public final class GrpcServerBuilder {

    private static final long MIN_BYTES_IN_FLIGHT = 256L << 20;

    private static final int DEFAULT_MAX_CONNECTIONS = 1_024;
    private static final long SWEEP_MILLIS = 500;

    /**
     * What unanswered questions take, at 256 bytes and more each. With the quarter more for streams of few they are
     * fewer than the 1,048,576 that the engine takes of all streams: who has no more than a share here leaves room
     * there as well.
     */
    private static final long MAX_QUESTION_BYTES = 192L << 20;

    /** Writes that wait have sent nothing yet: more may wait for their room than for that of answers, which lie in memory. */
    private static final int ADMISSIONS_WAITING = 4;

    private final KVStores stores;
    private String host = "0.0.0.0";
    private int port;
    private int threads = Math.max(2, Runtime.getRuntime().availableProcessors());
    private long maxBytesInFlight = defaultMaxBytesInFlight();
    private long maxTenantBytesInFlight;
    private long maxQuestionBytes =
            Math.min(MAX_QUESTION_BYTES, Runtime.getRuntime().maxMemory() / 4);
    private int maxConnections = DEFAULT_MAX_CONNECTIONS;
    private boolean largeFrames = true;
    private boolean sharedPort;
    private boolean zeroCopy = true;
    private Tls.@Nullable Identity identity;
    private Optional<Path> clientAuthorities = Optional.empty();
    private LongSupplier nanoClock = System::nanoTime;
    private Supplier<ScheduledExecutorService> newTimer = () -> CallThreads.newTimer("kvstore-grpc-timer");

    GrpcServerBuilder(KVStores stores) {
        this.stores = stores;
    }

    /** What {@link #maxBytesInFlight} is unless set: half the largest heap, at least 256 MiB. */
    public static long defaultMaxBytesInFlight() {
        return Math.max(MIN_BYTES_IN_FLIGHT, Runtime.getRuntime().maxMemory() / 2);
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

    /**
     * The part of {@link #maxBytesInFlight} that one resource may take, and one connection before it is known whose
     * message it sends; half of it unless set. While others have bytes in flight it is less: what is left free when it
     * is let in, so that a few leave room for others. Answers over the share wait. A write, or a lookup of more than 64
     * KiB, is refused, and may be sent again, when what its connection sends has grown to half as much again as this
     * part; a write also after it was received, when its resource, which is a part of the message, has more in flight
     * than this part.
     *
     * <p>Questions of streams that wait for their answers lie on the heap and take nothing of this. They have 192 MiB
     * together, or a quarter of the largest heap if that is less, at 256 bytes each and two for each character of its
     * names; those of one connection no more than is left free for others. A stream that adds to more ends with
     * RESOURCE_EXHAUSTED, but one of fewer than about a hundred; and any with more than 65,536 questions, or 48 MiB of
     * them.
     *
     * <p>An upload slower than 256 KiB/s for 10 s ends with RESOURCE_EXHAUSTED; so does one that is for 2 s, while
     * somebody who has nothing in flight waits for room. Answers that a client does not read end after 60 s, and a
     * second for each 256 KiB; while somebody waits who has nothing in flight, or three quarters of the room for
     * questions are taken and the stream has many, after 5 s and a second for each 16 MiB.
     */
    public GrpcServerBuilder maxTenantBytesInFlight(long value) {
        maxTenantBytesInFlight = atLeast("maxTenantBytesInFlight", value, 2);
        return this;
    }

    /**
     * Connections at a time; one more is closed as soon as it is made. 1,024 unless set. Each may have 64 MiB received and not
     * yet read, and 200 calls under way.
     */
    public GrpcServerBuilder maxConnections(int value) {
        maxConnections = (int) atLeast("maxConnections", value, 1);
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

    /**
     * Whether other processes of this user may listen on the same port, each connection going to one of them as the kernel
     * chooses; false unless set. All of them have to say so, and need epoll.
     */
    public GrpcServerBuilder sharedPort(boolean value) {
        sharedPort = value;
        return this;
    }

    /**
     * Whether large payloads that lie off the heap are handed to the transport instead of copied, which takes a reach into
     * internals of grpc-java; true unless set. When a version of it does not allow it, the server copies.
     */
    public GrpcServerBuilder zeroCopy(boolean value) {
        zeroCopy = value;
        return this;
    }

    /**
     * Serves over TLS, and over nothing else; in plain text unless set. The files are looked at every minute: when one has
     * changed, connections that are made afterwards see what is there now, if it can be used.
     *
     * @param certificates PEM: the server's own, then those that vouch for it
     * @param key PEM: its key, PKCS#8, not encrypted
     */
    public GrpcServerBuilder tls(Path certificates, Path key) {
        identity = new Tls.Identity(certificates, key);
        return this;
    }

    /**
     * Refuses clients that show no certificate of these authorities; needs {@link #tls}. Looked at every minute, too.
     *
     * @param authorities PEM
     */
    public GrpcServerBuilder clientAuthorities(Path authorities) {
        clientAuthorities = Optional.of(authorities);
        return this;
    }

    /** For tests: what unanswered questions of all streams may take. */
    GrpcServerBuilder maxQuestionBytes(long value) {
        maxQuestionBytes = value;
        return this;
    }

    /** For tests: the clock that time limits and metrics go by. */
    GrpcServerBuilder nanoClock(LongSupplier value) {
        nanoClock = value;
        return this;
    }

    /** For tests: what sweeps calls and looks at files. */
    GrpcServerBuilder timer(ScheduledExecutorService value) {
        newTimer = () -> value;
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
     * @throws IOException with a message of one line, when the address cannot be listened on, or the certificates not used
     */
    public GrpcServer start() throws IOException {
        NettyServerBuilder netty = NettyServerBuilder.forAddress(new InetSocketAddress(host, port));
        Transport.configure(netty);
        if (sharedPort) {
            Transport.sharePort(netty);
        }
        if (identity == null && clientAuthorities.isPresent()) {
            throw new IllegalStateException("clientAuthorities without tls");
        }
        ScheduledExecutorService timer = newTimer.get();
        boolean started = false;
        try {
            secure(netty, timer);
            GrpcServer server = start(netty, timer);
            started = true;
            return server;
        } finally {
            if (!started) {
                timer.shutdownNow();
            }
        }
    }

    private void secure(NettyServerBuilder netty, ScheduledExecutorService timer) throws IOException {
        SslContext tls = identity == null ? null : Tls.server(identity, clientAuthorities, timer);
        Http2Tuning tuning = largeFrames ? Http2Tuning.find() : null;
        if (tuning != null) {
            tuning.apply(netty, tls);
        } else if (tls != null) {
            netty.sslContext(tls);
        }
    }

    /** Starts to serve on any transport of gRPC. */
    GrpcServer start(ServerBuilder<?> transport) throws IOException {
        return start(transport, newTimer.get());
    }

    private GrpcServer start(ServerBuilder<?> transport, ScheduledExecutorService timer) throws IOException {
        ExecutorService executor = CallThreads.newPool("kvstore-grpc-server", threads);
        Door door = new Door(
                newBudget(ADMISSIONS_WAITING),
                newBudget(1),
                new ByteBudget(maxQuestionBytes, maxQuestionBytes / 2, 0),
                executor,
                new CallClock(nanoClock));
        PayloadTraffic traffic = new PayloadTraffic();
        PayloadWriter writer = HandingOverPayloadWriter.orCopying(zeroCopy, traffic);
        HealthStatusManager health = new HealthStatusManager();
        ActiveCalls calls = new ActiveCalls(nanoClock);
        Server server = transport
                .executor(executor)
                .addTransportFilter(new ConnectionLimit(maxConnections))
                .decompressorRegistry(Transport.NO_COMPRESSION)
                .addStreamTracerFactory(InboundBytes.factory(door.inbound()))
                .addService(ServerInterceptors.intercept(
                        ServiceBinding.bind(
                                stores, door, InboundBuffers.pooled().inPieces(), writer),
                        calls))
                .addService(health.getHealthService())
                .addService(ProtoReflectionServiceV1.newInstance())
                .build();
        try {
            server.start();
        } catch (IOException e) {
            executor.shutdown();
            throw new IOException("cannot listen on " + host + ":" + port + ": " + FirstLine.of(e), e);
        }
        var unused = timer.scheduleWithFixedDelay(calls::sweep, SWEEP_MILLIS, SWEEP_MILLIS, TimeUnit.MILLISECONDS);
        health.setStatus(HealthStatusManager.SERVICE_NAME_ALL_SERVICES, ServingStatus.SERVING);
        health.setStatus(KVStoreServiceGrpc.SERVICE_NAME, ServingStatus.SERVING);
        return new GrpcServer(server, health, calls, door, traffic, executor, timer, identity != null);
    }

    private ByteBudget newBudget(int waiting) {
        long maxBytes = maxBytesInFlight / 2;
        long share = maxTenantBytesInFlight == 0 ? maxBytes / 2 : maxTenantBytesInFlight / 2;
        return new ByteBudget(maxBytes, share, waiting * maxBytes);
    }
}
