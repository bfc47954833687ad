package io.kvstore.azure;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The HTTP client that carries requests to Azure. */
public enum Transport {
    /** Netty on the event loops of the platform: payloads go out and come in without a copy on the heap. The default. */
    NETTY,
    /**
     * The JDK's own client, which lacks what {@link #OKHTTP} lacks and more: nothing bounds the connections to an account, they
     * go when nobody has the client any more and not when it is closed, and where the JVM has one or two processors each answer
     * starts a thread. The SDK warns of the content length of each write, which means nothing.
     */
    JDK,
    /**
     * OkHttp. Payloads pass through arrays on the heap; TLS is the JDK's; there are no source addresses. Names are resolved and
     * remembered by the JVM ({@code networkaddress.cache.ttl}, 30 s by default), which does not tell that there is no such
     * name: a resource without an account is {@link io.kvstore.api.Reason#UNAVAILABLE}, not {@link
     * io.kvstore.api.Reason#NOT_FOUND}. An account is down for its failures alone, not for a silence that callers give up.
     * Connections are counted by host: accounts of an emulator share them.
     */
    OKHTTP;

    /** The transport of that name, as {@link #names()} has it. */
    public static Optional<Transport> named(String name) {
        return Arrays.stream(values())
                .filter(transport -> transport.toString().equals(name))
                .findFirst();
    }

    /** All names. */
    public static List<String> names() {
        return Arrays.stream(values()).map(Transport::toString).toList();
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
