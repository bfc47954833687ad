package io.kvstore.server;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.StandardSocketOptions;
import java.net.UnknownHostException;
import java.nio.channels.SocketChannel;

/** Looks at an address before anything is made for the sake of a server that could not listen there. */
final class ListenAddress {

    private ListenAddress() {}

    /**
     * Takes the address for a moment.
     *
     * @param shared whether others listen there, and may go on
     * @throws StartFailure when that is not possible
     */
    static void check(String host, int port, boolean shared) throws StartFailure {
        InetSocketAddress address = new InetSocketAddress(host, port);
        if (address.isUnresolved()) {
            throw new StartFailure(
                    "cannot listen on '" + host + "': unknown host (--host)", new UnknownHostException(host));
        }
        try {
            if (shared) {
                takeShared(address);
            } else {
                take(address);
            }
        } catch (IOException e) {
            throw new StartFailure("cannot listen on " + host + ":" + port + ": " + OneLine.of(FileFailure.text(e)), e);
        }
    }

    private static void take(InetSocketAddress address) throws IOException {
        try (ServerSocket free = new ServerSocket()) {
            free.bind(address);
        }
    }

    // Taken and not listened on: the kernel would send connections here that are meant for those who serve.
    private static void takeShared(InetSocketAddress address) throws IOException {
        try (SocketChannel free = SocketChannel.open()) {
            free.setOption(StandardSocketOptions.SO_REUSEADDR, true);
            free.setOption(StandardSocketOptions.SO_REUSEPORT, true);
            free.bind(address);
        } catch (UnsupportedOperationException e) {
            throw new IOException("this system does not share ports", e);
        }
    }
}
