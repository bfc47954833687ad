package io.kvstore.azure;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The HTTP client that carries requests to Azure. */
public enum Transport {
    /** Netty on the event loops of the platform: payloads go out and come in without a copy on the heap. The default. */
    NETTY,
    /** The JDK's own client. Payloads pass through arrays; no source addresses, no bound on connections. */
    JDK,
    /** OkHttp. Payloads pass through arrays; no source addresses. */
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
