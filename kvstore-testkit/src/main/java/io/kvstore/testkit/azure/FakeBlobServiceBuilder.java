package io.kvstore.testkit.azure;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import javax.net.ssl.SSLEngine;

/** How a {@link FakeBlobService} is started. Not safe for use by several threads at once. */
public final class FakeBlobServiceBuilder {

    private static final int MAX_THREADS = 64;

    private String host = "127.0.0.1";
    private int port;
    private int threads = 1;
    private long maxBytes = 1L << 30;
    private boolean dropsOldest;
    private Supplier<Instant> clock = Instant::now;
    private Optional<Supplier<SSLEngine>> tls = Optional.empty();
    private final Map<String, String> keys = new HashMap<>();

    FakeBlobServiceBuilder() {}

    /** Address to listen on. Default: 127.0.0.1. */
    public FakeBlobServiceBuilder host(String address) {
        host = address;
        return this;
    }

    /** TCP port. Default: 0, any free one. */
    public FakeBlobServiceBuilder port(int tcpPort) {
        port = tcpPort;
        return this;
    }

    /** Event loops, 1 to {@value #MAX_THREADS}. Default: 1, which serves some GB/s. */
    public FakeBlobServiceBuilder threads(int count) {
        if (count < 1 || count > MAX_THREADS) {
            throw new IllegalArgumentException("threads: " + count + " (expected: 1 to " + MAX_THREADS + ")");
        }
        threads = count;
        return this;
    }

    /** Bytes of all bodies together, beyond which a put is answered with 507. Default: 1 GiB. */
    public FakeBlobServiceBuilder maxBytes(long bytes) {
        if (bytes < 1) {
            throw new IllegalArgumentException("maxBytes: " + bytes + " (expected: 1 or more)");
        }
        maxBytes = bytes;
        return this;
    }

    /** Whether the oldest blobs go when it is full, as a measurement that only writes wants it. Default: no. */
    public FakeBlobServiceBuilder dropsOldestWhenFull(boolean drops) {
        dropsOldest = drops;
        return this;
    }

    /** What time it is. Default: the system's. */
    public FakeBlobServiceBuilder clock(Supplier<Instant> time) {
        clock = time;
        return this;
    }

    /**
     * Serves HTTPS. It needs netty-handler on the class path. Default: HTTP.
     *
     * @param engines makes one for each connection, in server mode
     */
    public FakeBlobServiceBuilder tls(Supplier<SSLEngine> engines) {
        tls = Optional.of(engines);
        return this;
    }

    /**
     * Answers requests for that account with 403 unless they are signed with its key. Default: no signature is looked
     * at.
     *
     * @param base64 the key as Azure gives it
     */
    public FakeBlobServiceBuilder sharedKey(String account, String base64) {
        keys.put(account, base64);
        return this;
    }

    SharedKeys sharedKeys() {
        return new SharedKeys(Map.copyOf(keys));
    }

    Optional<Supplier<SSLEngine>> tls() {
        return tls;
    }

    InetSocketAddress address() {
        return new InetSocketAddress(host, port);
    }

    int threads() {
        return threads;
    }

    long maxBytes() {
        return maxBytes;
    }

    boolean dropsOldest() {
        return dropsOldest;
    }

    Supplier<Instant> clock() {
        return clock;
    }

    /** Starts it; it serves when this returns. */
    public FakeBlobService start() throws IOException {
        return new FakeBlobService(this);
    }
}
