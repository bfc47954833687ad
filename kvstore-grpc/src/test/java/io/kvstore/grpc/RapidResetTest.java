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
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A client that opens streams and resets them at once, without end (CVE-2023-44487): frames written by hand. */
class RapidResetTest {

    private static final int HEADERS = 1;
    private static final int RST_STREAM = 3;
    private static final int SETTINGS = 4;
    private static final int GO_AWAY = 7;
    private static final int END_HEADERS = 4;
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
            socket.getOutputStream().write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            socket.getOutputStream().write(frame(SETTINGS, 0, 0, new byte[0]));
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
        byte[] call = headerBlock();
        byte[] cancel = ByteBuffer.allocate(4).putInt(CANCEL).array();
        try {
            for (int i = 0; i < RESETS; i++) {
                int stream = 2 * i + 1;
                ByteArrayOutputStream frames = new ByteArrayOutputStream();
                frames.write(frame(HEADERS, END_HEADERS, stream, call));
                frames.write(frame(RST_STREAM, 0, stream, cancel));
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
                int length = in.readUnsignedByte() << 16 | in.readUnsignedShort();
                int type = in.readUnsignedByte();
                in.readUnsignedByte();
                in.readInt();
                byte[] payload = new byte[length];
                in.readFully(payload);
                if (type == GO_AWAY) {
                    codes.add(ByteBuffer.wrap(payload).getInt(4));
                }
            }
        } catch (EOFException | SocketException closed) {
            return codes;
        }
    }

    private static byte[] frame(int type, int flags, int stream, byte[] payload) {
        return ByteBuffer.allocate(9 + payload.length)
                .put((byte) (payload.length >> 16))
                .putShort((short) payload.length)
                .put((byte) type)
                .put((byte) flags)
                .putInt(stream)
                .put(payload)
                .array();
    }

    /** HPACK without its table: POST, http, and three literals. */
    private static byte[] headerBlock() {
        ByteArrayOutputStream block = new ByteArrayOutputStream();
        block.write(0x83);
        block.write(0x86);
        block.write(0x04);
        writeText(block, "/kvstore.KVStoreService/StreamingRead");
        block.write(0x00);
        writeText(block, "content-type");
        writeText(block, "application/grpc");
        block.write(0x00);
        writeText(block, "te");
        writeText(block, "trailers");
        return block.toByteArray();
    }

    private static void writeText(ByteArrayOutputStream out, String text) {
        out.write(text.length());
        out.writeBytes(text.getBytes(StandardCharsets.US_ASCII));
    }
}
