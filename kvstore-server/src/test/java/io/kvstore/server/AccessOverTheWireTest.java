package io.kvstore.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvstore.accounts.RegionalAccounts;
import io.kvstore.api.CallOptions;
import io.kvstore.api.CallerToken;
import io.kvstore.api.KVStore;
import io.kvstore.api.KVStoreException;
import io.kvstore.api.LookupQuery;
import io.kvstore.api.PromptChunk;
import io.kvstore.api.ReadQuestion;
import io.kvstore.api.ReadResult;
import io.kvstore.api.Reason;
import io.kvstore.api.StoreId;
import io.kvstore.database.DatabaseSettings;
import io.kvstore.database.ResourceDatabase;
import io.kvstore.database.ResourceEntry;
import io.kvstore.grpc.GrpcKVStores;
import io.kvstore.testkit.PromptChain;
import io.kvstore.testkit.Prompts;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.SubmissionPublisher;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server whose resources are in a database, as clients with and without tokens see it. */
class AccessOverTheWireTest {

    private static final StoreId OPEN = new StoreId("open", "llama");
    private static final StoreId OURS = new StoreId("acme", "llama");
    private static final StoreId THEIRS = new StoreId("globex", "llama");
    private static final StoreId NOBODYS = new StoreId("nobody", "llama");

    @TempDir
    private Path dir;

    private final PromptChain chain = Prompts.seeded(5).chain(1);
    private CallerToken token;
    private RunningServer server;
    private GrpcKVStores anonymous;
    private GrpcKVStores router;

    @SuppressWarnings("NullAway.Init") // JUnit calls open before each test
    AccessOverTheWireTest() {}

    @BeforeEach
    void open() throws Exception {
        String url = "jdbc:h2:file:" + dir.resolve("db") + ";AUTO_SERVER=TRUE";
        try (ResourceDatabase database = ResourceDatabase.open(new DatabaseSettings(url, "", ""))) {
            database.add(entry("open", List.of(), 0));
            token = Objects.requireNonNull(database.add(entry("acme", List.of("router"), 0))
                    .orElseThrow()
                    .get("router"));
            database.add(entry("globex", List.of("other"), 0));
        }
        server = RunningServer.start(ServerConfig.from(Settings.merge(
                Map.of(
                        Flag.HOST, "127.0.0.1",
                        Flag.PORT, "0",
                        Flag.ADMIN_PORT, "0",
                        Flag.BACKEND, "memory",
                        Flag.ACCOUNTS, "database",
                        Flag.DATABASE_URL, url),
                Map.of(),
                Map.of(),
                "")));
        Matcher port = Pattern.compile("127\\.0\\.0\\.1:(\\d+)").matcher(server.startLine(0));
        assertThat(port.find()).isTrue();
        anonymous = GrpcKVStores.builder("127.0.0.1:" + port.group(1)).build();
        router = GrpcKVStores.builder("127.0.0.1:" + port.group(1)).token(token).build();
    }

    @AfterEach
    void close() {
        anonymous.close();
        router.close();
        server.drain(Duration.ofSeconds(5));
    }

    private static ResourceEntry entry(String name, List<String> callers, int maxCalls) {
        return new ResourceEntry(name, new RegionalAccounts("", Map.of()), new TreeSet<>(callers), maxCalls, true);
    }

    private String write(KVStore to) throws Exception {
        try (PromptChunk chunk = chain.chunk(0, io.kvstore.api.Payload.wrap(new byte[100]))) {
            return to.write(chunk).get(30, TimeUnit.SECONDS).location();
        }
    }

    private static KVStoreException failureOf(CompletableFuture<?> call) {
        return KVStoreException.of(call.handle((value, failure) -> {
                    assertThat(failure).as("came: " + value).isNotNull();
                    return failure;
                })
                .orTimeout(30, TimeUnit.SECONDS)
                .join());
    }

    private KVStoreException lookupFailure(KVStore in) {
        return failureOf(in.lookup(LookupQuery.of(chain.tokens())));
    }

    @Test
    void an_open_resource_serves_clients_without_a_token_and_with_one() throws Exception {
        String location = write(anonymous.store(OPEN));

        try (ReadResult read = router.store(OPEN).read(location).get(30, TimeUnit.SECONDS)) {
            assertThat(read.isFound()).isTrue();
        }
    }

    @Test
    void who_shows_no_known_token_is_unauthenticated_for_every_name_alike() {
        CallOptions wrong = CallOptions.DEFAULT.withToken(CallerToken.of(token.secret() + "x"));
        for (StoreId id : List.of(OURS, THEIRS, NOBODYS)) {
            for (KVStoreException failure : List.of(
                    lookupFailure(anonymous.store(id)),
                    failureOf(anonymous.store(id).lookup(LookupQuery.of(chain.tokens()), wrong)))) {
                assertThat(failure.reason()).isEqualTo(Reason.UNAUTHENTICATED);
                assertThat(failure).hasMessage("resource '" + id.resource() + "' needs a token that is known here");
            }
        }
    }

    @Test
    void a_known_caller_is_denied_whatever_is_not_its_own_and_cannot_tell_why() throws Exception {
        String location = write(router.store(OURS));
        for (StoreId id : List.of(THEIRS, NOBODYS)) {
            String text = "resource '" + id.resource() + "' may not be used with this token";
            KVStore store = router.store(id);
            assertThat(lookupFailure(store))
                    .hasMessage(text)
                    .returns(Reason.PERMISSION_DENIED, KVStoreException::reason);
            assertThat(failureOf(store.read(location)))
                    .hasMessage(text)
                    .returns(Reason.PERMISSION_DENIED, KVStoreException::reason);
            try (PromptChunk chunk = chain.chunk(0, io.kvstore.api.Payload.wrap(new byte[100]))) {
                assertThat(failureOf(store.write(chunk)))
                        .hasMessage(text)
                        .returns(Reason.PERMISSION_DENIED, KVStoreException::reason);
            }
        }
    }

    @Test
    void decisions_are_on_the_page_of_metrics_by_their_reason_and_without_names() throws Exception {
        write(anonymous.store(OPEN));
        write(router.store(OURS));
        lookupFailure(anonymous.store(OURS));
        lookupFailure(router.store(THEIRS));

        MetricsPage page = MetricsPage.of(server);

        assertThat(page.valueOf("kvstore_access_checks_total{outcome=\"ok\"}")).isEqualTo(2);
        assertThat(page.valueOf("kvstore_access_checks_total{outcome=\"unauthenticated\"}"))
                .isEqualTo(1);
        assertThat(page.valueOf("kvstore_access_checks_total{outcome=\"permission_denied\"}"))
                .isEqualTo(1);
        assertThat(page.text()).doesNotContain("acme").doesNotContain("globex").doesNotContain("router");
    }

    @Test
    void items_of_a_stream_are_allowed_one_by_one() throws Exception {
        String location = write(router.store(OURS));
        BlockingQueue<ReadResult> results = new LinkedBlockingQueue<>();
        try (SubmissionPublisher<ReadQuestion> questions = new SubmissionPublisher<>()) {
            router.readAll(questions, CallOptions.DEFAULT).subscribe(new Taker(results));
            for (StoreId id : List.of(OURS, THEIRS, OURS)) {
                questions.submit(ReadQuestion.of(id, location));
            }
        }

        for (boolean allowed : new boolean[] {true, false, true}) {
            try (ReadResult result = Objects.requireNonNull(results.poll(30, TimeUnit.SECONDS))) {
                assertThat(result.isFound()).isEqualTo(allowed);
                assertThat(result.failure().map(KVStoreException::reason))
                        .isEqualTo(
                                allowed ? java.util.Optional.empty() : java.util.Optional.of(Reason.PERMISSION_DENIED));
            }
        }
    }

    private record Taker(BlockingQueue<ReadResult> results) implements Flow.Subscriber<ReadResult> {

        @Override
        public void onSubscribe(Flow.Subscription subscription) {
            subscription.request(Long.MAX_VALUE);
        }

        @Override
        public void onNext(ReadResult result) {
            results.add(result);
        }

        @Override
        public void onError(Throwable failure) {
            throw new AssertionError(failure);
        }

        @Override
        public void onComplete() {}
    }
}
