package io.kvstore.azure;

import com.azure.core.credential.AzureSasCredential;
import com.azure.core.credential.TokenCredential;
import com.azure.core.http.HttpClient;
import com.azure.core.http.policy.AzureSasCredentialPolicy;
import com.azure.core.http.policy.HttpPipelinePolicy;
import com.azure.identity.AzureCliCredentialBuilder;
import com.azure.identity.ClientCertificateCredentialBuilder;
import com.azure.identity.ClientSecretCredentialBuilder;
import com.azure.identity.ManagedIdentityCredentialBuilder;
import com.azure.identity.WorkloadIdentityCredentialBuilder;
import com.azure.storage.common.StorageSharedKeyCredential;
import com.azure.storage.common.policy.StorageBearerTokenChallengeAuthorizationPolicy;
import com.azure.storage.common.policy.StorageSharedKeyCredentialPolicy;
import java.nio.file.Path;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * How this process proves to Azure who it is. Holds the secret, shows it to nobody: {@code toString} names the kind alone.
 *
 * <p>Tokens are fetched when they are first needed, kept, and renewed before they end.
 */
public final class AzureCredential {

    private static final String SCOPE = "https://storage.azure.com/.default";

    /** Signs the requests of one account: the policy of that account's name. */
    interface Signing {
        HttpPipelinePolicy of(String accountName);
    }

    private final String kind;
    private final Function<HttpClient, @Nullable Signing> opening;
    private final Optional<SecretFiles> files;

    private AzureCredential(String kind, Function<HttpClient, @Nullable Signing> opening) {
        this.kind = kind;
        this.opening = opening;
        this.files = Optional.empty();
    }

    private AzureCredential(SecretFiles files) {
        this.kind = files.toString();
        this.opening = files::open;
        this.files = Optional.of(files);
    }

    /** No proof at all, for containers that anybody may read and for tests. */
    public static AzureCredential none() {
        return new AzureCredential("none", login -> null);
    }

    /** The identity that Azure gave the machine. */
    public static AzureCredential managedIdentity() {
        return token(
                "managed-identity",
                login ->
                        new ManagedIdentityCredentialBuilder().httpClient(login).build());
    }

    /** One of several identities that Azure gave the machine. */
    public static AzureCredential managedIdentity(String clientId) {
        return token(
                "managed-identity",
                login -> new ManagedIdentityCredentialBuilder()
                        .httpClient(login)
                        .clientId(clientId)
                        .build());
    }

    /** The identity of a Kubernetes service account, as the environment of the pod describes it. */
    public static AzureCredential workloadIdentity() {
        return token(
                "workload-identity",
                login -> new WorkloadIdentityCredentialBuilder()
                        .httpClient(login)
                        .build());
    }

    /** An application that knows a secret. */
    public static AzureCredential clientSecret(String tenantId, String clientId, String secret) {
        return token(
                "client-secret",
                login -> new ClientSecretCredentialBuilder()
                        .httpClient(login)
                        .tenantId(tenantId)
                        .clientId(clientId)
                        .clientSecret(secret)
                        .build());
    }

    /** An application that has a certificate with its key, in a PEM file. */
    public static AzureCredential clientCertificate(String tenantId, String clientId, Path pem) {
        return token(
                "client-certificate",
                login -> new ClientCertificateCredentialBuilder()
                        .httpClient(login)
                        .tenantId(tenantId)
                        .clientId(clientId)
                        .pemCertificate(pem.toString())
                        .build());
    }

    /** Whoever is logged in to the Azure CLI: for a developer's machine. */
    public static AzureCredential azureCli() {
        return token("azure-cli", login -> new AzureCliCredentialBuilder().build());
    }

    /** One with secrets that may change. */
    static AzureCredential in(SecretFiles files) {
        return new AzureCredential(files);
    }

    /** Tokens that somebody else fetches. */
    static AzureCredential token(TokenCredential credential) {
        return token("token", login -> credential);
    }

    /** A shared access signature: the query without its question mark. */
    public static AzureCredential sas(String signature) {
        String query = signature.startsWith("?") ? signature.substring(1) : signature;
        if (!query.contains("sig=")) {
            throw new IllegalArgumentException("sas: no sig= (expected: a shared access signature)");
        }
        AzureSasCredential sas = new AzureSasCredential(query);
        // An emulator has no TLS; who sends a signature there is up to the account's endpoint.
        return new AzureCredential("sas", login -> account -> new AzureSasCredentialPolicy(sas, false));
    }

    /** The key of the account that it is used for, in base64. */
    public static AzureCredential sharedKey(String key) {
        checkKey(key);
        return new AzureCredential(
                "shared-key",
                login -> account -> new StorageSharedKeyCredentialPolicy(new StorageSharedKeyCredential(account, key)));
    }

    /**
     * The key or the shared access signature in a connection string. Where the account is says the resolver: endpoints in it
     * mean nothing.
     */
    public static AzureCredential connectionString(String text) {
        Map<String, String> parts = new HashMap<>();
        for (String part : text.split(";", -1)) {
            int equals = part.indexOf('=');
            if (equals > 0) {
                parts.put(
                        part.substring(0, equals).trim(),
                        part.substring(equals + 1).trim());
            }
        }
        String account = parts.get("AccountName");
        String key = parts.get("AccountKey");
        String signature = parts.get("SharedAccessSignature");
        if (account != null && key != null) {
            checkKey(key);
            StorageSharedKeyCredential shared = new StorageSharedKeyCredential(account, key);
            return new AzureCredential(
                    "connection-string", login -> any -> new StorageSharedKeyCredentialPolicy(shared));
        }
        if (signature != null) {
            Function<HttpClient, @Nullable Signing> opening = sas(signature).opening;
            return new AzureCredential("connection-string", opening);
        }
        throw new IllegalArgumentException(
                "connection string: expected AccountName and AccountKey, or SharedAccessSignature");
    }

    private static void checkKey(String key) {
        try {
            if (Base64.getDecoder().decode(key).length > 0) {
                return;
            }
        } catch (IllegalArgumentException notBase64) {
            // Said below, without the key.
        }
        throw new IllegalArgumentException("key of the account: expected base64");
    }

    private static AzureCredential token(String kind, Function<HttpClient, TokenCredential> opening) {
        return new AzureCredential(kind, login -> {
            TokenCredential credential = opening.apply(login);
            return account -> new StorageBearerTokenChallengeAuthorizationPolicy(credential, SCOPE);
        });
    }

    /**
     * Makes it ready; one for a process, so that accounts share tokens.
     *
     * @param login carries the requests for tokens
     * @return null when requests go unsigned
     */
    @Nullable
    Signing open(HttpClient login) {
        return opening.apply(login);
    }

    /** Where its secrets are, if they may change. */
    Optional<SecretFiles> files() {
        return files;
    }

    @Override
    public String toString() {
        return kind;
    }
}
