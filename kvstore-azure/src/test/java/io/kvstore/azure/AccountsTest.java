package io.kvstore.azure;

import static io.kvstore.azure.StoreOverFake.ACME;
import static io.kvstore.azure.StoreOverFake.OTHER;
import static io.kvstore.azure.StoreOverFake.answer;
import static io.kvstore.azure.StoreOverFake.failure;
import static io.kvstore.azure.StoreOverFake.soon;
import static io.kvstore.testkit.azure.RequestKind.CREATE_CONTAINER;
import static io.kvstore.testkit.azure.RequestKind.DELETE_BLOB;
import static io.kvstore.testkit.azure.RequestKind.GET_BLOB;
import static io.kvstore.testkit.azure.RequestKind.LIST_BLOBS;
import static io.kvstore.testkit.azure.RequestKind.PUT_BLOB;
import static org.assertj.core.api.Assertions.assertThat;

import io.kvstore.api.KVStoreException;
import io.kvstore.api.Reason;
import io.kvstore.api.StorageAccount;
import io.kvstore.spi.BlobKey;
import io.kvstore.spi.BlobPage;
import io.kvstore.spi.KeyRange;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Several accounts of one resource, accounts that are down, containers that are not there. */
class AccountsTest {

    private StoreOverFake azure;

    @BeforeEach
    void open() throws Exception {
        azure = new StoreOverFake();
    }

    @AfterEach
    void close() {
        azure.close();
    }

    @Test
    void accounts_of_one_resource_share_its_chunks_and_one_more_moves_few() throws Exception {
        azure.keeps("acme", true, "acme1", "acme2", "acme3");
        for (int i = 0; i < 60; i++) {
            azure.put(ACME, i, 100);
        }
        for (String account : List.of("acme1", "acme2", "acme3")) {
            assertThat(azure.service.blobNames(account, "kv-cache")).hasSizeBetween(10, 30);
        }

        azure.keeps("acme", true, "acme3", "acme1", "acme4", "acme2");
        int found = 0;
        for (int i = 0; i < 60; i++) {
            Optional<?> info = answer(azure.store.head(ACME, azure.key(i), soon()));
            found += info.isPresent() ? 1 : 0;
        }
        assertThat(found).isBetween(35, 55); // 45 on average
    }

    @Test
    void the_choice_of_an_account_is_the_same_for_ever() {
        List<StorageAccount> accounts = IntStream.range(0, 5)
                .mapToObj(i -> new StorageAccount("acme" + i, URI.create("https://acme" + i + ".blob.x"), ""))
                .toList();
        String chosen = IntStream.range(0, 16)
                .mapToObj(i -> AccountChoice.of(accounts, azure.key(i)).name().substring(4))
                .reduce("", String::concat);

        assertThat(chosen).isEqualTo("2041323230020203");
    }

    @Test
    void a_listing_goes_through_all_accounts() throws Exception {
        azure.keeps("acme", true, "acme2", "acme1");
        List<BlobKey> keys = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            azure.put(ACME, i, 10);
            keys.add(azure.key(i));
        }

        List<BlobKey> listed = new ArrayList<>();
        Optional<String> next = Optional.empty();
        do {
            BlobPage page = answer(azure.store.list(ACME, KeyRange.ALL, next, soon()));
            listed.addAll(page.keys());
            next = page.next();
        } while (next.isPresent());

        assertThat(listed).containsExactlyInAnyOrderElementsOf(keys);
        assertThat(azure.service.requestCount(LIST_BLOBS)).isEqualTo(2);
    }

    @Test
    void a_page_of_an_account_that_is_no_longer_the_resources_is_refused() throws Exception {
        azure.keeps("acme", true, "acme1", "acme2");
        azure.put(ACME, 1, 10);
        Optional<String> next = answer(azure.store.list(ACME, KeyRange.ALL, Optional.empty(), soon()))
                .next();
        assertThat(next).isPresent();
        azure.keeps("acme", true, "acme1");

        assertThat(failure(azure.store.list(ACME, KeyRange.ALL, next, soon())).reason())
                .isEqualTo(Reason.INVALID_ARGUMENT);
    }

    @Test
    void accounts_that_stand_in_for_a_region_are_read_and_not_written() throws Exception {
        azure.put(ACME, 1, 100);
        azure.keeps("acme", false, "acme");
        azure.service.resetCounts();

        KVStoreException refusal = failure(azure.startPut(ACME, 2, 100, soon()));

        assertThat(refusal.reason()).isEqualTo(Reason.PERMISSION_DENIED);
        assertThat(refusal).hasMessage("the resource is only read here: its own region has no account");
        assertThat(azure.service.requestCount(PUT_BLOB)).isZero();
        azure.assertStored(ACME, 1, 100);
    }

    @Test
    void nothing_is_deleted_from_accounts_that_stand_in_for_a_region() throws Exception {
        azure.put(ACME, 1, 100);
        azure.keeps("acme", false, "acme");
        azure.service.every(GET_BLOB).resizesBodyTo(99);

        assertThat(failure(azure.store.get(ACME, azure.key(1), soon())).reason())
                .isEqualTo(Reason.DATA_LOSS);
        assertThat(failure(azure.store.delete(ACME, azure.key(1), soon())).reason())
                .isEqualTo(Reason.PERMISSION_DENIED);

        assertThat(azure.service.requestCount(DELETE_BLOB)).isZero();
    }

    @Test
    void a_container_that_does_not_exist_is_not_found_unless_it_may_be_made() throws Exception {
        try (StoreOverFake strict = new StoreOverFake(client -> client, store -> store)) {
            assertThat(failure(strict.store.get(ACME, strict.key(1), soon())).reason())
                    .isEqualTo(Reason.NOT_FOUND);
            assertThat(failure(strict.store.head(ACME, strict.key(1), soon())).reason())
                    .isEqualTo(Reason.NOT_FOUND);
            assertThat(failure(strict.store.list(ACME, KeyRange.ALL, Optional.empty(), soon()))
                            .reason())
                    .isEqualTo(Reason.NOT_FOUND);
            assertThat(failure(strict.startPut(ACME, 1, 100, soon()))).hasMessage("the container does not exist");
        }
        assertThat(azure.get(ACME, 1)).isEmpty();
        assertThat(answer(azure.store.head(ACME, azure.key(1), soon()))).isEmpty();
        azure.put(ACME, 1, 100);
        azure.put(ACME, 2, 100);
        assertThat(azure.service.requestCount(CREATE_CONTAINER)).isEqualTo(1);
    }

    @Test
    void an_account_that_is_down_is_spared_and_found_again_by_itself() throws Exception {
        azure.put(ACME, 1, 100);
        azure.put(OTHER, 1, 100);
        azure.service.everyRequest().in("acme").fails(503, "ServerBusy", 5);
        for (int i = 0; i < 8; i++) {
            failure(azure.store.get(ACME, azure.key(1), soon()));
        }
        azure.service.resetCounts();

        KVStoreException spared = failure(azure.store.get(ACME, azure.key(1), soon()));
        assertThat(spared.reason()).isEqualTo(Reason.UNAVAILABLE);
        assertThat(spared.retryAfter()).isPresent();
        assertThat(azure.service.requestCount("acme", GET_BLOB)).isZero();
        azure.assertStored(OTHER, 1, 100);

        // Still down when it is tried again: one call finds out, and the next waits twice as long.
        azure.clock.advance(Duration.ofMillis(1_001));
        failure(azure.store.get(ACME, azure.key(1), soon()));
        failure(azure.store.get(ACME, azure.key(1), soon()));
        azure.clock.advance(Duration.ofMillis(1_001));
        failure(azure.store.get(ACME, azure.key(1), soon()));
        assertThat(azure.service.requestCount("acme", GET_BLOB)).isEqualTo(1);

        azure.service.heal();
        azure.clock.advance(Duration.ofMillis(1_001));
        azure.assertStored(ACME, 1, 100);
        assertThat(azure.put(ACME, 2, 100).created()).isTrue();
    }

    @Test
    void refusals_and_misses_do_not_mean_that_an_account_is_down() throws Exception {
        azure.put(ACME, 1, 100);
        azure.service.every(GET_BLOB).fails(403, "AuthorizationFailure");
        for (int i = 0; i < 40; i++) {
            failure(azure.store.get(ACME, azure.key(1), soon()));
        }
        azure.service.heal();
        for (int i = 0; i < 40; i++) {
            assertThat(azure.get(ACME, 77)).isEmpty();
        }

        azure.assertStored(ACME, 1, 100);
    }

    @Test
    void a_resource_that_can_be_no_account_is_the_callers_mistake() throws Exception {
        SuffixAccountResolver resolver = SuffixAccountResolver.ofSuffix("blob.core.windows.net");

        assertThat(answer(resolver.resolve("acme01")).accounts())
                .containsExactly(new StorageAccount("acme01", URI.create("https://acme01.blob.core.windows.net"), ""));
        for (String name : List.of("Acme", "ac", "a".repeat(25), "a-b", "a.b/c", "")) {
            assertThat(failure(resolver.resolve(name)).reason()).isEqualTo(Reason.INVALID_ARGUMENT);
        }
        resolver.close();
        assertThat(failure(resolver.resolve("acme01")).reason()).isEqualTo(Reason.UNAVAILABLE);
    }
}
