package io.kvstore.grpc;

import io.grpc.Server;
import io.grpc.protobuf.services.HealthStatusManager;
import io.kvstore.api.KVStores;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Serves a {@link KVStores} over gRPC: the service of kvstore.proto, {@code grpc.health.v1} and server reflection v1, in plain
 * text or over TLS.
 *
 * <p>Logging: grpc-java warns, with a stack trace and without a limit, of each malformed call and of each answer that
 * a cancelled call got no more, by the {@code java.util.logging} logger {@code io.grpc.netty.NettyServerHandler}. Limit
 * what it says where clients are not trusted, or set it to {@code SEVERE}; keep a reference to it, or the level is
 * forgotten with it.
 *
 * <p>Threading: safe for many threads. The stores stay the caller's to close, after {@link #shutdown}.
 */
public final class GrpcServer {

    /** What a cancelled call gets to let go of what it holds. */
    private static final Duration AFTER_CANCEL = Duration.ofSeconds(5);

    /** The last answers' way out, once no call is under way. */
    private static final Duration FAREWELL = Duration.ofMillis(500);

    private final Server server;
    private final HealthStatusManager health;
    private final ActiveCalls calls;
    private final Door door;
    private final PayloadTraffic traffic;
    private final ExecutorService executor;
    private final ExecutorService timer;
    private final boolean tls;
    private final AtomicBoolean ended = new AtomicBoolean();

    GrpcServer(
            Server server,
            HealthStatusManager health,
            ActiveCalls calls,
            Door door,
            PayloadTraffic traffic,
            ExecutorService executor,
            ExecutorService timer,
            boolean tls) {
        this.server = server;
        this.health = health;
        this.calls = calls;
        this.door = door;
        this.traffic = traffic;
        this.executor = executor;
        this.timer = timer;
        this.tls = tls;
    }

    /** A server of these stores, on all addresses and a free port until the builder is told otherwise. */
    public static GrpcServerBuilder builder(KVStores stores) {
        return new GrpcServerBuilder(stores);
    }

    /**
     * Bytes of the JVM's direct memory that a server may need for payloads in flight: whoever else takes some should leave as much.
     * 0 where Netty has memory of its own beside it.
     *
     * @param maxBytesInFlight what its builder will be told; empty for what it has unless told
     */
    public static long directMemoryNeeded(OptionalLong maxBytesInFlight) {
        return NettyMemory.isOfTheJvm() ? maxBytesInFlight.orElse(GrpcServerBuilder.defaultMaxBytesInFlight()) : 0;
    }

    /** The port it listens on. */
    public int port() {
        return server.getPort();
    }

    /** "epoll" or "nio", with "+tls" behind it where that is on; for a start-up line. */
    public String transportName() {
        return Transport.name() + (tls ? "+tls" : "");
    }

    /** Payload bytes received and not yet let go of by the store, plus those on their way to clients. */
    public long bytesInFlight() {
        return door.inbound().usedBytes() + door.outbound().usedBytes();
    }

    /** Payload bytes sent so far that the transport took from where they lie. */
    public long bytesSentInPlace() {
        return traffic.handedOverBytes();
    }

    /** Payload bytes sent so far that were copied for the transport: small ones, those on the heap, or all of them. */
    public long bytesSentByCopy() {
        return traffic.copiedBytes();
    }

    /** Calls under way, those of the health and reflection services not counted. */
    public int activeCalls() {
        return calls.count();
    }

    /**
     * Ends the server: health says NOT_SERVING, clients are told to go away, calls under way may finish within {@code grace} and
     * are UNAVAILABLE then, as is a stream without a question as soon as it has none. Returns when all is let go of, {@code grace} and a few seconds later at most. Calling again does
     * nothing.
     */
    public void shutdown(Duration grace) {
        if (!ended.compareAndSet(false, true)) {
            return;
        }
        health.enterTerminalState();
        server.shutdown();
        calls.leave();
        try {
            if (!calls.awaitNone(grace)) {
                calls.abandon();
            }
            awaitTermination(FAREWELL);
            server.shutdownNow();
            awaitTermination(AFTER_CANCEL);
        } catch (InterruptedException e) {
            server.shutdownNow();
            Thread.currentThread().interrupt();
        }
        timer.shutdown();
        executor.shutdown();
    }

    private void awaitTermination(Duration time) throws InterruptedException {
        server.awaitTermination(time.toMillis(), TimeUnit.MILLISECONDS);
    }
}
