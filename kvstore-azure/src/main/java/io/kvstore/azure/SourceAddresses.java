package io.kvstore.azure;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whose turn it is to be the address that a request is sent from. An address that fails is passed over for a while; when all
 * fail, none is, for then it is not the address.
 *
 * <p>Threading: lock-free.
 */
final class SourceAddresses {

    private static final Logger LOG = LoggerFactory.getLogger(SourceAddresses.class);
    private static final Duration PASSED_OVER_FOR = Duration.ofSeconds(30);

    private final List<InetAddress> addresses;
    private final LongSupplier nanoClock;
    private final AtomicInteger turn = new AtomicInteger();

    // 0 for an address that is well.
    private final AtomicLongArray passedOverUntilNanos;

    SourceAddresses(List<InetAddress> addresses, LongSupplier nanoClock) {
        this.addresses = List.copyOf(addresses);
        this.nanoClock = nanoClock;
        this.passedOverUntilNanos = new AtomicLongArray(addresses.size());
    }

    /** The next address of the target's family; nothing leaves the choice to the routing table. */
    Optional<InetAddress> next(boolean toIpv6) {
        InetAddress first = null;
        for (int i = 0; i < addresses.size(); i++) {
            int index = Math.floorMod(turn.getAndIncrement(), addresses.size());
            InetAddress address = addresses.get(index);
            if (toIpv6 != address instanceof Inet6Address) {
                continue;
            }
            first = first == null ? address : first;
            long untilNanos = passedOverUntilNanos.get(index);
            if (untilNanos == 0 || nanoClock.getAsLong() - untilNanos >= 0) {
                return Optional.of(address);
            }
        }
        return Optional.ofNullable(first);
    }

    /** No connection could be made from {@code address}. */
    void failed(InetAddress address) {
        int index = addresses.indexOf(address);
        if (index < 0) {
            return;
        }
        long untilNanos = nanoClock.getAsLong() + PASSED_OVER_FOR.toNanos();
        if (passedOverUntilNanos.getAndSet(index, untilNanos == 0 ? 1 : untilNanos) == 0) {
            LOG.warn(
                    "No connection from this source address, passed over: address={} seconds={}",
                    address.getHostAddress(),
                    PASSED_OVER_FOR.toSeconds());
        }
    }

    /** A connection was made from {@code address}. */
    void worked(InetAddress address) {
        int index = addresses.indexOf(address);
        if (index >= 0 && passedOverUntilNanos.get(index) != 0) {
            passedOverUntilNanos.set(index, 0);
        }
    }

    /** The machine's addresses that can reach others: up, not loopback, not link-local; in a fixed order. */
    static List<InetAddress> usable() {
        List<InetAddress> found = new ArrayList<>();
        try {
            for (NetworkInterface nic : Collections.list(NetworkInterface.getNetworkInterfaces())) {
                if (nic.isUp() && !nic.isLoopback() && !nic.isPointToPoint()) {
                    nic.getInterfaceAddresses().forEach(bound -> found.add(bound.getAddress()));
                }
            }
        } catch (SocketException e) {
            LOG.warn("Cannot list the machine's addresses, the routing table chooses", e);
            return List.of();
        }
        found.removeIf(address -> address.isLoopbackAddress()
                || address.isLinkLocalAddress()
                || address.isAnyLocalAddress()
                || address.isMulticastAddress());
        // One family: a name is looked up for the addresses that connections are made from, and every account has IPv4.
        if (found.stream().anyMatch(Inet4Address.class::isInstance)) {
            found.removeIf(Inet6Address.class::isInstance);
        }
        found.sort((a, b) -> java.util.Arrays.compareUnsigned(a.getAddress(), b.getAddress()));
        return List.copyOf(found);
    }

    @Override
    public String toString() {
        return addresses.toString();
    }
}
