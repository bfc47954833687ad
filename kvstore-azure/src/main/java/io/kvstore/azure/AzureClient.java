package io.kvstore.azure;

import com.azure.core.http.HttpClient;
import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.kvstore.api.KVStoreException;
import io.kvstore.api.Reason;
import io.kvstore.api.StorageAccount;
import io.netty.channel.EventLoopGroup;
import io.netty.handler.ssl.OpenSsl;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * How this process talks to storage accounts: with which credentials, over which transport. One for a process: accounts
 * share its threads and tokens, while each has connections and a circuit breaker of its own, so that none waits for
 * another. Over another transport than Netty they share one HTTP client: each of those has threads, and accounts come
 * from what callers ask.
 *
 * <p>Threading: safe for many threads.
 */
public final class AzureClient implements AutoCloseable {

    /**
     * Accounts whose connections are held; the least used ones are closed beyond, once what they are doing is done, and
     * opened again when asked for.
     */
    private static final int MAX_ACCOUNTS = 10_000;

    /** Twice that, for two looks, is less than the minute that is promised. */
    private static final Duration SECRETS_PERIOD = Duration.ofSeconds(20);

    private static final Duration ACCOUNT_IDLE = Duration.ofMinutes(10);

    /**
     * Names that clients invent cost a look at the name service each; an account that is made a moment later is found.
     */
    private static final Duration NO_ACCOUNT_FOR = Duration.ofSeconds(5);

    private static final int MAX_UNKNOWN = 10_000;

    private final AzureCredentials credentials;
    private final TransportSettings settings;
    private final LongSupplier nanoClock;
    private final TrustedEndpoints trusted;
    private final @Nullable NettyTransports netty;
    /** For tokens; over another transport than Netty for everything. */
    private final HttpClient login;

    private final ConcurrentHashMap<String, Opened> opened = new ConcurrentHashMap<>();
    private final Cache<StorageAccount, Account> accounts;
    private final Disposable readingAgain;
    /** Endpoints whose host has no address. */
    private final Cache<URI, Boolean> unknown;

    private volatile boolean closed;

    /** A credential that is ready. */
    private record Opened(AzureCredential.@Nullable Signing signing) {}

    private AzureClient(Builder builder) {
        // Not before: what the environment says may be meant for others, and matters only when nobody says better.
        credentials =
                builder.credentials == null ? AzureCredentials.fromEnvironment(System.getenv()) : builder.credentials;
        settings = new TransportSettings(
                builder.transport,
                builder.maxConnections,
                builder.dnsCache,
                builder.connectTimeout,
                builder.readTimeout,
                builder.sourceAddresses,
                builder.trusted,
                builder.nameServer,
                builder.sdkLogging);
        nanoClock = builder.nanoClock;
        trusted = new TrustedEndpoints(
                builder.trustedSuffixes, builder.trustedAddresses, builder.trustedAccounts, nanoClock);
        netty = settings.transport() == Transport.NETTY ? new NettyTransports(settings, nanoClock) : null;
        // Tokens come from the machine's own network, not from an address of ours: no spreading.
        login = netty == null ? ForeignTransport.open(settings) : netty.forLogin();
        readingAgain = readAgain(builder.scheduler);
        accounts = Caffeine.newBuilder()
                .maximumSize(MAX_ACCOUNTS)
                .expireAfterAccess(ACCOUNT_IDLE)
                .ticker(nanoClock::getAsLong)
                .executor(Runnable::run)
                .<StorageAccount, Account>removalListener((name, account, cause) -> letGo(account))
                .build();
        unknown = Caffeine.newBuilder()
                .maximumSize(MAX_UNKNOWN)
                .expireAfterWrite(NO_ACCOUNT_FOR)
                .ticker(nanoClock::getAsLong)
                .executor(Runnable::run)
                .build();
    }

    private Disposable readAgain(Scheduler scheduler) {
        long seconds = SECRETS_PERIOD.toSeconds();
        return credentials.haveFiles()
                ? scheduler.schedulePeriodically(credentials::readAgain, seconds, seconds, TimeUnit.SECONDS)
                : Disposables.disposed();
    }

    private static void letGo(@Nullable Account account) {
        if (account != null) {
            account.release();
        }
    }

    /** Starts with the credentials of the environment. */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * What is to be done with that account, unless it is known to be down or not to be there; its connections stay open
     * until it is done.
     */
    <T> Mono<T> with(StorageAccount name, Function<Account, Mono<T>> work) {
        return Mono.defer(() -> unknown.getIfPresent(name.endpoint()) != null
                ? Mono.error(AzureFailures.noSuchAccount(null))
                : Mono.using(() -> claimed(name), account -> account.guard(work.apply(account)), Account::release)
                        .doOnError(AzureFailures::isNoSuchHost, failure -> forget(name)));
    }

    /** There is no such account: it needs no connections, and is not asked for again for a while. */
    private void forget(StorageAccount name) {
        unknown.put(name.endpoint(), true);
        accounts.invalidate(name);
    }

    private Account claimed(StorageAccount name) {
        Account account = account(name);
        while (!account.claim()) { // forgotten a moment ago
            account = account(name);
        }
        return account;
    }

    /** That account, as this process talks to it. */
    Account account(StorageAccount name) {
        if (closed) {
            throw new KVStoreException(Reason.UNAVAILABLE, "the store is closed");
        }
        Account known = accounts.getIfPresent(name);
        return known != null ? known : accounts.get(name, this::open);
    }

    private Account open(StorageAccount account) {
        AzureCredential.Signing signing = opened.computeIfAbsent(credentialOf(account), this::openCredential)
                .signing();
        if (signing != null) {
            trusted.check(account);
        }
        return new Account(
                account,
                netty == null ? login : netty.forAccount(account.name()),
                signing == null ? null : signing.of(account.name()),
                settings.sdkLogging(),
                settings.maxConnections(),
                nanoClock);
    }

    /** The one that the account names, else the one that is named like the account, else the default. */
    private String credentialOf(StorageAccount account) {
        return account.credential().isEmpty()
                        && credentials.named(account.name()).isPresent()
                ? account.name()
                : account.credential();
    }

    private Opened openCredential(String name) {
        AzureCredential credential = credentials
                .named(name)
                .orElseThrow(() -> new KVStoreException(
                        Reason.UNAVAILABLE, "this server has no credential for the resource's storage account"));
        return new Opened(credential.open(login));
    }

    /** The addresses of this machine that others can be reached from; one family, in a fixed order. */
    public static List<InetAddress> localAddresses() {
        return SourceAddresses.usable();
    }

    /** The longest silence of the storage that is borne. */
    Duration readTimeout() {
        return settings.readTimeout();
    }

    /** What carries connections, with Netty. For tests. */
    EventLoopGroup eventLoops() {
        return Objects.requireNonNull(netty).eventLoops();
    }

    int accountsDown() {
        return (int) accounts.asMap().values().stream().filter(Account::isDown).count();
    }

    /** Whether TLS runs natively, at less than half the CPU of the JDK's. */
    public boolean hasNativeTls() {
        return settings.transport() == Transport.NETTY && OpenSsl.isAvailable();
    }

    /** Closes all connections. */
    @Override
    public void close() {
        closed = true;
        readingAgain.dispose();
        accounts.invalidateAll();
        if (login instanceof NettyTransport connections) {
            connections.close();
        }
        if (login instanceof ForeignTransport connections) {
            connections.close();
        }
        if (netty != null) {
            netty.close();
        }
    }

    /** Transport and TLS engine, for the line that a server says when it starts. */
    @Override
    public String toString() {
        String tls = hasNativeTls() ? "BoringSSL" : "the JDK's";
        String sources = settings.sourceAddresses().isEmpty()
                ? ""
                : ", from " + settings.sourceAddresses().size() + " addresses";
        String connections = settings.transport() == Transport.JDK
                ? ""
                : ", " + settings.maxConnections() + " connections an account";
        return "HTTP by " + settings.transport() + ", TLS " + tls + connections + sources;
    }

    /** Settings of an {@link AzureClient}. */
    public static final class Builder {
        private @Nullable AzureCredentials credentials;
        private Transport transport = Transport.NETTY;
        private int maxConnections = 100;
        private Duration dnsCache = Duration.ofMinutes(5);
        private Duration connectTimeout = Duration.ofSeconds(2);
        private Duration readTimeout = Duration.ofSeconds(10);
        private List<InetAddress> sourceAddresses = List.of();
        private Optional<X509Certificate> trusted = Optional.empty();
        private Optional<InetSocketAddress> nameServer = Optional.empty();
        private boolean sdkLogging;
        private final List<String> trustedSuffixes = new ArrayList<>(TrustedEndpoints.AZURE);
        private final List<URI> trustedAddresses = new ArrayList<>();
        private final List<URI> trustedAccounts = new ArrayList<>();
        private LongSupplier nanoClock = System::nanoTime;
        /** Reactor's for what blocks: no thread of our own for a file or two every half a minute. */
        private Scheduler scheduler = Schedulers.boundedElastic();

        private Builder() {}

        /** What accounts are opened with. */
        public Builder credentials(AzureCredentials all) {
            credentials = all;
            return this;
        }

        /** What carries requests; Netty by default. */
        public Builder transport(Transport kind) {
            transport = kind;
            return this;
        }

        /** Connections held open to one account, 1 or more; 100 by default. */
        public Builder maxConnectionsPerAccount(int connections) {
            maxConnections = connections;
            return this;
        }

        /**
         * How long a connection may take to be made, and how long the storage may be silent; 2 s and 10 s by default.
         */
        public Builder timeouts(Duration connect, Duration read) {
            connectTimeout = connect;
            readTimeout = read;
            return this;
        }

        /** How long an answer of the name service is used, 1 s or more; 300 s by default. */
        public Builder dnsCache(Duration time) {
            dnsCache = time;
            return this;
        }

        /**
         * Addresses of this machine that connections are made from, in turn; none, the default, leaves it to the
         * system. All IPv4 or all IPv6: accounts' names are looked up for that family.
         */
        public Builder sourceAddresses(List<InetAddress> addresses) {
            sourceAddresses = List.copyOf(addresses);
            return this;
        }

        /** Asks that name server and no other, with Netty. For tests. */
        Builder nameServer(InetSocketAddress address) {
            nameServer = Optional.of(address);
            return this;
        }

        /** Trusts that certificate and no other: of an emulator. */
        Builder trust(X509Certificate certificate) {
            trusted = Optional.of(certificate);
            return this;
        }

        /**
         * Lets credentials be sent to accounts at hosts of that suffix too, {@code acme.blob.example.com}, over HTTPS.
         * Those of Azure's clouds need not be named; accounts at any other address fail, unless they need no
         * credential.
         */
        public Builder trustSuffix(String suffix) {
            trustedSuffixes.add(suffix.startsWith(".") ? suffix : "." + suffix);
            return this;
        }

        /**
         * Lets credentials be sent to that host and port too, whatever account is in the path, in the clear if it says
         * http: of an emulator.
         */
        public Builder trustAddress(URI address) {
            trustedAddresses.add(address);
            return this;
        }

        /** Lets credentials be sent to the account at that address too, to no other there: of a configuration store. */
        public Builder trustAccount(URI endpoint) {
            trustedAccounts.add(endpoint);
            return this;
        }

        /** Lets the SDK log every request with its headers, secrets left out; off by default. */
        public Builder sdkLogging(boolean on) {
            sdkLogging = on;
            return this;
        }

        /** A monotonic clock in nanoseconds; {@link System#nanoTime} by default. For tests. */
        public Builder nanoClock(LongSupplier clock) {
            nanoClock = clock;
            return this;
        }

        /** Reads files with secrets again. For tests. */
        Builder scheduler(Scheduler other) {
            scheduler = other;
            return this;
        }

        /**
         * Opens no connection yet.
         *
         * @throws IllegalArgumentException for a setting that cannot be used, or not with the transport
         */
        public AzureClient build() {
            return new AzureClient(this);
        }
    }
}
