package io.kvstore.azure;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * How requests are carried, whatever carries them.
 *
 * @param maxConnections connections held open to one account
 * @param dnsCache how long an answer of the name service is used
 * @param connectTimeout for one connection to be made
 * @param readTimeout the longest silence of the storage in the middle of an answer, and before it
 * @param trusted the only certificate that is trusted, for an emulator; empty for what the JDK trusts
 * @param nameServer who is asked for names; empty for whom the system asks
 * @param sourceAddresses what connections are made from, in turn, of one family; empty leaves it to the routing table
 */
record TransportSettings(
        Transport transport,
        int maxConnections,
        Duration dnsCache,
        Duration connectTimeout,
        Duration readTimeout,
        List<InetAddress> sourceAddresses,
        Optional<X509Certificate> trusted,
        Optional<InetSocketAddress> nameServer,
        boolean sdkLogging) {

    TransportSettings {
        atLeast("maxConnections", maxConnections, 1);
        atLeast("dnsCache in seconds", dnsCache.toSeconds(), 1);
        atLeast("connectTimeout in ms", connectTimeout.toMillis(), 1);
        atLeast("readTimeout in ms", readTimeout.toMillis(), 1);
        sourceAddresses = List.copyOf(sourceAddresses);
        if (sourceAddresses.stream()
                        .map(Inet6Address.class::isInstance)
                        .distinct()
                        .count()
                > 1) {
            // A name is looked up for the addresses that connections are made from: one of them would never be used.
            throw new IllegalArgumentException("sourceAddresses: both IPv4 and IPv6 (expected: one of them)");
        }
        if (!sourceAddresses.isEmpty() && transport != Transport.NETTY) {
            throw new IllegalArgumentException(
                    "transport " + transport + " cannot choose source addresses (expected: netty)");
        }
    }

    private static void atLeast(String name, long value, long least) {
        if (value < least) {
            throw new IllegalArgumentException(name + ": " + value + " (expected: " + least + " or more)");
        }
    }
}
