package io.kvstore.azure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.azure.core.http.HttpClient;
import com.azure.core.http.HttpRequest;
import com.azure.core.http.HttpResponse;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import reactor.core.publisher.Mono;

class AzureCredentialsTest {

    private static final String KEY = "c2VjcmV0";

    /** Nothing is asked for before a token is needed. */
    private static final HttpClient NOBODY = new HttpClient() {
        @Override
        public Mono<HttpResponse> send(HttpRequest request) {
            return Mono.error(new AssertionError("no request was expected"));
        }
    };

    private static AzureCredentials load(Map<String, String> properties) {
        return AzureCredentials.load(properties, Map.of());
    }

    @Test
    void every_kind_can_be_opened(@TempDir Path dir) throws IOException {
        Path pem = Files.writeString(dir.resolve("app.pem"), "not read before a token is needed");
        AzureCredentials all = load(Map.ofEntries(
                Map.entry("kind", "managed-identity"),
                Map.entry("user.kind", "managed-identity"),
                Map.entry("user.client-id", "c"),
                Map.entry("app.kind", "client-secret"),
                Map.entry("app.tenant-id", "t"),
                Map.entry("app.client-id", "c"),
                Map.entry("app.secret", "s"),
                Map.entry("cert.kind", "client-certificate"),
                Map.entry("cert.tenant-id", "t"),
                Map.entry("cert.client-id", "c"),
                Map.entry("cert.path", pem.toString()),
                Map.entry("cli.kind", "azure-cli"),
                Map.entry("sas.kind", "sas"),
                Map.entry("sas.token", "?sv=1&sig=x"),
                Map.entry("key.kind", "shared-key"),
                Map.entry("key.key", KEY),
                Map.entry("string.kind", "connection-string"),
                Map.entry("string.connection-string", "AccountName=a;AccountKey=" + KEY + ";EndpointSuffix=x")));

        for (String name : new String[] {"", "user", "app", "cert", "cli", "sas", "key", "string"}) {
            AzureCredential.Signing signing =
                    Objects.requireNonNull(all.named(name).orElseThrow().open(NOBODY));
            assertThat(signing.of("acme")).isNotNull();
        }
        assertThat(all.named("none of them")).isEmpty();
    }

    @Test
    void no_secret_is_shown(@TempDir Path dir) throws IOException {
        Path file = Files.writeString(dir.resolve("secret"), KEY + "\n");
        AzureCredentials all = load(Map.of(
                "kind", "shared-key", "key-file", file.toString(), "acme.kind", "sas", "acme.token", "sig=s3cret"));

        assertThat(all.toString()).isEqualTo("{=shared-key, acme=sas}");
    }

    @ParameterizedTest
    @CsvSource({
        "AZURE_STORAGE_CONNECTION_STRING, AccountName=a;AccountKey=c2VjcmV0, connection-string",
        "AZURE_STORAGE_KEY, c2VjcmV0, shared-key",
        "AZURE_STORAGE_SAS_TOKEN, sig=x, sas",
        "AZURE_FEDERATED_TOKEN_FILE, /var/run/token, workload-identity",
        "AZURE_CLIENT_SECRET, s, client-secret",
        "AZURE_CLIENT_CERTIFICATE_PATH, /app.pem, client-certificate",
        "PATH, /bin, managed-identity"
    })
    void the_environment_of_azures_own_tools_is_understood(String variable, String value, String kind) {
        Map<String, String> environment = Map.of(variable, value, "AZURE_TENANT_ID", "t", "AZURE_CLIENT_ID", "c");

        assertThat(AzureCredentials.fromEnvironment(environment)).hasToString("{=" + kind + "}");
        assertThat(AzureCredentials.load(Map.of("acme.kind", "none"), environment))
                .hasToString("{=" + kind + ", acme=none}");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "kind=magic|kind: expected one of azure-cli, client-certificate, client-secret, connection-string,"
                        + " managed-identity, none, sas, shared-key, workload-identity",
                "acme.key=s3cret|acme.kind: expected one of azure-cli, client-certificate, client-secret,"
                        + " connection-string, managed-identity, none, sas, shared-key, workload-identity",
                "kind=shared-key|key: missing for the kind shared-key",
                "kind=shared-key,key=s3cret!|key of the account: expected base64",
                "kind=sas,token=s3cret|sas: no sig= (expected: a shared access signature)",
                "kind=sas,password=s3cret|password: unknown for the kind sas",
                "kind=shared-key,key-file=/no/such/file|key-file: cannot read the file",
                "kind=connection-string,connection-string=s3cret|connection string: expected AccountName and AccountKey, or"
                        + " SharedAccessSignature"
            })
    void a_mistake_is_named_without_the_secret(String properties, String message) {
        Map<String, String> map = new java.util.TreeMap<>();
        for (String property : properties.split(",", -1)) {
            map.put(property.substring(0, property.indexOf('=')), property.substring(property.indexOf('=') + 1));
        }

        assertThatThrownBy(() -> load(map))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }
}
