package io.kvstore.grpc;

import io.grpc.ManagedChannel;
import io.kvstore.api.CallOptions;
import io.kvstore.api.CallerToken;
import io.kvstore.api.KVStore;
import io.kvstore.api.KVStores;
import io.kvstore.api.ReadQuestion;
import io.kvstore.api.ReadResult;
import io.kvstore.api.StoreId;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;

/**
 * The stores behind a server: what {@link GrpcServer} serves, or any other server of kvstore.proto. One channel for all.
 *
 * <p>Futures complete, and subscribers are called, on a few threads of this client. Payloads that are read lie in direct memory
 * of a pool and go back to it when their last claim is closed: one of 1 MiB or more where it was received, in one piece or
 * several ({@link io.kvstore.api.Payload#buffers()}), and until then it keeps every region of 4 MiB that it lies in: one or two,
 * and one more for each further 4 MiB. So copy what you keep for long. When an eighth of the heap's limit is kept so by all
 * clients of the process, what comes next is copied to memory of its own size. Calls are not retried.
 */
public final class GrpcKVStores implements KVStores {

    private static final Duration CLOSE_WAIT = Duration.ofSeconds(5);

    private final ManagedChannel channel;
    private final ExecutorService executor;
    private final ClientCalls calls;
    private final ClientMethods methods;
    private final PayloadWriter writer;

    GrpcKVStores(
            ManagedChannel channel,
            ExecutorService executor,
            Duration defaultTimeout,
            CallerToken token,
            boolean zeroCopy) {
        this.channel = channel;
        this.executor = executor;
        this.writer = HandingOverPayloadWriter.orCopying(zeroCopy, new PayloadTraffic());
        InboundBuffers buffers = InboundBuffers.pooled();
        this.methods = ClientMethods.with(zeroCopy ? buffers.inPlace() : buffers);
        this.calls = new ClientCalls(channel, defaultTimeout, token);
    }

    /**
     * A client of the server at {@code target}.
     *
     * @param target {@code host:port}, or any other name that gRPC resolves
     */
    public static GrpcKVStoresBuilder builder(String target) {
        return new GrpcKVStoresBuilder(target);
    }

    @Override
    public KVStore store(StoreId id) {
        return new GrpcKVStore(id, this, calls, methods, writer);
    }

    @Override
    public Flow.Publisher<ReadResult> readAll(Flow.Publisher<ReadQuestion> questions, CallOptions options) {
        return new OrderedRead(questions, () -> calls.stream(methods.streamingRead(), options), calls.headers(options));
    }

    @Override
    public void close() {
        channel.shutdown();
        try {
            if (!channel.awaitTermination(CLOSE_WAIT.toMillis(), TimeUnit.MILLISECONDS)) {
                channel.shutdownNow();
                channel.awaitTermination(CLOSE_WAIT.toMillis(), TimeUnit.MILLISECONDS);
            }
        } catch (InterruptedException e) {
            channel.shutdownNow();
            Thread.currentThread().interrupt();
        }
        executor.shutdown();
    }

    @Override
    public String toString() {
        return "GrpcKVStores[" + channel.authority() + "]";
    }
}
