package io.kvstore.grpc;

import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.ByteString;
import io.grpc.Attributes;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.kvstore.api.KVStores;
import io.kvstore.api.Limits;
import io.kvstore.protos.KVStoreServiceGrpc;
import io.kvstore.protos.PromptChunk;
import io.kvstore.protos.ReadRequest;
import io.kvstore.protos.WriteRequest;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;
import java.util.stream.LongStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** A server, and a client made of the generated stubs alone, like those of existing deployments. */
final class WireFixture implements AutoCloseable {

    static final String RESOURCE = "acct1";
    static final String CONTAINER = "prompts";

    /** What nothing here takes; a test that would hang fails instead. */
    private static final long PATIENCE_SECONDS = 30;

    final GrpcServer server;
    final ManagedChannel channel;
    final KVStoreServiceGrpc.KVStoreServiceBlockingStub blocking;
    final KVStoreServiceGrpc.KVStoreServiceStub async;

    private WireFixture(GrpcServer server) {
        this.server = server;
        this.channel = NettyChannelBuilder.forAddress("127.0.0.1", server.port())
                .usePlaintext()
                .maxInboundMessageSize(Limits.MAX_MESSAGE_BYTES)
                .build();
        this.blocking = KVStoreServiceGrpc.newBlockingStub(channel);
        this.async = KVStoreServiceGrpc.newStub(channel);
    }

    static WireFixture serving(KVStores stores) throws IOException {
        return serving(stores, builder -> builder);
    }

    static WireFixture serving(KVStores stores, UnaryOperator<GrpcServerBuilder> settings) throws IOException {
        return new WireFixture(
                settings.apply(GrpcServer.builder(stores).host("127.0.0.1")).start());
    }

    KVStoreServiceGrpc.KVStoreServiceBlockingStub patient() {
        return blocking.withDeadlineAfter(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    static PromptChunk.Builder chunk(long hash, long parent, byte[] payload) {
        return PromptChunk.newBuilder()
                .setHash(hash)
                .setParentHash(parent)
                .setBuffer(ByteString.copyFrom(payload))
                .addAllTokens(LongStream.range(hash, hash + 128).boxed().toList());
    }

    static WriteRequest write(PromptChunk.Builder chunk) {
        return WriteRequest.newBuilder()
                .setResourceName(RESOURCE)
                .setContainerName(CONTAINER)
                .setChunk(chunk)
                .build();
    }

    static ReadRequest read(String location) {
        return ReadRequest.newBuilder()
                .setResourceName(RESOURCE)
                .setContainerName(CONTAINER)
                .setLocation(location)
                .build();
    }

    static Status statusOf(ThrowingCallable call) {
        return catchThrowableOfType(StatusRuntimeException.class, call).getStatus();
    }

    /** Waits for what other threads bring about; fails when they do not. */
    static void await(String what, BooleanSupplier condition) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("did not come about: " + what);
            }
            Thread.sleep(5);
        }
    }

    /** Another client with a connection of its own. */
    record Client(ManagedChannel channel) implements AutoCloseable {

        Client(int port) {
            this(NettyChannelBuilder.forAddress("127.0.0.1", port)
                    .usePlaintext()
                    .build());
        }

        /** One that comes from another of this machine's addresses. */
        static Client from(String address, int port) {
            return new Client(NettyChannelBuilder.forAddress("127.0.0.1", port)
                    .usePlaintext()
                    .localSocketPicker(new NettyChannelBuilder.LocalSocketPicker() {
                        @Override
                        public SocketAddress createSocketAddress(SocketAddress remote, Attributes attributes) {
                            return new InetSocketAddress(address, 0);
                        }
                    })
                    .build());
        }

        KVStoreServiceGrpc.KVStoreServiceStub async() {
            return KVStoreServiceGrpc.newStub(channel);
        }

        void drop() {
            channel.shutdownNow();
        }

        @Override
        public void close() {
            drop();
        }
    }

    @Override
    public void close() {
        channel.shutdownNow();
        server.shutdown(Duration.ofSeconds(5));
    }
}
