package io.kvstore.azure;

import static io.kvstore.azure.StoreOverFake.ACME;
import static io.kvstore.azure.StoreOverFake.OTHER;
import static io.kvstore.azure.StoreOverFake.answer;
import static io.kvstore.azure.StoreOverFake.failure;
import static io.kvstore.azure.StoreOverFake.soon;
import static org.assertj.core.api.Assertions.assertThat;

import io.kvstore.api.KVStoreException;
import io.kvstore.api.Reason;
import io.kvstore.api.StorageAccount;
import io.kvstore.spi.KeyRange;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Resources that clients invent. */
class UnknownAccountTest {

    @Test
    void an_account_that_does_not_exist_is_looked_for_once_in_five_seconds() throws Exception {
        try (NameServer names = new NameServer();
                StoreOverFake azure = new StoreOverFake(client -> client.nameServer(names.address()), store -> store)) {
            azure.keeps("acme", new StorageAccount("acme", URI.create("http://nobody.blob.example."), ""));
            assertThat(failure(azure.store.head(ACME, azure.key(1), soon())).reason())
                    .isEqualTo(Reason.NOT_FOUND);
            int once = names.questions();
            assertThat(once).isPositive();

            assertThat(failure(azure.store.get(ACME, azure.key(1), soon())).reason())
                    .isEqualTo(Reason.NOT_FOUND);
            assertThat(failure(azure.store.list(ACME, KeyRange.ALL, Optional.empty(), soon()))
                            .reason())
                    .isEqualTo(Reason.NOT_FOUND);
            azure.clock.advance(Duration.ofMillis(4_999));
            assertThat(failure(azure.store.head(ACME, azure.key(1), soon())).reason())
                    .isEqualTo(Reason.NOT_FOUND);
            assertThat(names.questions()).isEqualTo(once);

            azure.clock.advance(Duration.ofMillis(2));
            failure(azure.store.head(ACME, azure.key(1), soon()));
            assertThat(names.questions()).isGreaterThan(once);
        }
    }

    /** The failure: one wrong answer of a name service took connections and breaker, and five seconds, from an account. */
    @Test
    void an_account_that_has_answered_is_not_taken_for_one_that_does_not_exist() throws Exception {
        try (NameServer names = new NameServer();
                StoreOverFake azure = new StoreOverFake(
                        client -> client.nameServer(names.address()).dnsCache(Duration.ofSeconds(1)),
                        store -> store.createContainers(true))) {
            int port = azure.service.address().getPort();
            azure.keeps(
                    "acme", new StorageAccount("acme", URI.create("http://acme.blob.example.:" + port + "/acme"), ""));
            names.knowsAll(true);
            assertThat(answer(azure.store.head(ACME, azure.key(1), soon()))).isEmpty();

            names.knowsAll(false);
            assertThat(firstFailure(azure)).isEqualTo(Reason.UNAVAILABLE);

            names.knowsAll(true);
            assertThat(answer(azure.store.head(ACME, azure.key(1), soon()))).isEmpty();
        }
    }

    /** The failure: a deleted account was UNAVAILABLE for as long as anybody asked for it. */
    @Test
    void an_account_that_is_gone_for_ten_minutes_does_not_exist() throws Exception {
        try (NameServer names = new NameServer();
                StoreOverFake azure = new StoreOverFake(
                        client -> client.nameServer(names.address()).dnsCache(Duration.ofSeconds(1)),
                        store -> store.createContainers(true))) {
            int port = azure.service.address().getPort();
            azure.keeps(
                    "acme", new StorageAccount("acme", URI.create("http://acme.blob.example.:" + port + "/acme"), ""));
            names.knowsAll(true);
            answer(azure.store.head(ACME, azure.key(1), soon()));
            names.knowsAll(false);
            firstFailure(azure);

            azure.clock.advance(Duration.ofMinutes(9));
            assertThat(failure(azure.store.head(ACME, azure.key(1), soon())).reason())
                    .isEqualTo(Reason.UNAVAILABLE);
            azure.clock.advance(Duration.ofMinutes(1));
            assertThat(failure(azure.store.head(ACME, azure.key(1), soon())).reason())
                    .isEqualTo(Reason.NOT_FOUND);
        }
    }

    /** The failure: after an outage of ten minutes one wrong answer of a name service was enough. */
    @Test
    void the_ten_minutes_begin_when_its_name_is_first_unknown() throws Exception {
        try (NameServer names = new NameServer();
                StoreOverFake azure = new StoreOverFake(
                        client -> client.nameServer(names.address()).dnsCache(Duration.ofSeconds(1)),
                        store -> store.createContainers(true))) {
            int port = azure.service.address().getPort();
            azure.keeps(
                    "acme", new StorageAccount("acme", URI.create("http://acme.blob.example.:" + port + "/acme"), ""));
            names.knowsAll(true);
            answer(azure.store.head(ACME, azure.key(1), soon()));
            names.fails();
            firstFailure(azure);
            azure.clock.advance(Duration.ofMinutes(6));
            failure(azure.store.head(ACME, azure.key(1), soon())); // it is in use all the time
            azure.clock.advance(Duration.ofMinutes(6));

            names.knowsAll(false);
            KVStoreException failure = failure(azure.store.head(ACME, azure.key(1), soon()));
            assertThat(failure).hasMessageStartingWith("the name service does not know");
            assertThat(failure.reason()).isEqualTo(Reason.UNAVAILABLE);
        }
    }

    /** Once what the name service said before is forgotten. */
    private static Reason firstFailure(StoreOverFake azure) throws Exception {
        long endNanos = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (System.nanoTime() < endNanos) {
            azure.service.resetConnections();
            Optional<KVStoreException> failure = answer(azure.store
                    .head(ACME, azure.key(1), soon())
                    .handle((found, trouble) -> Optional.ofNullable(trouble).map(KVStoreException::of)));
            if (failure.isPresent()) {
                return failure.get().reason();
            }
        }
        throw new AssertionError("expected: a failure");
    }

    @Test
    void one_that_was_not_there_says_nothing_about_others() throws Exception {
        try (NameServer names = new NameServer();
                StoreOverFake azure = new StoreOverFake(
                        client -> client.nameServer(names.address()), store -> store.createContainers(true))) {
            azure.keeps("other", new StorageAccount("acme", URI.create("http://nobody.blob.example."), ""));
            failure(azure.store.head(OTHER, azure.key(1), soon()));

            azure.put(ACME, 1, 1_000);
            azure.assertStored(ACME, 1, 1_000);
            azure.keeps("other", new StorageAccount("acme", azure.service.endpoint("other"), ""));
            azure.put(OTHER, 1, 1_000);
            azure.assertStored(OTHER, 1, 1_000);
        }
    }
}
