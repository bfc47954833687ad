package io.kvstore.grpc;

import static io.kvstore.grpc.WireFixture.await;
import static io.kvstore.grpc.WireFixture.read;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A client that opens streams and resets them at once, without end (CVE-2023-44487): frames written by hand. */
class RapidResetTest {

    private static final String STREAMING_READ = "/kvstore.KVStoreService/StreamingRead";
    private static final int RST_STREAM = 3;
    private static final int GO_AWAY = 7;
    private static final int ENHANCE_YOUR_CALM = 11;
    private static final int CANCEL = 8;

    /** Beyond the 2,000 of 10 s that the server allows, and far from what a client does that only gives calls up. */
    private static final int RESETS = 20_000;

    private final ScriptedStores stores = new ScriptedStores();

    @Test
    void a_flood_of_resets_ends_its_connection_and_nobody_elses() throws Exception {
        stores.answering = false;
        try (WireFixture wire = WireFixture.serving(stores);
                Socket socket = new Socket(InetAddress.getLoopbackAddress(), wire.server.port())) {
            socket.setSoTimeout(30_000);
            socket.getOutputStream().write(RawHttp2.clientPreface());
            flood(socket);

            assertThat(goAwayCodes(socket)).contains(ENHANCE_YOUR_CALM);
            await("nothing of it is under way", () -> wire.server.activeCalls() == 0);
            assertThat(wire.server.bytesInFlight()).isZero();
            stores.answering = true;
            assertThat(wire.patient().read(read("loc")).getFound()).isTrue();
        }
    }

    /** Until the server closes, which it does while this writes. */
    private static void flood(Socket socket) {
        byte[] call = RawHttp2.call(STREAMING_READ);
        byte[] cancel = ByteBuffer.allocate(4).putInt(CANCEL).array();
        try {
            for (int i = 0; i < RESETS; i++) {
                int stream = 2 * i + 1;
                ByteArrayOutputStream frames = new ByteArrayOutputStream();
                frames.write(RawHttp2.frame(RawHttp2.HEADERS, RawHttp2.END_HEADERS, stream, call));
                frames.write(RawHttp2.frame(RST_STREAM, 0, stream, cancel));
                socket.getOutputStream().write(frames.toByteArray());
            }
        } catch (IOException closed) {
            // As it should.
        }
    }

    private static List<Integer> goAwayCodes(Socket socket) throws IOException {
        List<Integer> codes = new ArrayList<>();
        DataInputStream in = new DataInputStream(socket.getInputStream());
        try {
            while (true) {
                RawHttp2.Frame frame = RawHttp2.readFrame(in);
                if (frame.type() == GO_AWAY) {
                    codes.add(frame.payload().getInt(4));
                }
            }
        } catch (EOFException | SocketException closed) {
            return codes;
        }
    }
}
