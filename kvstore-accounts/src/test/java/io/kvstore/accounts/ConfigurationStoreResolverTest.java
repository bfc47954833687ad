package io.kvstore.accounts;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvstore.api.KVStoreException;
import io.kvstore.api.Reason;
import io.kvstore.api.ResourceAccounts;
import io.kvstore.api.StorageAccount;
import io.kvstore.testkit.ManualClock;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigurationStoreResolverTest {

    private static final String DOCUMENT = """
            {"promptAccountId": "id-1", "promptAccountName": "acme", "location": "West Europe", "kind": "prompt",
             "regionStorageMap": {
               "westeurope": ["acmewe1", "https://acmewe2.blob.core.windows.net"],
               "eastus": ["http://127.0.0.1:10000/acmeus"],
               "northeurope": []}}
            """;

    private final Map<String, byte[]> documents = new HashMap<>();

    private ConfigurationStoreResolver in(String region, boolean crossRegionWrites) {
        DocumentSource source = new DocumentSource() {
            @Override
            public CompletableFuture<Optional<byte[]>> fetch(String name) {
                return CompletableFuture.completedFuture(Optional.ofNullable(documents.get(name)));
            }

            @Override
            public CompletableFuture<Set<String>> names(int most) {
                return CompletableFuture.completedFuture(documents.keySet());
            }
        };
        return new ConfigurationStoreResolver(
                source, region, AccountAddress.withSuffix(".blob.core.windows.net"), crossRegionWrites);
    }

    private void store(String resource, String document) {
        documents.put(resource + ".json", document.getBytes(StandardCharsets.UTF_8));
    }

    private static KVStoreException failureOf(CompletableFuture<?> call) {
        return KVStoreException.of(call.handle((value, failure) -> {
                    assertThat(failure).as("came: " + value).isNotNull();
                    return failure;
                })
                .join());
    }

    private KVStoreException failureOf(String resource) {
        return failureOf(in("westeurope", false).resolve(resource));
    }

    @ParameterizedTest
    @ValueSource(strings = {"westeurope", "West Europe", ""})
    void the_accounts_of_the_own_region_serve(String region) {
        store("acme", DOCUMENT);

        ResourceAccounts accounts = in(region, false).resolve("acme").join();

        assertThat(accounts.writable()).isTrue();
        assertThat(accounts.accounts())
                .containsExactly(
                        new StorageAccount("acmewe1", URI.create("https://acmewe1.blob.core.windows.net"), ""),
                        new StorageAccount("acmewe2", URI.create("https://acmewe2.blob.core.windows.net"), ""));
    }

    @ParameterizedTest
    @ValueSource(strings = {"brazilsouth", "northeurope"})
    void where_a_region_has_none_those_at_home_stand_in_and_are_only_read(String region) {
        store("acme", DOCUMENT);

        ResourceAccounts accounts = in(region, false).resolve("acme").join();

        assertThat(accounts.writable()).isFalse();
        assertThat(accounts.accounts()).extracting(StorageAccount::name).containsExactly("acmewe1", "acmewe2");
        assertThat(in(region, true).resolve("acme").join().writable()).isTrue();
    }

    @Test
    void an_account_has_one_name_however_it_is_written() {
        store("acme", DOCUMENT);

        assertThat(in("eastus", false).resolve("acme").join().accounts())
                .containsExactly(new StorageAccount("acmeus", URI.create("http://127.0.0.1:10000/acmeus"), ""));
    }

    @Test
    void a_resource_without_a_document_is_not_found() {
        assertThat(failureOf("acme").reason()).isEqualTo(Reason.NOT_FOUND);
    }

    @Test
    void a_name_that_is_no_resources_is_never_asked_for() {
        documents.put("../secret.json", DOCUMENT.getBytes(StandardCharsets.UTF_8));

        assertThat(failureOf("../secret").reason()).isEqualTo(Reason.INVALID_ARGUMENT);
    }

    @Test
    void fields_that_are_not_ours_are_passed_over() {
        store(
                "acme",
                "{\"etag\": {\"a\": [1, {}]}, \"regionStorageMap\": {\"westeurope\": [\"acmewe1\"]}, \"z\": null}");

        assertThat(in("westeurope", false).resolve("acme").join().accounts()).hasSize(1);
    }

    /** The failure: a resource is refused for what nobody reads. */
    @ParameterizedTest
    @ValueSource(strings = {"promptAccountId", "promptAccountName", "kind"})
    void fields_that_nothing_reads_may_be_anything(String field) {
        for (String value : List.of("null", "7", "{\"a\": [1]}", "[]", "true")) {
            store("acme", "{\"" + field + "\": " + value + ", " + one("acmewe1").substring(1));

            assertThat(in("westeurope", false).resolve("acme").join().accounts())
                    .hasSize(1);
        }
    }

    static Stream<Arguments> brokenDocuments() {
        return Stream.of(
                Arguments.of("", "expected an object"),
                Arguments.of("[]", "expected an object"),
                Arguments.of("{", "malformed JSON at line 1"),
                Arguments.of("{}", "no regionStorageMap"),
                Arguments.of("{\"regionStorageMap\": []}", "regionStorageMap to be an object"),
                Arguments.of("{\"regionStorageMap\": {\"westeurope\": \"acmewe1\"}}", "accounts to be a list"),
                Arguments.of("{\"regionStorageMap\": {\"westeurope\": [{}]}}", "a storage account to be a string"),
                Arguments.of("{\"regionStorageMap\": {\"westeurope\": [null]}}", "a storage account to be a string"),
                Arguments.of("{\"location\": 7}", "location to be a string"),
                Arguments.of("{\"regionStorageMap\": {}}{}", "more behind the document"),
                Arguments.of("{\"regionStorageMap\": {}, \"regionStorageMap\": {}}", "malformed JSON"),
                Arguments.of("{\"regionStorageMap\": {\"West Us\": [], \"westus\": []}}", "'westus' twice"),
                Arguments.of(one("same1", "same1"), "twice"),
                Arguments.of(one("same1", "https://same1.blob.core.windows.net"), "twice"),
                Arguments.of("{\"regionStorageMap\": {\"eastus\": [\"acmeus\"]}}", "no account"),
                Arguments.of("{\"x\": " + "[".repeat(50) + "]".repeat(50) + "}", "malformed JSON"),
                Arguments.of("{\"regionStorageMap\": {\"westeurope\": [\"" + "x".repeat(5_000) + "\"]}}", "malformed"),
                Arguments.of(" ".repeat(1 << 20) + "{}", "bytes (expected: at most 1048576)"),
                Arguments.of(one(many(65)), "more than 64 accounts"));
    }

    private static String[] many(int count) {
        return Stream.iterate(0, i -> i + 1)
                .limit(count)
                .map(i -> "account" + i)
                .toArray(String[]::new);
    }

    private static String one(String... accounts) {
        return "{\"regionStorageMap\": {\"westeurope\": [\"" + String.join("\", \"", accounts) + "\"]}}";
    }

    @ParameterizedTest
    @MethodSource("brokenDocuments")
    void a_document_that_cannot_be_used_fails_its_resource_and_no_other(String document, String message) {
        store("broken", document);
        store("acme", DOCUMENT);
        ManualClock clock = new ManualClock();
        ConfigurationStoreResolver store = in("westeurope", false);
        try (CachingAccountResolver resolver =
                CachingAccountResolver.over(store, store::names, Freshness.DEFAULT, clock, clock.scheduler())) {
            KVStoreException failure = failureOf(resolver.resolve("broken"));

            assertThat(failure.reason()).isEqualTo(Reason.UNAVAILABLE);
            assertThat(failure)
                    .hasMessage("the configuration of resource 'broken' cannot be used")
                    .cause()
                    .hasMessageContaining(message);
            assertThat(resolver.resolve("acme")).isCompleted();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Acme",
                "qx",
                "ftp://acme.example",
                "https://",
                "https://acme.example?sig=secret",
                "https://user:secret@acme.example",
                "https://acme.example/a/b",
                "https://acme.example#secret",
                "https://127.0.0.1:10000",
                "http://127.0.0.1/acme",
                "https://acme.example:8443",
                "https://-secret-.example",
                "https://a b.example",
                "//acme.example",
                "javascript:secret"
            })
    void what_is_no_account_is_refused_and_not_repeated(String account) {
        store("acme", one(account));

        assertThat(failureOf("acme"))
                .hasMessage("the configuration of resource 'acme' cannot be used")
                .cause() // for the log
                .hasMessageContaining("line 1: ")
                .hasMessageNotContaining("secret")
                .hasMessageNotContaining(account);
    }

    @Test
    void the_resources_that_have_a_document_are_listed() {
        store("acme", DOCUMENT);
        documents.put("notes.txt", new byte[0]);

        assertThat(in("westeurope", false).names()).isCompletedWithValue(Set.of("acme"));
    }

    @Test
    void a_store_that_is_down_is_told_as_such() {
        ConfigurationStoreResolver resolver = new ConfigurationStoreResolver(
                name -> CompletableFuture.failedFuture(new KVStoreException(Reason.UNAVAILABLE, "down")),
                "westeurope",
                AccountAddress.withSuffix("blob.core.windows.net"),
                false);

        assertThat(failureOf(resolver.resolve("acme")).reason()).isEqualTo(Reason.UNAVAILABLE);
        resolver.close();
        assertThat(failureOf(resolver.resolve("acme"))).hasMessageContaining("closed");
    }
}
