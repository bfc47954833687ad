package io.kvstore.database;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvstore.accounts.RegionalAccounts;
import io.kvstore.api.AccessPolicy.Grant;
import io.kvstore.api.AccountResolver;
import io.kvstore.api.CallerToken;
import io.kvstore.api.KVStoreException;
import io.kvstore.api.Reason;
import io.kvstore.api.ResourceAccounts;
import io.kvstore.api.StorageAccount;
import io.kvstore.testkit.ManualClock;
import java.io.IOException;
import java.net.URI;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What holds on every kind of database. */
abstract class DatabaseContract {

    private static final StorageAccount WEST_1 = account("acmewe1");
    private static final StorageAccount WEST_2 =
            new StorageAccount("acmewe2", URI.create("https://acmewe2.example"), "second-key");
    private static final StorageAccount EAST = account("acmeus");

    private final ManualClock clock = new ManualClock();
    private DatabaseSettings settings;
    private ResourceDatabase database;
    private DatabaseResources resources;

    @SuppressWarnings("NullAway.Init") // JUnit calls open before each test
    DatabaseContract() {}

    /** An empty one. */
    abstract DatabaseSettings newDatabase() throws SQLException;

    @BeforeEach
    void open() throws SQLException {
        settings = newDatabase();
        database = ResourceDatabase.open(settings);
        resources = DatabaseResources.over(database, clock, clock.scheduler());
    }

    @AfterEach
    void close() {
        resources.close();
    }

    private static StorageAccount account(String name) {
        return new StorageAccount(name, URI.create("https://" + name + ".blob.core.windows.net"), "");
    }

    private static ResourceEntry entry(String name, String... callers) {
        return new ResourceEntry(
                name,
                new RegionalAccounts(
                        "westeurope", Map.of("westeurope", List.of(WEST_1, WEST_2), "eastus", List.of(EAST))),
                new TreeSet<>(List.of(callers)),
                0,
                true);
    }

    private Map<String, CallerToken> add(ResourceEntry entry) throws SQLException {
        return database.add(entry).orElseThrow();
    }

    private CallerToken addFor(String resource, String caller) throws SQLException {
        return Objects.requireNonNull(add(entry(resource, caller)).get(caller));
    }

    private static <T> T get(CompletableFuture<T> future) {
        return future.orTimeout(30, TimeUnit.SECONDS).join();
    }

    private static KVStoreException failureOf(CompletableFuture<?> future) {
        return KVStoreException.of(get(future.handle((value, failure) -> {
            assertThat(failure).as("came: " + value).isNotNull();
            return failure;
        })));
    }

    private AccountResolver in(String region) {
        return resources.accounts(region, false);
    }

    private CompletableFuture<Grant> check(String resource, CallerToken token) {
        return resources.access().check(resource, token);
    }

    private Connection connect() throws SQLException {
        try {
            DatabaseSettings complete = settings.withPassword();
            return DriverManager.getConnection(complete.url(), complete.user(), complete.password());
        } catch (IOException e) {
            throw new SQLException(e);
        }
    }

    private void execute(String sql) throws SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    @Test
    void a_resource_is_what_was_added() throws SQLException {
        ResourceEntry entry = new ResourceEntry(
                "acme", entry("acme").accounts(), new TreeSet<>(List.of("router", "loader")), 40, false);
        add(entry);
        add(entry("Acme"));

        assertThat(database.find("acme")).contains(entry);
        assertThat(database.find("ACME")).isEmpty();
        assertThat(database.list("", 10)).extracting(ListedResource::name).containsExactlyInAnyOrder("Acme", "acme");
    }

    @Test
    void resources_are_listed_page_by_page() throws SQLException {
        for (int i = 0; i < 7; i++) {
            add(entry("r" + i));
        }

        assertThat(database.list("", 3)).extracting(ListedResource::name).containsExactly("r0", "r1", "r2");
        assertThat(database.list("r5", 3)).extracting(ListedResource::name).containsExactly("r6");
        assertThat(database.list("r6", 3)).isEmpty();
    }

    @Test
    void a_resource_that_is_there_is_not_added_again() throws SQLException {
        add(entry("acme"));

        assertThat(database.add(entry("acme", "other"))).isEmpty();
        assertThat(database.find("acme")).contains(entry("acme"));
    }

    @Test
    void a_token_is_given_once_and_is_nowhere_afterwards() throws SQLException {
        CallerToken token = addFor("acme", "router");

        assertThat(add(entry("globex", "router")))
                .as("the caller has one already")
                .isEmpty();
        assertThat(token.secret()).startsWith("router.").hasSize("router.".length() + 43);
        try (Connection connection = connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT name, token_sha256 FROM caller")) {
            assertThat(row.next()).isTrue();
            assertThat(row.getString(1)).isEqualTo("router");
            assertThat(row.getString(2)).isEqualTo(token.sha256());
        }
    }

    @Test
    void a_removed_resource_takes_the_callers_along_that_may_use_nothing_else() throws SQLException {
        CallerToken first = addFor("acme", "router");
        add(entry("globex", "router"));

        assertThat(database.remove("acme")).isTrue();
        assertThat(database.remove("acme")).isFalse();
        assertThat(get(check("globex", first))).isEqualTo(Grant.UNLIMITED);

        assertThat(database.remove("globex")).isTrue();
        assertThat(addFor("acme", "router")).isNotEqualTo(first);
    }

    @Test
    void the_accounts_of_the_region_serve_or_those_at_home_are_read() throws SQLException {
        add(entry("acme"));

        ResourceAccounts own = get(in("East US").resolve("acme"));
        assertThat(own).isEqualTo(new ResourceAccounts(List.of(EAST), true));
        assertThat(get(in("brazilsouth").resolve("acme")))
                .isEqualTo(new ResourceAccounts(List.of(WEST_1, WEST_2), false));
        assertThat(get(resources.accounts("brazilsouth", true).resolve("acme")).writable())
                .isTrue();
        assertThat(get(in("").resolve("acme")).accounts()).containsExactly(WEST_1, WEST_2);
    }

    @Test
    void what_is_not_there_or_not_enabled_is_not_found() throws SQLException {
        add(new ResourceEntry("off", entry("off").accounts(), new TreeSet<>(), 0, false));
        add(new ResourceEntry("bare", new RegionalAccounts("", Map.of()), new TreeSet<>(), 0, true));

        assertThat(failureOf(in("").resolve("unknown")).reason()).isEqualTo(Reason.NOT_FOUND);
        assertThat(failureOf(in("").resolve("off")).reason()).isEqualTo(Reason.NOT_FOUND);
        assertThat(failureOf(check("off", CallerToken.NONE)).reason()).isEqualTo(Reason.NOT_FOUND);
        assertThat(failureOf(in("").resolve("bare"))).hasMessageContaining("'bare' has no storage account");
        assertThat(get(check("bare", CallerToken.NONE))).isEqualTo(Grant.UNLIMITED);
    }

    @Test
    void a_change_is_seen_within_30_seconds_and_a_new_resource_within_5() throws SQLException {
        assertThat(failureOf(in("").resolve("acme")).reason()).isEqualTo(Reason.NOT_FOUND);
        add(entry("acme"));
        clock.advance(Duration.ofSeconds(5));
        assertThat(get(in("eastus").resolve("acme")).accounts()).containsExactly(EAST);
        assertThat(get(check("acme", CallerToken.NONE)).maxCalls()).isZero();

        execute("UPDATE resource_account SET endpoint = 'https://moved.example' WHERE account = 'acmeus'");
        execute("UPDATE resource SET max_calls = 7");
        clock.advance(Duration.ofSeconds(30));

        assertThat(get(in("eastus").resolve("acme")).accounts().get(0).endpoint())
                .isEqualTo(URI.create("https://moved.example"));
        assertThat(get(check("acme", CallerToken.NONE)).maxCalls()).isEqualTo(7);
    }

    @Test
    void the_last_answers_serve_for_12_hours_while_the_database_is_down() throws SQLException {
        CallerToken token = addFor("acme", "router");
        assertThat(get(check("acme", token))).isEqualTo(Grant.UNLIMITED);
        assertThat(failureOf(check("unknown", CallerToken.NONE)).reason()).isEqualTo(Reason.UNAUTHENTICATED);
        database.close();
        clock.advance(Duration.ofHours(11));

        assertThat(get(check("acme", token))).isEqualTo(Grant.UNLIMITED);
        assertThat(get(in("eastus").resolve("acme")).accounts()).containsExactly(EAST);
        assertThat(failureOf(in("").resolve("new")).reason()).isEqualTo(Reason.UNAVAILABLE);

        clock.advance(Duration.ofHours(1));
        assertThat(failureOf(check("acme", token)).reason()).isEqualTo(Reason.UNAVAILABLE);
        assertThat(failureOf(in("eastus").resolve("acme")))
                .hasMessage("the database of resources cannot be asked")
                .returns(Reason.UNAVAILABLE, KVStoreException::reason);
    }

    @Test
    void a_resource_without_callers_is_open_whatever_is_shown() throws SQLException {
        add(entry("open"));
        CallerToken others = addFor("acme", "router");

        for (CallerToken token : List.of(CallerToken.NONE, CallerToken.of("garbage"), others)) {
            assertThat(get(check("open", token))).isEqualTo(Grant.UNLIMITED);
        }
    }

    @Test
    void a_resource_with_callers_is_theirs_alone() throws SQLException {
        CallerToken own = addFor("acme", "router");
        CallerToken others = addFor("globex", "spy");

        assertThat(get(check("acme", own))).isEqualTo(Grant.UNLIMITED);
        assertThat(failureOf(check("acme", others)).reason()).isEqualTo(Reason.PERMISSION_DENIED);
        for (String wrong : List.of(
                "router", "router.", own.secret() + "x", "spy" + own.secret().substring(6), "-.x")) {
            assertThat(failureOf(check("acme", CallerToken.of(wrong))).reason())
                    .as(wrong)
                    .isEqualTo(Reason.UNAUTHENTICATED);
        }
    }

    @Test
    void a_resource_that_does_not_exist_cannot_be_told_from_a_forbidden_one() throws SQLException {
        addFor("acme", "router");
        CallerToken spy = addFor("globex", "spy");
        assertCannotBeTold(spy);

        database.close(); // nor when nobody can be asked
        assertCannotBeTold(spy);
        clock.advance(Duration.ofSeconds(40));
        assertCannotBeTold(spy);
    }

    private void assertCannotBeTold(CallerToken spy) {
        for (CallerToken token : List.of(CallerToken.NONE, CallerToken.of("garbage"), spy)) {
            KVStoreException forbidden = failureOf(check("acme", token));
            KVStoreException unknown = failureOf(check("acmf", token));
            KVStoreException never = failureOf(check("nevr", token));
            assertThat(List.of(unknown, never)).allSatisfy(failure -> {
                assertThat(failure.reason()).isEqualTo(forbidden.reason());
                assertThat(failure.retryAfter()).isEqualTo(forbidden.retryAfter());
                assertThat(String.valueOf(failure.getMessage()).replaceAll("acmf|nevr", "acme"))
                        .isEqualTo(forbidden.getMessage());
            });
        }
    }

    @Test
    void a_flood_of_invented_names_tells_no_names_apart_and_locks_nobody_out() throws SQLException {
        CallerToken own = addFor("acme", "router");
        get(check("acme", own));
        for (int i = 0; i < 1_500; i++) {
            failureOf(check("invented-" + i, CallerToken.NONE));
        }

        assertThat(failureOf(check("one-more", CallerToken.NONE)))
                .hasMessage(String.valueOf(
                                failureOf(check("acme", CallerToken.NONE)).getMessage())
                        .replace("acme", "one-more"));
        assertThat(get(check("acme", own))).isEqualTo(Grant.UNLIMITED);
    }

    /** The failure: whoever was not asked for before the flood is refused for as long as it lasts. */
    @Test
    void after_a_restart_a_flood_of_invented_names_and_tokens_locks_no_caller_out() throws SQLException {
        CallerToken own = addFor("acme", "router");
        try (DatabaseResources restarted =
                DatabaseResources.over(ResourceDatabase.open(settings), clock, clock.scheduler())) {
            for (int i = 0; i < 1_500; i++) {
                failureOf(restarted.access().check("invented-" + i, CallerToken.of("invented-" + i + ".secret")));
            }

            assertThat(get(restarted.access().check("acme", own))).isEqualTo(Grant.UNLIMITED);
        }
    }

    @Test
    void a_resource_is_changed_and_what_is_not_named_stays() throws SQLException {
        CallerToken router = addFor("acme", "router");
        add(entry("globex", "loader"));

        Map<String, CallerToken> tokens = database.update(
                        "acme",
                        before -> new ResourceEntry(
                                before.name(),
                                before.accounts(),
                                new TreeSet<>(List.of("loader", "spare")),
                                false,
                                7,
                                before.enabled()))
                .orElseThrow();

        assertThat(tokens.keySet()).containsExactly("spare");
        ResourceEntry now = database.find("acme").orElseThrow();
        assertThat(now.accounts()).isEqualTo(entry("acme").accounts());
        assertThat(now.callers()).containsExactly("loader", "spare");
        assertThat(now.maxCalls()).isEqualTo(7);
        assertThat(failureOf(check("acme", router)).reason()).isEqualTo(Reason.UNAUTHENTICATED);
        assertThat(database.update("never", before -> before)).isEmpty();
    }

    @Test
    void what_somebody_wrote_by_hand_hides_no_other_resource_in_the_list() throws SQLException {
        add(entry("acme"));
        add(entry("globex"));
        execute("UPDATE resource_account SET endpoint = 'ftp://nowhere/se-cret' WHERE resource = 'acme'");

        List<ListedResource> listed = database.list("", 10);

        assertThat(listed).extracting(ListedResource::name).containsExactly("acme", "globex");
        assertThat(listed.get(0).entry()).isEmpty();
        assertThat(listed.get(0).problem()).isNotEmpty().doesNotContain("se-cret");
        assertThat(listed.get(1).entry()).isPresent();
    }

    @Test
    void a_caller_that_is_taken_away_is_refused_within_30_seconds() throws SQLException {
        CallerToken token = addFor("acme", "router");
        add(entry("globex", "router"));
        get(check("acme", token));
        execute("DELETE FROM resource_caller WHERE resource = 'acme'");
        execute("INSERT INTO caller (name, token_sha256) VALUES ('other', 'x')");
        execute("INSERT INTO resource_caller VALUES ('acme', 'other')");
        clock.advance(Duration.ofSeconds(30));

        assertThat(failureOf(check("acme", token)).reason()).isEqualTo(Reason.PERMISSION_DENIED);
    }

    @Test
    void a_resource_whose_last_caller_is_taken_away_is_nobodys_and_not_everybodys() throws SQLException {
        CallerToken token = addFor("acme", "router");
        get(check("acme", token));
        execute("DELETE FROM caller");
        clock.advance(Duration.ofSeconds(30));

        for (CallerToken shown : List.of(CallerToken.NONE, token)) {
            assertThat(failureOf(check("acme", shown)).reason()).isEqualTo(Reason.UNAUTHENTICATED);
            assertThat(failureOf(check("unknown", shown)).reason()).isEqualTo(Reason.UNAUTHENTICATED);
        }
    }

    @Test
    void a_signature_that_somebody_wrote_into_an_endpoint_is_told_to_nobody() throws SQLException {
        add(entry("acme"));
        execute("UPDATE resource_account SET endpoint = 'https://acme.example?sig=se cret' WHERE resource = 'acme'");

        KVStoreException failure = failureOf(in("").resolve("acme"));
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            assertThat(cause).hasMessageNotContaining("se cret");
        }
        assertThat(failure).hasMessage("what the database of resources says cannot be used");
    }

    @Test
    void what_somebody_wrote_by_hand_and_cannot_be_used_fails_its_resource_alone() throws SQLException {
        add(entry("acme"));
        add(entry("globex"));
        execute("UPDATE resource_account SET endpoint = 'ftp://nowhere' WHERE resource = 'acme'");

        assertThat(failureOf(in("").resolve("acme")).reason()).isEqualTo(Reason.UNAVAILABLE);
        assertThat(get(in("").resolve("globex")).accounts()).hasSize(2);
    }

    @Test
    void nobody_waits_on_a_thread_of_its_own_while_the_database_is_busy() throws Exception {
        add(entry("acme"));
        int connections = DatabaseThreads.THREADS + 1;
        ExecutorService busy = Executors.newFixedThreadPool(connections);
        CountDownLatch taken = new CountDownLatch(connections);
        CountDownLatch release = new CountDownLatch(1);
        List<Future<?>> holding = new ArrayList<>();
        try {
            for (int i = 0; i < connections; i++) {
                holding.add(busy.submit(() -> database.transaction(table -> {
                    taken.countDown();
                    try {
                        return release.await(30, TimeUnit.SECONDS);
                    } catch (InterruptedException e) {
                        throw new SQLException(e);
                    }
                })));
            }
            assertThat(taken.await(30, TimeUnit.SECONDS)).isTrue();

            CompletableFuture<ResourceAccounts> resolved = in("").resolve("acme");
            assertThat(resolved).isNotDone();
            release.countDown();

            assertThat(get(resolved).accounts()).hasSize(2);
            for (Future<?> held : holding) {
                held.get(30, TimeUnit.SECONDS);
            }
        } finally {
            release.countDown();
            busy.shutdown();
        }
    }

    @Test
    void tables_that_are_there_are_used_by_any_number_of_processes() throws Exception {
        add(entry("acme"));
        ExecutorService others = Executors.newFixedThreadPool(2);
        try {
            List<Future<ResourceDatabase>> opening = List.of(
                    others.submit(() -> ResourceDatabase.open(settings)),
                    others.submit(() -> ResourceDatabase.open(settings)));
            for (Future<ResourceDatabase> opened : opening) {
                try (ResourceDatabase other = opened.get(60, TimeUnit.SECONDS)) {
                    assertThat(other.find("acme")).contains(entry("acme"));
                }
            }
        } finally {
            others.shutdown();
        }
    }
}
