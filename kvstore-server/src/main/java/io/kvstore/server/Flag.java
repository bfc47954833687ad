package io.kvstore.server;

import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Every setting of the server. One table, so that the command line, the environment, the configuration file and the usage
 * cannot come apart: a setting is {@code --name} on the command line and {@code name} in the file.
 */
enum Flag {
    PORT("port", "PORT", "KV_PORT", "TCP port, 0 for any free one (default: 50051)"),
    HOST("host", "ADDRESS", "KV_BIND_IP", "address to listen on (default: 0.0.0.0)"),
    TLS_CERT(
            "tls-cert",
            "FILE",
            null,
            "serve over TLS, with the certificates in this PEM file; seen within a minute when they change (default: plain"
                    + " text)"),
    TLS_KEY("tls-key", "FILE", null, "the key of --tls-cert: PEM, PKCS#8, not encrypted"),
    TLS_CLIENT_CA(
            "tls-client-ca", "FILE", null, "refuse clients without a certificate of the authorities in this PEM file"),
    THREADS("threads", "N", null, "threads that serve calls, or auto: one for each core, at least 2 (default: auto)"),
    NUMA(
            "numa",
            "HOW",
            null,
            "off: one process; auto: one for each NUMA node, on its CPUs and memory, on ports from --port on; a number: so"
                    + " many (default: off)"),
    SHARED_PORT(
            "shared-port",
            "",
            null,
            "with --numa: all processes listen on --port, each connection goes to one of them; for a backend that they share"),
    LOG_LEVEL("log-level", "LEVEL", null, "error, info or verbose; logs go to stderr (default: info)"),
    DISABLE_METRICS("disable-metrics", "", null, "keep no metrics"),
    BACKEND(
            "backend",
            "KIND",
            null,
            "where chunks are kept: file, memory, azure, or azurite, an emulator of Azure that is started with the server (default: file)"),
    DATA_DIR("data-dir", "DIR", null, "directory of the file and azurite backends (default: ./kvstore-data)"),
    DURABILITY(
            "durability",
            "HOW",
            null,
            "when a write is acknowledged: sync, after an fsync, or os, once the operating system has it (default: sync)"),
    DATA_MAX_BYTES(
            "data-max-bytes",
            "SIZE",
            null,
            "largest size of the stored data; writes beyond it are refused (default: none; for the memory backend 1g, or"
                    + " what fits into direct memory)"),
    MEMORY_CACHE("memory-cache", "SIZE", null, "payload bytes kept in memory, 0 for none (default: 0)"),
    RESERVE_MEMORY(
            "reserve-memory",
            "",
            null,
            "take the memory of --memory-cache and of the memory backend before the start, 0.2 to 2 s a GB, and"
                    + " not as chunks come"),
    DISK_CACHE("disk-cache", "DIR", null, "directory of a cache on local disk (default: none)"),
    DISK_CACHE_SIZE(
            "disk-cache-size",
            "SIZE",
            null,
            "largest size of the disk cache (default: 10g); what was evicted while answers from it are still being"
                    + " read comes on top"),
    POSITIVE_CACHE(
            "positive-cache",
            "TIME",
            null,
            "how long a chunk that was seen stored in Azure is taken to be without asking again, 0s for never (default: 10m)"),
    FILTER_MAX_AGE(
            "filter-max-age",
            "TIME",
            null,
            "the longest that lookups miss what other servers stored in Azure; a container in use is listed anew after half"
                    + " to three quarters of it (default: 10m)"),
    RESOURCES("resources", "A,B", null, "resources that are served; any other is NOT_FOUND (default: all)"),
    ACCOUNTS(
            "accounts",
            "HOW",
            null,
            "who says which resources there are: suffix, every name is one; config-store, a document of each; database, a"
                    + " table that also says who may use them (default: config-store where KV_CONFIGURATION_STORE names"
                    + " one for Azure, else suffix)"),
    DATABASE_URL(
            "database-url",
            "URL",
            "KV_DATABASE_URL",
            "with --accounts database: jdbc:postgresql://HOST/DATABASE or jdbc:h2:file:/PATH (default: the file"
                    + " ./kvstore-resources)"),
    DATABASE_USER("database-user", "NAME", "KV_DATABASE_USER", "user of the database"),
    DATABASE_PASSWORD_FILE(
            "database-password-file",
            "FILE",
            "KV_DATABASE_PASSWORD_FILE",
            "file with the password of the database's user, read again for every connection"),
    CROSS_REGION_WRITES(
            "cross-region-writes",
            "",
            null,
            "write to the home region's accounts where a resource has none in this region; they are only read otherwise"),
    MAX_IN_FLIGHT(
            "max-in-flight",
            "SIZE",
            null,
            "payload bytes in flight between storage and network before calls wait or are refused"
                    + " (default: half of the largest heap, at least 256m)"),
    DRAIN_TIMEOUT(
            "drain-timeout",
            "TIME",
            null,
            "how long calls under way may take to finish on SIGTERM or Ctrl-C (default: 20s)"),
    ADMIN_PORT("admin-port", "PORT", null, "serve /metrics and /healthz on 127.0.0.1:PORT, 0 for any (default: off)"),
    BLOB_DNS_SUFFIX(
            "blob-dns-suffix",
            "SUFFIX",
            "KV_DOMAIN_SUFFIX",
            "Azure: a resource is the storage account https://RESOURCE.SUFFIX (default: .blob.core.windows.net)"),
    BLOB_EMULATOR(
            "blob-emulator",
            "URL",
            null,
            "Azure: take an emulator that keeps all accounts under one address, such as http://127.0.0.1:10000"),
    AZURE_CREDENTIALS(
            "azure-credentials",
            "FILE",
            null,
            "Azure: properties file of credentials, kind = managed-identity and the like, ACCOUNT.kind for that account"
                    + " (default: what AZURE_* in the environment says, else the managed identity)"),
    CREATE_CONTAINERS(
            "create-containers",
            "",
            null,
            "Azure: make a container on its first write; without it one that does not exist is NOT_FOUND"),
    CONNECTIONS_PER_ACCOUNT(
            "connections-per-account", "N", null, "Azure: connections held open to one account (default: 100)"),
    TRANSPORT(
            "transport",
            "NAME",
            null,
            "Azure: HTTP client, netty, jdk or okhttp; the latter two copy payloads and choose no source addresses"
                    + " (default: netty)"),
    ENABLE_SDK_LOGGING("enable-sdk-logging", "", null, "Azure: log every request with its headers, without secrets"),
    DISABLE_MULTI_NIC(
            "disable-multi-nic",
            "",
            null,
            "Azure: leave the source address to the system; otherwise connections go out from all addresses of the"
                    + " machine in turn when there are two or more"),
    SOURCE_ADDRESSES(
            "source-addresses",
            "A,B",
            null,
            "Azure: the addresses, of one family, that connections go out from in turn");

    private final String key;
    private final String valueLabel;
    private final @Nullable String variable;
    private final String description;

    Flag(String key, String valueLabel, @Nullable String variable, String description) {
        this.key = key;
        this.valueLabel = valueLabel;
        this.variable = variable;
        this.description = description;
    }

    /** The name without dashes, as in the configuration file. */
    String key() {
        return key;
    }

    /** The name on the command line. */
    String option() {
        return "--" + key;
    }

    /** The environment variable that sets it, if there is one. */
    Optional<String> variable() {
        return Optional.ofNullable(variable);
    }

    /** Whether it is on when named and takes no value. */
    boolean isSwitch() {
        return valueLabel.isEmpty();
    }

    String valueLabel() {
        return valueLabel;
    }

    String description() {
        return variable == null ? description : description + "; environment: " + variable;
    }

    static Optional<Flag> ofKey(String key) {
        return Arrays.stream(values()).filter(flag -> flag.key.equals(key)).findFirst();
    }
}
