package io.kvstore.azure;

import static io.kvstore.azure.StoreOverFake.ACME;
import static io.kvstore.azure.StoreOverFake.OTHER;
import static io.kvstore.azure.StoreOverFake.answer;
import static io.kvstore.azure.StoreOverFake.failure;
import static io.kvstore.azure.StoreOverFake.soon;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvstore.api.StorageAccount;
import io.kvstore.testkit.ManualClock;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;

class SourceAddressesTest {

    private final ManualClock clock = new ManualClock();

    private static List<InetAddress> addresses(String... texts) throws Exception {
        List<InetAddress> addresses = new ArrayList<>();
        for (String text : texts) {
            addresses.add(InetAddress.getByName(text));
        }
        return addresses;
    }

    private static StoreOverFake azureFrom(String... texts) throws Exception {
        List<InetAddress> addresses = addresses(texts);
        return new StoreOverFake(client -> client.sourceAddresses(addresses), store -> store.createContainers(true));
    }

    @Test
    void traffic_is_spread_evenly_over_the_addresses() throws Exception {
        try (StoreOverFake azure = azureFrom("127.0.0.2", "127.0.0.3", "127.0.0.4")) {
            azure.put(ACME, 1, 20_000);
            azure.service.resetCounts();
            for (int i = 0; i < 150; i++) {
                answer(azure.store.get(ACME, azure.key(1), soon()))
                        .orElseThrow()
                        .close();
            }

            Map<String, Long> bytes = azure.service.bytesBySource();
            assertThat(bytes).containsOnlyKeys("127.0.0.2", "127.0.0.3", "127.0.0.4");
            bytes.values().forEach(each -> assertThat(each).isCloseTo(50 * 20_000L, Percentage.withPercentage(10)));
        }
    }

    @Test
    void addresses_that_the_machine_does_not_have_are_passed_over_once_they_have_failed() throws Exception {
        // More of them than a call has tries.
        try (StoreOverFake azure = azureFrom("203.0.113.11", "203.0.113.12", "203.0.113.13", "127.0.0.2")) {
            answer(azure.store.head(ACME, azure.key(1), soon()).handle((found, failure) -> true));
            for (int i = 0; i < 12; i++) {
                azure.put(ACME, i, 1_000);
            }

            assertThat(azure.service.bytesBySource()).containsOnlyKeys("127.0.0.2");
        }
    }

    @Test
    void an_address_that_fails_costs_no_call() throws Exception {
        try (StoreOverFake azure = azureFrom("127.0.0.2", "203.0.113.11", "127.0.0.4")) {
            for (int i = 0; i < 12; i++) {
                azure.put(ACME, i, 1_000);
            }

            assertThat(azure.service.bytesBySource()).containsOnlyKeys("127.0.0.2", "127.0.0.4");
        }
    }

    /** The failure: every customer's requests went out over one card of two because one customer's account was gone. */
    @Test
    void an_account_that_is_down_takes_no_address_from_others() throws Exception {
        try (StoreOverFake azure = azureFrom("127.0.0.2", "127.0.0.3")) {
            azure.put(ACME, 1, 1_000);
            int nobodyListens;
            try (ServerSocket socket = new ServerSocket(0)) {
                nobodyListens = socket.getLocalPort();
            }
            azure.keeps("other", new StorageAccount("gone", URI.create("http://127.0.0.1:" + nobodyListens), ""));
            for (int i = 0; i < 4; i++) {
                failure(azure.store.head(OTHER, azure.key(1), soon()));
            }
            azure.service.resetCounts();
            for (int i = 0; i < 20; i++) {
                azure.assertStored(ACME, 1, 1_000);
            }

            Map<String, Long> bytes = azure.service.bytesBySource();
            assertThat(bytes).containsOnlyKeys("127.0.0.2", "127.0.0.3");
            assertThat(bytes.values()).allMatch(each -> each > 5_000);
        }
    }

    /** Begun now, as it ends. */
    private void fails(SourceAddresses.OfAccount account, InetAddress from) {
        account.failed(from, clock.getAsLong());
    }

    private static List<InetAddress> turns(SourceAddresses.OfAccount account, int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> account.next("acme.example", Optional.empty()).orElseThrow())
                .toList();
    }

    @Test
    void an_account_that_is_reached_from_nowhere_says_nothing_about_addresses() throws Exception {
        List<InetAddress> two = addresses("127.0.0.2", "127.0.0.3");
        SourceAddresses sources = new SourceAddresses(two, clock);
        SourceAddresses.OfAccount gone = sources.forAccount();
        two.forEach(from -> fails(gone, from));
        two.forEach(from -> fails(gone, from));

        assertThat(turns(sources.forAccount(), 4)).startsWith(two.get(0), two.get(1));
        assertThat(turns(gone, 4)).startsWith(two.get(0), two.get(1));
    }

    @Test
    void an_address_that_does_not_reach_an_account_that_others_reach_is_passed_over_for_that_account()
            throws Exception {
        List<InetAddress> two = addresses("127.0.0.2", "127.0.0.3");
        SourceAddresses sources = new SourceAddresses(two, clock);
        SourceAddresses.OfAccount acme = sources.forAccount();
        acme.worked(two.get(1));
        fails(acme, two.get(0));
        acme.worked(two.get(1));

        assertThat(turns(acme, 4)).containsOnly(two.get(1));
        assertThat(turns(sources.forAccount(), 4)).containsAll(two);
    }

    @Test
    void an_address_that_reaches_no_account_of_several_is_passed_over_for_all_until_it_does() throws Exception {
        List<InetAddress> two = addresses("127.0.0.2", "127.0.0.3");
        SourceAddresses sources = new SourceAddresses(two, clock);
        for (int i = 0; i < 2; i++) {
            SourceAddresses.OfAccount account = sources.forAccount();
            account.worked(two.get(1));
            fails(account, two.get(0));
            account.worked(two.get(1));
        }
        SourceAddresses.OfAccount third = sources.forAccount();
        assertThat(turns(third, 4)).containsOnly(two.get(1));

        third.worked(two.get(0));

        assertThat(turns(third, 4)).containsAll(two);
    }

    /** The failure: after a break in the network that was everybody's one card was left for half a minute. */
    @Test
    void what_failed_in_an_outage_is_not_blamed_when_it_is_over() throws Exception {
        List<InetAddress> two = addresses("127.0.0.2", "127.0.0.3");
        SourceAddresses sources = new SourceAddresses(two, clock);
        List<SourceAddresses.OfAccount> accounts = List.of(sources.forAccount(), sources.forAccount());
        for (SourceAddresses.OfAccount account : accounts) {
            two.forEach(account::worked);
            clock.advance(Duration.ofSeconds(1));
            two.forEach(from -> fails(account, from));
        }
        clock.advance(Duration.ofSeconds(1));
        for (SourceAddresses.OfAccount account : accounts) {
            account.worked(two.get(1));
            account.worked(two.get(1));
        }

        accounts.forEach(account -> assertThat(turns(account, 4)).containsAll(two));
    }

    @Test
    void what_was_begun_in_an_outage_and_fails_after_it_is_not_blamed() throws Exception {
        List<InetAddress> two = addresses("127.0.0.2", "127.0.0.3");
        SourceAddresses.OfAccount account = new SourceAddresses(two, clock).forAccount();
        long begunNanos = clock.getAsLong();
        clock.advance(Duration.ofSeconds(1));
        account.worked(two.get(1));
        account.failed(two.get(0), begunNanos);
        account.worked(two.get(1));

        assertThat(turns(account, 4)).containsAll(two);
    }

    /** The failure: whoever owns two accounts takes a card from everybody. */
    @Test
    void accounts_that_are_not_reached_from_an_address_that_works_for_others_take_it_from_nobody() throws Exception {
        List<InetAddress> two = addresses("127.0.0.2", "127.0.0.3");
        SourceAddresses sources = new SourceAddresses(two, clock);
        SourceAddresses.OfAccount honest = sources.forAccount();
        for (int i = 0; i < 10; i++) {
            SourceAddresses.OfAccount hostile = sources.forAccount();
            hostile.worked(two.get(1));
            fails(hostile, two.get(0));
            hostile.worked(two.get(1));
            honest.worked(two.get(0));
        }

        assertThat(turns(honest, 4)).containsAll(two);
    }

    @Test
    void an_address_that_the_machine_does_not_have_gets_its_turn_again_after_half_a_minute() throws Exception {
        List<InetAddress> two = addresses("127.0.0.2", "127.0.0.3");
        SourceAddresses sources = new SourceAddresses(two, clock);
        sources.forAccount().cannotBind(two.get(0));
        assertThat(turns(sources.forAccount(), 4)).containsOnly(two.get(1));

        clock.advance(Duration.ofSeconds(30));

        assertThat(turns(sources.forAccount(), 2)).containsExactlyInAnyOrderElementsOf(two);
    }

    @Test
    void when_all_fail_all_are_used_in_turn() throws Exception {
        List<InetAddress> three = addresses("127.0.0.2", "127.0.0.3", "127.0.0.4");
        SourceAddresses.OfAccount account = new SourceAddresses(three, clock).forAccount();
        three.forEach(account::cannotBind);

        assertThat(turns(account, 3)).containsExactlyInAnyOrderElementsOf(three);
    }

    @Test
    void the_others_share_the_turns_of_one_that_is_passed_over_evenly() throws Exception {
        List<InetAddress> three = addresses("127.0.0.2", "127.0.0.3", "127.0.0.4");
        SourceAddresses.OfAccount account = new SourceAddresses(three, clock).forAccount();
        account.cannotBind(three.get(0));

        assertThat(turns(account, 12)).filteredOn(three.get(1)::equals).hasSize(6);
    }

    @Test
    void a_call_that_has_failed_is_tried_again_from_another_address() throws Exception {
        List<InetAddress> two = addresses("127.0.0.2", "127.0.0.3");
        SourceAddresses.OfAccount account = new SourceAddresses(two, clock).forAccount();
        for (int i = 0; i < 4; i++) {
            assertThat(account.next("acme.example", Optional.of(two.get(0)))).contains(two.get(1));
        }
        SourceAddresses.OfAccount one = new SourceAddresses(two.subList(0, 1), clock).forAccount();
        assertThat(one.next("acme.example", Optional.of(two.get(0)))).contains(two.get(0));
    }

    @Test
    void the_family_is_that_of_the_addresses() throws Exception {
        SourceAddresses.OfAccount ipv4 = new SourceAddresses(addresses("127.0.0.2"), clock).forAccount();
        SourceAddresses.OfAccount ipv6 = new SourceAddresses(addresses("::1"), clock).forAccount();
        assertThat(ipv4.next("acme.example", Optional.empty())).isPresent();
        assertThat(ipv4.next("10.0.0.1", Optional.empty())).isPresent();
        assertThat(ipv4.next("[::1]", Optional.empty())).isEmpty();
        assertThat(ipv6.next("acme.example", Optional.empty())).isPresent();
        assertThat(ipv6.next("[::1]", Optional.empty())).isPresent();
        assertThat(ipv6.next("10.0.0.1", Optional.empty())).isEmpty();
    }

    @Test
    void addresses_of_two_families_are_refused() {
        assertThatThrownBy(() -> AzureClient.builder()
                        .sourceAddresses(addresses("127.0.0.2", "::1"))
                        .build())
                .hasMessage("sourceAddresses: both IPv4 and IPv6 (expected: one of them)");
    }

    @Test
    void what_is_found_is_one_family_and_no_loopback() {
        assertThat(SourceAddresses.usable()).noneMatch(InetAddress::isLoopbackAddress);
        assertThat(SourceAddresses.usable().stream()
                        .map(Object::getClass)
                        .distinct()
                        .count())
                .isLessThanOrEqualTo(1);
    }

    @Test
    void other_transports_refuse_to_choose() {
        assertThatThrownBy(() -> AzureClient.builder()
                        .transport(Transport.JDK)
                        .sourceAddresses(addresses("127.0.0.2"))
                        .build())
                .hasMessage("transport jdk cannot choose source addresses (expected: netty)");
    }
}
