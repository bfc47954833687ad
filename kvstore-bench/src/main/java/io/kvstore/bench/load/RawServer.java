package io.kvstore.bench.load;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

/**
 * What the machine can do: a server of payloads on a plain TCP connection, from and to direct buffers, without a copy, a
 * thread a connection. It has the same payloads as the store it is compared with and goes through as much memory.
 */
final class RawServer {

    private static final int OUT_BYTES = 64 << 10;

    private final ServerSocketChannel listener;

    RawServer() throws IOException {
        listener = ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    }

    int port() throws IOException {
        return ((InetSocketAddress) listener.getLocalAddress()).getPort();
    }

    /** Serves until the process ends. */
    void serve() throws IOException {
        while (true) {
            SocketChannel accepted = listener.accept().setOption(StandardSocketOptions.TCP_NODELAY, true);
            Thread thread = new Thread(() -> serve(accepted), "raw-server");
            thread.setDaemon(true);
            thread.start();
        }
    }

    private static void serve(SocketChannel accepted) {
        try (SocketChannel channel = accepted) {
            new Connection(channel).serve();
        } catch (EOFException e) {
            // The client is done.
        } catch (IOException e) {
            System.err.println("raw server: " + e.getMessage());
        }
    }

    /** One connection, with the payloads its client asked for. */
    private static final class Connection {

        private final SocketChannel channel;
        private final Inbound in;
        private final ByteBuffer out = ByteBuffer.allocateDirect(OUT_BYTES);
        private PayloadSet payloads = new PayloadSet(0, 1);
        private ByteBuffer[] landing = {};
        private long landed;

        Connection(SocketChannel channel) {
            this.channel = channel;
            this.in = new Inbound(channel);
        }

        void serve() throws IOException {
            while (true) {
                boolean large = payloads.payloadBytes() >= Inbound.LARGE_BYTES;
                if (!in.has(RawDialect.REQUEST_BYTES)) {
                    flush();
                }
                ByteBuffer request = in.await(RawDialect.REQUEST_BYTES, large);
                int operation = request.getInt();
                int payloadBytes = request.getInt();
                long number = request.getLong();
                switch (operation) {
                    case RawDialect.OP_SET -> use(payloadBytes, number);
                    case RawDialect.OP_READ -> send(payloads.payload(number));
                    default -> answer(land(number, large));
                }
            }
        }

        private void use(int payloadBytes, long count) throws IOException {
            payloads = new PayloadSet(payloadBytes, (int) count);
            landing = new ByteBuffer[(int) count];
            for (int i = 0; i < landing.length; i++) {
                landing[i] = ByteBuffer.allocateDirect(payloadBytes);
            }
            answer(true);
        }

        private boolean land(long number, boolean large) throws IOException {
            ByteBuffer place = landing[(int) (landed % landing.length)].clear();
            if (large) {
                in.readInto(place);
            } else {
                ByteBuffer buffered = in.await(payloads.payloadBytes(), false);
                place.put(buffered.slice().limit(payloads.payloadBytes()));
                buffered.position(buffered.position() + payloads.payloadBytes());
            }
            return payloads.looksRight(number, place.flip(), landed++);
        }

        private void answer(boolean right) throws IOException {
            if (out.remaining() < RawDialect.WRITTEN_BYTES) {
                flush();
            }
            out.putLong(right ? RawDialect.RIGHT : RawDialect.WRONG);
        }

        private void send(ByteBuffer payload) throws IOException {
            if (payload.remaining() < Inbound.LARGE_BYTES) {
                if (out.remaining() < payload.remaining()) {
                    flush();
                }
                out.put(payload);
                return;
            }
            while (payload.hasRemaining()) {
                channel.write(payload);
            }
        }

        private void flush() throws IOException {
            out.flip();
            while (out.hasRemaining()) {
                channel.write(out);
            }
            out.clear();
        }
    }
}
