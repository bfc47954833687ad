package io.kvstore.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.grpc.Server;
import io.grpc.ServerInterceptors;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import io.kvstore.api.CallOptions;
import io.kvstore.api.KVStore;
import io.kvstore.api.KVStoreException;
import io.kvstore.api.LookupQuery;
import io.kvstore.api.LookupResult;
import io.kvstore.api.PromptChunk;
import io.kvstore.api.ReadResult;
import io.kvstore.api.Reason;
import io.kvstore.api.StoreId;
import io.kvstore.api.Tier;
import io.kvstore.api.TokenBlocks;
import io.kvstore.api.WriteResult;
import io.kvstore.protos.BlockLocation;
import io.kvstore.protos.KVStoreServiceGrpc.KVStoreServiceImplBase;
import io.kvstore.protos.LookupRequest;
import io.kvstore.protos.LookupResponse;
import io.kvstore.protos.ReadRequest;
import io.kvstore.protos.ReadResponse;
import io.kvstore.protos.WriteRequest;
import io.kvstore.protos.WriteResponse;
import io.kvstore.testkit.PayloadLedger;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The client against servers before ours, which fill none of our fields, and against servers that go wrong. */
class GrpcKVStoresTest {

    private static final StoreId STORE = new StoreId("acct1", "prompts");

    private final PayloadLedger ledger = new PayloadLedger();
    private final OldServer service = new OldServer();
    private Server server;
    private GrpcKVStores stores;
    private KVStore store;

    @SuppressWarnings("NullAway.Init") // JUnit calls open before each test
    GrpcKVStoresTest() {}

    @BeforeEach
    void open() throws Exception {
        server = NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .addService(ServerInterceptors.intercept(service))
                .maxInboundMessageSize(1 << 20)
                .build()
                .start();
        stores = GrpcKVStores.builder("127.0.0.1:" + server.getPort()).build();
        store = stores.store(STORE);
    }

    @AfterEach
    void close() throws Exception {
        stores.close();
        server.shutdownNow().awaitTermination(30, TimeUnit.SECONDS);
        ledger.awaitAllClosed(Duration.ofSeconds(10));
    }

    @Test
    void a_server_without_our_fields_is_understood() throws Exception {
        LookupResult lookup =
                get(store.lookup(LookupQuery.of(TokenBlocks.of(new long[256])).expecting(1, 2)));
        assertThat(lookup.cachedBlocks()).isEqualTo(1);
        assertThat(lookup.lastHash()).isEqualTo(7);
        assertThat(lookup.degraded()).isFalse();
        assertThat(lookup.blocks().get(0).sizeBytes()).isZero();
        assertThat(lookup.blocks().get(0).tier()).isEqualTo(Tier.UNSPECIFIED);
        try (ReadResult read = get(store.read("loc"))) {
            assertThat(read.location()).isEqualTo("loc");
            assertThat(read.chunk().orElseThrow().payload().toByteArray()).isEqualTo(new byte[] {1, 2, 3});
        }
        WriteResult written = get(write(10));
        assertThat(written.alreadyStored()).isFalse();
        assertThat(written.location()).isEmpty();
    }

    @Test
    void ok_without_success_is_a_failure() {
        service.failing = true;

        assertThat(failureOf(store.lookup(LookupQuery.of(TokenBlocks.of(1L)))).reason())
                .isEqualTo(Reason.INTERNAL);
        assertThat(failureOf(store.read("loc"))).hasMessageContaining("storage is down");
        assertThat(failureOf(write(10)).reason()).isEqualTo(Reason.INTERNAL);
    }

    @Test
    void a_server_that_answers_only_after_all_questions_works() throws Exception {
        service.answersAtTheEnd = true;
        Results results = new Results();
        store.readAll(Collections.nCopies(1_000, "loc"), CallOptions.DEFAULT).subscribe(results);

        results.subscription.get(30, TimeUnit.SECONDS).request(Long.MAX_VALUE);

        results.end.get(30, TimeUnit.SECONDS);
        assertThat(results.found).hasSize(1_000).allMatch(found -> found);
    }

    @Test
    void a_server_that_ends_a_stream_too_early_is_a_failure() throws Exception {
        service.answersPerStream = 2;
        Results results = new Results();
        store.readAll(List.of("a", "b", "c"), CallOptions.DEFAULT).subscribe(results);

        results.subscription.get(30, TimeUnit.SECONDS).request(10);

        assertThat(failureOf(results.end)).hasMessageContaining("1 questions unanswered");
        assertThat(results.found).hasSize(2);
    }

    @Test
    void a_server_that_answers_too_much_is_a_failure() throws Exception {
        service.answersPerQuestion = 2;
        Results results = new Results();
        store.readAll(List.of("a"), CallOptions.DEFAULT).subscribe(results);

        results.subscription.get(30, TimeUnit.SECONDS).request(10);

        assertThat(failureOf(results.end)).hasMessageContaining("more than was asked");
        assertThat(results.found).hasSize(1);
    }

    @Test
    void a_chunk_that_breaks_the_contract_is_no_answer() {
        service.tokens = 127;

        assertThat(failureOf(store.read("loc"))).hasMessageContaining("127");
    }

    @Test
    void a_write_over_the_servers_limit_is_exhausted_and_lets_go() {
        assertThat(failureOf(write(2 << 20)).reason()).isEqualTo(Reason.RESOURCE_EXHAUSTED);
    }

    @Test
    void calls_to_nobody_are_unavailable_and_let_go() throws Exception {
        int closedPort;
        try (ServerSocket socket = new ServerSocket(0)) {
            closedPort = socket.getLocalPort();
        }
        try (GrpcKVStores nobody =
                GrpcKVStores.builder("127.0.0.1:" + closedPort).build()) {
            store = nobody.store(STORE);
            assertThat(failureOf(write(1_000_000)).reason()).isEqualTo(Reason.UNAVAILABLE);
            assertThat(failureOf(store.read("loc")).reason()).isEqualTo(Reason.UNAVAILABLE);
            // "io exception" alone was all that it said.
            assertThat(failureOf(store.read("loc"))).hasMessageContaining(Integer.toString(closedPort));
            for (int i = 0; i < 50; i++) {
                CompletableFuture<WriteResult> call = write(100_000);
                call.cancel(true);
                assertThat(call).isCompletedExceptionally();
            }
        }
    }

    @Test
    void a_write_may_be_closed_by_its_caller_at_once() throws Exception {
        List<CompletableFuture<WriteResult>> writes = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            writes.add(write(100_000));
        }
        for (CompletableFuture<WriteResult> one : writes) {
            assertThat(get(one)).isNotNull();
        }
        // The ledger overwrites what is closed: a byte sent too late would be another.
        assertThat(service.wrongBytes).isZero();
    }

    private CompletableFuture<WriteResult> write(int bytes) {
        try (PromptChunk chunk =
                new PromptChunk(1, 0, TokenBlocks.of(new long[128]), ledger.payload(new byte[bytes]))) {
            return store.write(chunk);
        }
    }

    private static <T> T get(CompletableFuture<T> future) throws Exception {
        return future.get(30, TimeUnit.SECONDS);
    }

    private static KVStoreException failureOf(CompletableFuture<?> future) {
        Throwable failure = future.handle((value, thrown) -> thrown)
                .orTimeout(30, TimeUnit.SECONDS)
                .join();
        assertThat(failure).isNotNull();
        return KVStoreException.of(failure);
    }

    private static final class Results implements Flow.Subscriber<ReadResult> {
        final CompletableFuture<Flow.Subscription> subscription = new CompletableFuture<>();
        final CompletableFuture<Void> end = new CompletableFuture<>();
        final List<Boolean> found = Collections.synchronizedList(new ArrayList<>());

        @Override
        public void onSubscribe(Flow.Subscription given) {
            subscription.complete(given);
        }

        @Override
        public void onNext(ReadResult result) {
            try (result) {
                found.add(result.isFound());
            }
        }

        @Override
        public void onError(Throwable failure) {
            end.completeExceptionally(failure);
        }

        @Override
        public void onComplete() {
            end.complete(null);
        }
    }

    /** The generated service, as a server that knows the first version of the contract. */
    private static final class OldServer extends KVStoreServiceImplBase {
        volatile boolean failing;
        volatile boolean answersAtTheEnd;
        volatile int answersPerStream = Integer.MAX_VALUE;
        volatile int answersPerQuestion = 1;
        volatile int tokens = 128;
        volatile int wrongBytes;

        @Override
        public void lookup(LookupRequest request, StreamObserver<LookupResponse> answers) {
            answers.onNext(LookupResponse.newBuilder()
                    .setSuccess(!failing)
                    .setError(failing ? "storage is down" : "")
                    .setCachedBlocks(1)
                    .setLastHash(7)
                    .addLocations(BlockLocation.newBuilder().setHash(7).setLocation("loc"))
                    .build());
            answers.onCompleted();
        }

        @Override
        public void read(ReadRequest request, StreamObserver<ReadResponse> answers) {
            answers.onNext(answer());
            answers.onCompleted();
        }

        private ReadResponse answer() {
            return ReadResponse.newBuilder()
                    .setSuccess(!failing)
                    .setError(failing ? "storage is down" : "")
                    .setFound(true)
                    .setChunk(io.kvstore.protos.PromptChunk.newBuilder()
                            .setHash(7)
                            .setBuffer(ByteString.copyFrom(new byte[] {1, 2, 3}))
                            .addAllTokens(LongStream.range(0, tokens).boxed().toList()))
                    .build();
        }

        @Override
        public synchronized void write(WriteRequest request, StreamObserver<WriteResponse> answers) {
            for (byte b : request.getChunk().getBuffer()) {
                wrongBytes += b == 0 ? 0 : 1;
            }
            answers.onNext(WriteResponse.newBuilder()
                    .setSuccess(!failing)
                    .setError(failing ? "storage is down" : "")
                    .build());
            answers.onCompleted();
        }

        @Override
        public StreamObserver<ReadRequest> streamingRead(StreamObserver<ReadResponse> answers) {
            return new StreamObserver<>() {
                private int waiting;
                private int answered;

                @Override
                public void onNext(ReadRequest request) {
                    waiting++;
                    if (!answersAtTheEnd) {
                        flush();
                    }
                }

                private void flush() {
                    for (; waiting > 0 && answered < answersPerStream; waiting--) {
                        for (int i = 0; i < answersPerQuestion; i++) {
                            answers.onNext(answer());
                        }
                        answered++;
                    }
                }

                @Override
                public void onError(Throwable failure) {}

                @Override
                public void onCompleted() {
                    flush();
                    answers.onCompleted();
                }
            };
        }
    }
}
