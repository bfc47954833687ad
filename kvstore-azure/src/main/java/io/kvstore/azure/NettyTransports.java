package io.kvstore.azure;

import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.resolver.AddressResolverGroup;
import io.netty.resolver.ResolvedAddressTypes;
import io.netty.resolver.dns.DnsAddressResolverGroup;
import io.netty.resolver.dns.SingletonDnsServerAddressStreamProvider;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.netty.ChannelPipelineConfigurer;
import reactor.netty.http.Http11SslContextSpec;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;
import reactor.netty.resources.LoopResources;
import reactor.netty.tcp.SslProvider;

/**
 * What the transports of all accounts share: the event loops, the name service's answers, the source addresses. The
 * pool of connections is each account's own.
 */
final class NettyTransports implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(NettyTransports.class);

    // Shorter than the service keeps an idle connection, which would be cut while a request is being sent.
    static final Duration MAX_IDLE = Duration.ofSeconds(30);
    private static final Duration MAX_LIFE = Duration.ofMinutes(10);
    private static final Duration EVICTION = Duration.ofSeconds(15);
    private static final int MAX_WAITING_CALLS = 10_000;
    private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(5);

    /** 8 KiB of metadata and the other headers; Netty's own limit is 8 KiB for all. */
    private static final int MAX_HEADER_BYTES = 32 * 1024;

    /** A body arrives in the slices that it was read from the socket in; Netty would cut them to 8 KiB, 150 for a chunk. */
    private static final int MAX_SLICE_BYTES = 1 << 20;

    private final TransportSettings settings;
    private final LoopResources loops =
            LoopResources.create("kvstore-azure", LoopResources.DEFAULT_IO_WORKER_COUNT, true);
    private final AddressResolverGroup<?> anyFamily;
    private final AddressResolverGroup<?> ipv4;
    private final AddressResolverGroup<?> ipv6;
    private final SourceAddresses sources;
    private final LongSupplier nanoClock;
    private final ChannelPipelineConfigurer tellCall;

    NettyTransports(TransportSettings settings, LongSupplier nanoClock) {
        this.settings = settings;
        this.nanoClock = nanoClock;
        this.tellCall = (observer, channel, remote) -> NettyTransport.tellCall(observer, channel, nanoClock);
        this.sources = new SourceAddresses(settings.sourceAddresses(), nanoClock);
        this.anyFamily = resolver(ResolvedAddressTypes.IPV4_PREFERRED);
        this.ipv4 = resolver(ResolvedAddressTypes.IPV4_ONLY);
        this.ipv6 = resolver(ResolvedAddressTypes.IPV6_ONLY);
    }

    /** All of one group. */
    EventLoopGroup eventLoops() {
        return loops.onClient(LoopResources.DEFAULT_NATIVE);
    }

    private AddressResolverGroup<?> resolver(ResolvedAddressTypes families) {
        HttpClient holder = HttpClient.newConnection().runOn(loops).resolver(names -> {
            names.cacheMaxTimeToLive(settings.dnsCache())
                    .cacheMinTimeToLive(settings.dnsCache())
                    .roundRobinSelection(true)
                    .resolvedAddressTypes(families);
            settings.nameServer()
                    .ifPresent(server -> names.dnsAddressResolverGroupProvider(dns -> new DnsAddressResolverGroup(
                            dns.nameServerProvider(new SingletonDnsServerAddressStreamProvider(server)))));
        });
        return Objects.requireNonNull(holder.configuration().resolver());
    }

    /** A transport for one account. */
    NettyTransport forAccount(String account) {
        ConnectionProvider pool = ConnectionProvider.builder("kvstore-azure-" + account)
                .maxConnections(connectionsEach())
                .pendingAcquireMaxCount(MAX_WAITING_CALLS)
                .pendingAcquireTimeout(Duration.ofMinutes(1)) // a call's own deadline comes first
                .maxIdleTime(MAX_IDLE)
                .maxLifeTime(MAX_LIFE)
                .evictInBackground(EVICTION)
                .lifo()
                .build();
        HttpClient direct = client(pool).resolver(anyFamily);
        Map<InetAddress, HttpClient> bound = new HashMap<>();
        for (InetAddress source : settings.sourceAddresses()) {
            bound.put(
                    source,
                    client(pool)
                            .resolver(source instanceof Inet6Address ? ipv6 : ipv4)
                            .bindAddress(() -> new InetSocketAddress(source, 0)));
        }
        return new NettyTransport(direct, Map.copyOf(bound), sources.forAccount(), pool, nanoClock);
    }

    /** A transport for what is no account: not spread, for the address of the machine's identity is reached by its own way. */
    NettyTransport forLogin() {
        ConnectionProvider pool = ConnectionProvider.builder("kvstore-azure-login")
                .maxConnections(4)
                .maxIdleTime(MAX_IDLE)
                .build();
        SourceAddresses.OfAccount none = new SourceAddresses(List.of(), nanoClock).forAccount();
        return new NettyTransport(client(pool).resolver(anyFamily), Map.of(), none, pool, nanoClock);
    }

    /** The pool counts connections by the address they come from, too. */
    private int connectionsEach() {
        int places = Math.max(1, settings.sourceAddresses().size());
        return Math.max(1, (settings.maxConnections() + places - 1) / places);
    }

    @SuppressWarnings("deprecation") // maxChunkSize: goes with Netty 4, and so does what it mends
    private HttpClient client(ConnectionProvider pool) {
        return secured(HttpClient.create(pool))
                .runOn(loops)
                .disableRetry(true) // the SDK retries, and nobody else
                .keepAlive(true)
                .responseTimeout(settings.readTimeout())
                .option(
                        ChannelOption.CONNECT_TIMEOUT_MILLIS,
                        Math.toIntExact(settings.connectTimeout().toMillis()))
                .doOnChannelInit(tellCall) // one for all: connections are pooled by it, too
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.SO_KEEPALIVE, true)
                .httpResponseDecoder(
                        decoder -> decoder.maxHeaderSize(MAX_HEADER_BYTES).maxChunkSize(MAX_SLICE_BYTES));
    }

    private HttpClient secured(HttpClient client) {
        return settings.trusted()
                .map(certificate -> client.secure(tls -> tls.sslContext(trusting(certificate))))
                .orElse(client);
    }

    private static SslProvider.GenericSslContextSpec<?> trusting(X509Certificate certificate) {
        return Http11SslContextSpec.forClient().configure(context -> context.trustManager(certificate));
    }

    @Override
    public void close() {
        try {
            loops.disposeLater(Duration.ZERO, CLOSE_PATIENCE).block(CLOSE_PATIENCE);
        } catch (IllegalStateException e) {
            LOG.warn("Event loops did not end in time: patienceSeconds={}", CLOSE_PATIENCE.toSeconds());
        }
    }
}
