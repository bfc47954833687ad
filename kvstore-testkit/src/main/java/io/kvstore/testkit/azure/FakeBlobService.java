package io.kvstore.testkit.azure;

import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The blob service of Azure Storage over HTTP, or HTTPS, in memory, which fails as a test says:
 *
 * <pre>{@code
 * FakeBlobService azure = FakeBlobService.builder().start();
 * azure.next(RequestKind.PUT_BLOB).in("acme").fails(503, "ServerBusy", 1);
 * azure.every(RequestKind.GET_BLOB).in("acme").isHeld();       // until azure.releaseHeld()
 * azure.next(RequestKind.GET_BLOB).after(2).resetsAfter(1_000);
 * azure.endpoint("acme");                                      // what a client is given
 * }</pre>
 *
 * <p>It knows Put, Get, Head and Delete Blob, List Blobs, and containers; conditional headers, metadata and ranges. Accounts
 * are all there, containers are created, credentials are looked at for accounts that were given a key alone, checksums are
 * not checked; unlike Azure it takes what is too large or badly named. Of several rules for a request the one given last applies; a rule for the next request is
 * used up by it.
 *
 * <p>It is also a storage that costs next to nothing, for measuring what is in front of it: bodies stay in direct memory and
 * are sent from there. {@link FakeBlobProcess} runs it as a process of its own.
 *
 * <p>Threading: safe for many threads. It needs Netty on the class path: netty-codec-http, and netty-transport-native-epoll
 * where that is to be used.
 */
public final class FakeBlobService implements AutoCloseable {

    private static final long PATIENCE_SECONDS = 60;

    private final StoredBlobs stored;
    private final ServiceState state;
    private final HttpListener listener;
    private final String scheme;

    FakeBlobService(FakeBlobServiceBuilder settings) throws IOException {
        this.stored = new StoredBlobs(settings.maxBytes(), settings.dropsOldest());
        ServiceClock clock = new ServiceClock(settings.clock());
        ChannelGroup connections = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
        this.state = new ServiceState(
                new BlobOperations(stored, clock),
                clock,
                settings.sharedKeys(),
                new Faults(),
                new HeldRequests(),
                new Traffic(),
                connections,
                new AtomicLong());
        this.listener = HttpListener.start(settings, state);
        this.scheme = settings.tls().isPresent() ? "https" : "http";
    }

    public static FakeBlobServiceBuilder builder() {
        return new FakeBlobServiceBuilder();
    }

    /** Where it listens. */
    public InetSocketAddress address() {
        return listener.address();
    }

    /** The base address of that account's blob service, such as {@code http://127.0.0.1:40793/acme}. */
    public URI endpoint(String account) {
        InetSocketAddress address = address();
        return URI.create(scheme + "://" + address.getHostString() + ":" + address.getPort() + "/" + account);
    }

    /** Says what happens to the next request of that kind. */
    public FaultRule next(RequestKind kind) {
        return every(kind).times(1);
    }

    /** Says what happens to all requests of that kind from now on. */
    public FaultRule every(RequestKind kind) {
        return new FaultRule(state.faults(), request -> request.kind() == kind, Long.MAX_VALUE);
    }

    /** Says what happens to all requests from now on. */
    public FaultRule everyRequest() {
        return new FaultRule(state.faults(), request -> true, Long.MAX_VALUE);
    }

    /** Drops all rules and sets the clock right; what is held stays held. */
    public void heal() {
        state.faults().clear();
        skewClock(Duration.ZERO);
    }

    /** How many requests are held now whose clients still wait. */
    public int heldCount() {
        return state.held().count();
    }

    /**
     * Waits until so many requests are held.
     *
     * @throws AssertionError when they are not after a minute
     */
    public void awaitHeld(int count) throws InterruptedException {
        state.held().await(count, PATIENCE_SECONDS);
    }

    /** Lets those go on that are held now. Rules that hold stay. */
    public void releaseHeld() {
        state.held().releaseAll();
    }

    /** Makes the times in all later answers wrong by so much. */
    public void skewClock(Duration wrongBy) {
        state.clock().skew(wrongBy);
    }

    /** How many requests of that kind came, answered or not. */
    public long requestCount(RequestKind kind) {
        return state.traffic().count(kind);
    }

    /** How many of them came for that account. */
    public long requestCount(String account, RequestKind kind) {
        return state.traffic().count(account, kind);
    }

    /** How many bytes came from and went to each address of a client, headers included. */
    public Map<String, Long> bytesBySource() {
        return state.traffic().bytesBySource();
    }

    /** Sets the counts of requests and bytes to zero. */
    public void resetCounts() {
        state.traffic().reset();
    }

    /** How many connections are open now. */
    public int connectionCount() {
        return state.connections().size();
    }

    /** Closes all connections with a TCP reset, as when the service fails over; it goes on listening. */
    public void resetConnections() {
        listener.resetConnections();
    }

    /** The names of the blobs of a container, in order; none when there is no such container. */
    public List<String> blobNames(String account, String container) {
        return stored.container(account, container)
                .map(blobs -> List.copyOf(blobs.keySet()))
                .orElse(List.of());
    }

    /** Ends it, whatever is under way, and forgets all blobs. Closing again does nothing. */
    @Override
    public void close() {
        listener.close();
        stored.clear();
    }
}
