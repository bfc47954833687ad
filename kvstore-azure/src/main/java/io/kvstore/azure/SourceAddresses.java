package io.kvstore.azure;

import io.netty.util.NetUtil;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whose turn it is to be the address that a request is sent from. One that fails is passed over for half a minute,
 * unless all are:
 *
 * <ul>
 *   <li>that the machine does not have it is said at once, and holds for all accounts;
 *   <li>that an account was not reached from it may be the account's fault, and is the address's only if the account
 *       is reached from another before and after, and that has not failed between: then for this account. After an
 *       outage one address is the first to work again, and says nothing about the others;
 *   <li>when two accounts have found so, and none was reached from it meanwhile, for all. So no account, which may
 *       be anybody's, takes an address from others.
 * </ul>
 *
 * <p>Threading: one lock, held for a look at each address.
 */
final class SourceAddresses {

    private static final Logger LOG = LoggerFactory.getLogger(SourceAddresses.class);
    private static final Duration PASSED_OVER_FOR = Duration.ofSeconds(30);
    private static final int SEVERAL = 2;

    private final List<InetAddress> addresses;
    private final boolean isIpv6;
    private final LongSupplier nanoClock;

    // Guarded by this.
    private final List<Source> sources;
    private int turn;

    /** @param addresses of one family */
    SourceAddresses(List<InetAddress> addresses, LongSupplier nanoClock) {
        this.addresses = List.copyOf(addresses);
        this.isIpv6 = addresses.stream().anyMatch(Inet6Address.class::isInstance);
        this.nanoClock = nanoClock;
        this.sources = addresses.stream().map(Source::new).toList();
    }

    /** The addresses as one account is reached from them. */
    OfAccount forAccount() {
        return new OfAccount();
    }

    /** What is true for half a minute. */
    private final class Spell {
        private boolean begun;
        private long beganNanos;

        /** Whether it did not last already. */
        boolean begin() {
            boolean fresh = !lasts();
            beginAt(nanoClock.getAsLong());
            return fresh;
        }

        void beginAt(long nanos) {
            begun = true;
            beganNanos = nanos;
        }

        boolean lasts() {
            return begun && nanoClock.getAsLong() - beganNanos < PASSED_OVER_FOR.toNanos();
        }

        /** Whether it lasts, and did not begin before the other. */
        boolean lastsSince(Spell other) {
            return lasts() && beganNanos - other.beganNanos >= 0;
        }

        void end() {
            begun = false;
        }
    }

    private final class Source {
        final InetAddress address;
        final Spell passedOver = new Spell();
        /** Accounts that were reached from others, but not from here. */
        final Set<OfAccount> missedBy = new HashSet<>();

        Source(InetAddress address) {
            this.address = address;
        }

        void passOver(String why) {
            if (passedOver.begin()) {
                LOG.warn(
                        "Source address is passed over: address={} why='{}' seconds={}",
                        address.getHostAddress(),
                        why,
                        PASSED_OVER_FOR.toSeconds());
            }
        }
    }

    /** One account's view. */
    final class OfAccount {

        // Guarded by the addresses, in their order.
        private final List<Spell> unreached =
                sources.stream().map(source -> new Spell()).toList();
        /** Begun when it answered last, over when it did not. */
        private final List<Spell> worked =
                sources.stream().map(source -> new Spell()).toList();

        private final List<Spell> passedOver =
                sources.stream().map(source -> new Spell()).toList();

        private OfAccount() {}

        /**
         * The next address; nothing leaves the choice to the routing table.
         *
         * @param host a name, or an address, which is reached from its own family alone
         * @param failed from where the call has failed before: another one, if there is one
         */
        Optional<InetAddress> next(String host, Optional<InetAddress> failed) {
            boolean toIpv6 = host.startsWith("[");
            if (addresses.isEmpty() || ((toIpv6 || NetUtil.isValidIpV4Address(host)) && toIpv6 != isIpv6)) {
                return Optional.empty();
            }
            synchronized (SourceAddresses.this) {
                List<InetAddress> others = new ArrayList<>();
                List<InetAddress> well = new ArrayList<>();
                for (int i = 0; i < sources.size(); i++) {
                    Source source = sources.get(i);
                    if (failed.filter(source.address::equals).isPresent()) {
                        continue;
                    }
                    others.add(source.address);
                    if (!source.passedOver.lasts() && !passedOver.get(i).lasts()) {
                        well.add(source.address);
                    }
                }
                List<InetAddress> choice = !well.isEmpty() ? well : !others.isEmpty() ? others : addresses;
                return Optional.of(choice.get(Math.floorMod(turn++, choice.size())));
            }
        }

        /** The machine has no such address, or not any more. */
        void cannotBind(InetAddress address) {
            synchronized (SourceAddresses.this) {
                sources.get(indexOf(address)).passOver("the machine does not have it");
            }
        }

        /**
         * No connection could be made from there.
         *
         * @param triedNanos when it was begun, by the clock
         */
        void failed(InetAddress address, long triedNanos) {
            synchronized (SourceAddresses.this) {
                unreached.get(indexOf(address)).beginAt(triedNanos);
                worked.get(indexOf(address)).end();
            }
        }

        /** The account has answered from there. */
        void worked(InetAddress address) {
            synchronized (SourceAddresses.this) {
                int here = indexOf(address);
                Spell workedHere = worked.get(here);
                for (int i = 0; i < sources.size(); i++) {
                    if (i != here && workedHere.lasts() && unreached.get(i).lastsSince(workedHere)) {
                        missed(i);
                    }
                }
                workedHere.begin();
                unreached.get(here).end();
                passedOver.get(here).end();
                sources.get(here).passedOver.end();
                sources.get(here).missedBy.clear();
            }
        }

        private void missed(int index) {
            unreached.get(index).end();
            passedOver.get(index).begin();
            Source source = sources.get(index);
            source.missedBy.removeIf(account -> !account.passedOver.get(index).lasts());
            source.missedBy.add(this);
            if (source.missedBy.size() >= SEVERAL) {
                source.passOver("accounts are reached from others only");
            }
        }

        private int indexOf(InetAddress address) {
            return addresses.indexOf(address);
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
