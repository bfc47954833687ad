package io.kvstore.testkit.azure;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class AzuriteExtensionTest {

    @RegisterExtension
    static final AzuriteExtension AZURITE = AzuriteExtension.http();

    @RegisterExtension
    static final AzuriteExtension SAME = AzuriteExtension.http();

    @Test
    void every_test_gets_an_account_of_its_own() throws Exception {
        String one = AZURITE.freshAccount();
        String other = SAME.freshAccount();

        assertThat(one).isNotEqualTo(other);
        // Refused for want of a signature; an account that does not exist is refused as such.
        assertThat(code(one)).isEqualTo("AuthorizationFailure");
        assertThat(code(other)).isEqualTo("AuthorizationFailure");
    }

    @Test
    void extensions_share_one_process() {
        assertThat(SAME.azurite()).isSameAs(AZURITE.azurite());
    }

    private static String code(String account) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(
                        AZURITE.azurite().endpoint(account).resolve("/" + account + "?comp=list"))
                .build();
        return HttpClient.newHttpClient()
                .send(request, HttpResponse.BodyHandlers.discarding())
                .headers()
                .firstValue("x-ms-error-code")
                .orElse("");
    }
}
