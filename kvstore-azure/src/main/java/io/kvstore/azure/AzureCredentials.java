package io.kvstore.azure;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Credentials by name; "" is the default one. An account has the one that it names, else the one that is named like the
 * account, else the default.
 *
 * <p>As properties: {@code kind} and the kind's own fields for the default, the same with {@code NAME.} in front for others.
 * A field that holds a secret may be named {@code FIELD-file} instead and give the path of a file with the secret, which
 * is read again within a minute when it changes.
 *
 * <pre>
 * kind = managed-identity
 * acme.kind = shared-key
 * acme.key-file = /run/secrets/acme
 * </pre>
 */
public final class AzureCredentials {

    /** The fields of each kind: the first ones must be there, those in the second list may. */
    private record Fields(List<String> required, List<String> optional) {}

    private static final Map<String, Fields> KINDS = Map.of(
            "none", new Fields(List.of(), List.of()),
            "managed-identity", new Fields(List.of(), List.of("client-id")),
            "workload-identity", new Fields(List.of(), List.of()),
            "client-secret", new Fields(List.of("tenant-id", "client-id", "secret"), List.of()),
            "client-certificate", new Fields(List.of("tenant-id", "client-id", "path"), List.of()),
            "azure-cli", new Fields(List.of(), List.of()),
            "sas", new Fields(List.of("token"), List.of()),
            "shared-key", new Fields(List.of("key"), List.of()),
            "connection-string", new Fields(List.of("connection-string"), List.of()));

    private static final String FILE = "-file";
    private static final long MAX_SECRET_BYTES = 64 * 1024;

    private final Map<String, AzureCredential> byName;

    private AzureCredentials(Map<String, AzureCredential> byName) {
        this.byName = Map.copyOf(byName);
    }

    /** One credential for all accounts that have none of their own. */
    public static AzureCredentials of(AzureCredential defaultCredential) {
        return new AzureCredentials(Map.of("", defaultCredential));
    }

    /** These, and {@code credential} under that name. */
    public AzureCredentials with(String name, AzureCredential credential) {
        Map<String, AzureCredential> more = new HashMap<>(byName);
        more.put(name, credential);
        return new AzureCredentials(more);
    }

    /**
     * Reads properties; without a default among them, {@link #fromEnvironment} has it.
     *
     * @throws IllegalArgumentException that names the property and what is expected, never a value
     */
    public static AzureCredentials load(Map<String, String> properties, Map<String, String> environment) {
        Map<String, Map<String, String>> byName = new TreeMap<>();
        properties.forEach((property, value) -> {
            int dot = property.lastIndexOf('.');
            byName.computeIfAbsent(dot < 0 ? "" : property.substring(0, dot), name -> new TreeMap<>())
                    .put(property.substring(dot + 1), value.trim());
        });
        AzureCredentials credentials =
                byName.containsKey("") ? new AzureCredentials(Map.of()) : fromEnvironment(environment);
        for (Map.Entry<String, Map<String, String>> entry : byName.entrySet()) {
            credentials = credentials.with(entry.getKey(), credential(entry.getKey(), entry.getValue()));
        }
        return credentials;
    }

    /**
     * What the variables of Azure's own tools describe, the most specific first: AZURE_STORAGE_CONNECTION_STRING,
     * AZURE_STORAGE_KEY, AZURE_STORAGE_SAS_TOKEN, AZURE_FEDERATED_TOKEN_FILE, AZURE_CLIENT_SECRET or
     * AZURE_CLIENT_CERTIFICATE_PATH with AZURE_TENANT_ID and AZURE_CLIENT_ID; else the managed identity, of AZURE_CLIENT_ID if
     * that is set.
     */
    public static AzureCredentials fromEnvironment(Map<String, String> environment) {
        Map<String, String> fields = new TreeMap<>();
        fields.put("tenant-id", environment.getOrDefault("AZURE_TENANT_ID", ""));
        fields.put("client-id", environment.getOrDefault("AZURE_CLIENT_ID", ""));
        String kind = "managed-identity";
        if (isSet(environment, "AZURE_STORAGE_CONNECTION_STRING")) {
            kind = "connection-string";
            fields.put("connection-string", environment.getOrDefault("AZURE_STORAGE_CONNECTION_STRING", ""));
        } else if (isSet(environment, "AZURE_STORAGE_KEY")) {
            kind = "shared-key";
            fields.put("key", environment.getOrDefault("AZURE_STORAGE_KEY", ""));
        } else if (isSet(environment, "AZURE_STORAGE_SAS_TOKEN")) {
            kind = "sas";
            fields.put("token", environment.getOrDefault("AZURE_STORAGE_SAS_TOKEN", ""));
        } else if (isSet(environment, "AZURE_FEDERATED_TOKEN_FILE")) {
            kind = "workload-identity";
        } else if (isSet(environment, "AZURE_CLIENT_SECRET")) {
            kind = "client-secret";
            fields.put("secret", environment.getOrDefault("AZURE_CLIENT_SECRET", ""));
        } else if (isSet(environment, "AZURE_CLIENT_CERTIFICATE_PATH")) {
            kind = "client-certificate";
            fields.put("path", environment.getOrDefault("AZURE_CLIENT_CERTIFICATE_PATH", ""));
        }
        Fields known = fieldsOf(kind, "");
        fields.values().removeIf(String::isEmpty);
        fields.keySet()
                .removeIf(field ->
                        !known.required().contains(field) && !known.optional().contains(field));
        fields.put("kind", kind);
        return of(credential("", fields));
    }

    private static boolean isSet(Map<String, String> environment, String variable) {
        return !environment.getOrDefault(variable, "").isEmpty();
    }

    private static AzureCredential credential(String name, Map<String, String> raw) {
        return raw.keySet().stream().anyMatch(field -> field.endsWith(FILE))
                ? AzureCredential.in(new SecretFiles(name, () -> fields(name, raw), AzureCredentials::made))
                : made(fields(name, raw));
    }

    /** The kind and its fields, with what is in files. */
    private static Map<String, String> fields(String name, Map<String, String> raw) {
        String prefix = name.isEmpty() ? "" : name + ".";
        String kind = raw.getOrDefault("kind", "");
        Fields known = fieldsOf(kind, prefix);
        Map<String, String> fields = new TreeMap<>();
        raw.forEach((field, value) -> {
            boolean inFile = field.endsWith(FILE);
            String plain = inFile ? field.substring(0, field.length() - FILE.length()) : field;
            if (!known.required().contains(plain) && !known.optional().contains(plain) && !field.equals("kind")) {
                throw new IllegalArgumentException(prefix + field + ": unknown for the kind " + kind);
            }
            fields.put(plain, inFile ? secretIn(prefix + field, value) : value);
        });
        for (String field : known.required()) {
            if (fields.getOrDefault(field, "").isEmpty()) {
                throw new IllegalArgumentException(prefix + field + ": missing for the kind " + kind);
            }
        }
        return fields;
    }

    private static Fields fieldsOf(String kind, String prefix) {
        Fields fields = KINDS.get(kind);
        if (fields == null) {
            throw new IllegalArgumentException(
                    prefix + "kind: expected one of " + String.join(", ", new TreeSet<>(KINDS.keySet())));
        }
        return fields;
    }

    private static String secretIn(String field, String path) {
        try {
            if (Files.size(Path.of(path)) <= MAX_SECRET_BYTES) {
                return Files.readString(Path.of(path)).strip();
            }
        } catch (IOException | RuntimeException unreadable) {
            throw new IllegalArgumentException(field + ": cannot read the file", unreadable);
        }
        throw new IllegalArgumentException(field + ": expected at most " + MAX_SECRET_BYTES + " bytes");
    }

    private static AzureCredential made(Map<String, String> fields) {
        String tenant = fields.getOrDefault("tenant-id", "");
        String client = fields.getOrDefault("client-id", "");
        return switch (fields.getOrDefault("kind", "")) {
            case "none" -> AzureCredential.none();
            case "managed-identity" ->
                client.isEmpty() ? AzureCredential.managedIdentity() : AzureCredential.managedIdentity(client);
            case "workload-identity" -> AzureCredential.workloadIdentity();
            case "client-secret" -> AzureCredential.clientSecret(tenant, client, fields.getOrDefault("secret", ""));
            case "client-certificate" ->
                AzureCredential.clientCertificate(tenant, client, Path.of(fields.getOrDefault("path", "")));
            case "azure-cli" -> AzureCredential.azureCli();
            case "sas" -> AzureCredential.sas(fields.getOrDefault("token", ""));
            case "shared-key" -> AzureCredential.sharedKey(fields.getOrDefault("key", ""));
            default -> AzureCredential.connectionString(fields.getOrDefault("connection-string", ""));
        };
    }

    /** The names under which there are credentials beside the default one. */
    public SortedSet<String> names() {
        SortedSet<String> names = new TreeSet<>(byName.keySet());
        names.remove("");
        return names;
    }

    /** The credential of that name. */
    Optional<AzureCredential> named(String name) {
        @Nullable AzureCredential credential = byName.get(name);
        return Optional.ofNullable(credential);
    }

    /** Looks whether files with secrets changed; blocks as long as it takes to read them. */
    void readAgain() {
        byName.values().forEach(credential -> credential.files().ifPresent(SecretFiles::readAgain));
    }

    /** Whether there is anything to {@link #readAgain read again}. */
    boolean haveFiles() {
        return byName.values().stream()
                .anyMatch(credential -> credential.files().isPresent());
    }

    /** Names and kinds, no secrets. */
    @Override
    public String toString() {
        return new TreeMap<>(byName).toString();
    }
}
