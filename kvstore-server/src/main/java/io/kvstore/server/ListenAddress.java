package io.kvstore.server;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.UnknownHostException;

/** Looks at an address before anything is made for the sake of a server that could not listen there. */
final class ListenAddress {

    private ListenAddress() {}

    /**
     * Listens there for a moment.
     *
     * @throws StartFailure when that is not possible
     */
    static void check(String host, int port) throws StartFailure {
        InetSocketAddress address = new InetSocketAddress(host, port);
        if (address.isUnresolved()) {
            throw new StartFailure(
                    "cannot listen on '" + host + "': unknown host (--host)", new UnknownHostException(host));
        }
        try (ServerSocket free = new ServerSocket()) {
            free.bind(address);
        } catch (IOException e) {
            String why = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
            throw new StartFailure("cannot listen on " + host + ":" + port + ": " + OneLine.of(why), e);
        }
    }
}
