package io.kvstore.azure;

import static io.kvstore.azure.StoreOverFake.ACME;
import static io.kvstore.azure.StoreOverFake.answer;
import static io.kvstore.azure.StoreOverFake.soon;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvstore.testkit.ManualClock;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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

    @Test
    void a_failed_address_gets_its_turn_again_after_half_a_minute() throws Exception {
        List<InetAddress> two = addresses("127.0.0.2", "127.0.0.3");
        SourceAddresses sources = new SourceAddresses(two, clock);
        sources.failed(two.get(0));
        for (int i = 0; i < 4; i++) {
            assertThat(sources.next(false)).contains(two.get(1));
        }

        clock.advance(Duration.ofSeconds(30));

        assertThat(List.of(sources.next(false), sources.next(false)))
                .extracting(address -> address.orElseThrow())
                .containsExactlyInAnyOrderElementsOf(two);
    }

    @Test
    void when_all_fail_all_are_used() throws Exception {
        List<InetAddress> two = addresses("127.0.0.2", "127.0.0.3");
        SourceAddresses sources = new SourceAddresses(two, clock);
        two.forEach(sources::failed);

        assertThat(sources.next(false)).isPresent();
    }

    @Test
    void the_family_is_the_targets() throws Exception {
        List<InetAddress> both = addresses("127.0.0.2", "::1");
        SourceAddresses mixed = new SourceAddresses(both, clock);
        for (int i = 0; i < 4; i++) {
            assertThat(mixed.next(false)).contains(both.get(0));
            assertThat(mixed.next(true)).contains(both.get(1));
        }
        assertThat(new SourceAddresses(addresses("127.0.0.2"), clock).next(true))
                .isEmpty();
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
