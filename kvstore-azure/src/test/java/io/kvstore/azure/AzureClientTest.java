package io.kvstore.azure;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvstore.api.StorageAccount;
import java.net.URI;
import org.junit.jupiter.api.Test;

class AzureClientTest {

    private static StorageAccount account(int number) {
        return new StorageAccount("acme" + number, URI.create("https://acme" + number + ".example"), "");
    }

    private static long threadsOfTheJdksClients() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("HttpClient-"))
                .count();
    }

    /** Clients name as many accounts as they like, and each client of the JDK has a thread for as long as it is there. */
    @Test
    void accounts_share_the_client_of_a_transport_that_is_not_netty() {
        try (AzureClient client = AzureClient.builder()
                .credentials(AzureCredentials.of(AzureCredential.none()))
                .transport(Transport.JDK)
                .build()) {
            client.account(account(0));
            long before = threadsOfTheJdksClients();
            for (int i = 1; i < 50; i++) {
                client.account(account(i));
            }

            assertThat(threadsOfTheJdksClients()).isEqualTo(before);
        }
    }
}
