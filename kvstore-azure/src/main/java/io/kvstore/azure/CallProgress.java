package io.kvstore.azure;

import java.net.InetAddress;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What one call's requests have seen of the network, whichever try it is. In the SDK's context, and in Reactor's.
 *
 * <p>Threading: safe for many threads.
 */
final class CallProgress {

    static final String KEY = "kvstore.progress";

    private volatile @Nullable ConnectionActivity connection;
    private volatile boolean waitsForUs;
    private volatile boolean unreached;
    private volatile Optional<InetAddress> failedFrom = Optional.empty();

    /** A request waits for a connection, ours to give. */
    void awaitsConnection() {
        connection = null;
    }

    /** One is being made for it, which begins with silence. */
    void connecting(ConnectionActivity made) {
        connection = made;
    }

    /** No connection could be made. */
    void notReached() {
        unreached = true;
    }

    /** It has one. */
    void acquired(ConnectionActivity acquired) {
        unreached = false;
        acquired.touch();
        connection = acquired;
    }

    /** Whether the storage waits for us to read on, and is silent for our sake. */
    void waitsForUs(boolean waits) {
        ConnectionActivity current = connection;
        if (!waits && current != null) {
            current.touch();
        }
        waitsForUs = waits;
    }

    /** A try has failed that went out from that address. */
    void failedFrom(InetAddress source) {
        failedFrom = Optional.of(source);
    }

    /** Where the last try that failed went out from. */
    Optional<InetAddress> failedFrom() {
        return failedFrom;
    }

    /** Whether the last connection that was to be made for it could not be. */
    boolean unreached() {
        return unreached;
    }

    /**
     * How long no byte has come or gone, though there is a connection for it or one is being made; 0 where there is
     * none, or nobody can tell.
     */
    long silentNanos(long nowNanos) {
        ConnectionActivity current = connection;
        return current == null || waitsForUs ? 0 : nowNanos - current.lastNanos();
    }
}
