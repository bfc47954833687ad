package io.kvstore.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

class ListenerTest {

    private static final byte[] HANDSHAKE_OF_16_KIB = {22, 3, 3, 64, 0};

    /** A byte of a TLS record every 20 ms, to everybody. */
    private static void serve(ServerSocket server) {
        while (!server.isClosed()) {
            try (Socket socket = server.accept()) {
                OutputStream out = socket.getOutputStream();
                out.write(HANDSHAKE_OF_16_KIB);
                while (true) {
                    out.write(0);
                    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
                }
            } catch (IOException gone) {
                // The next one.
            }
        }
    }

    /** The failure: each byte began the patience anew, and a command that had failed said so minutes later. */
    @Test
    void a_server_that_sends_a_byte_now_and_then_is_not_waited_for() throws IOException {
        try (ServerSocket server = new ServerSocket(0, 2, InetAddress.getLoopbackAddress())) {
            Thread thread = new Thread(() -> serve(server), "slow-server");
            thread.setDaemon(true);
            thread.start();

            assertThat(assertTimeoutPreemptively(
                            Duration.ofMinutes(1), () -> Listener.at("127.0.0.1:" + server.getLocalPort(), 500)))
                    .isEqualTo(Listener.UNKNOWN);
        }
    }
}
