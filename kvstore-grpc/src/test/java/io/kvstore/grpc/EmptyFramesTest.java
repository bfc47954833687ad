package io.kvstore.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvstore.api.ReadResult;
import io.kvstore.api.StoreId;
import io.kvstore.protos.ReadResponse;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A peer may send an empty DATA frame at any place: the failure was a thread that never ended, and a read that failed. */
class EmptyFramesTest {

    private static final int MEGABYTE = 1 << 20;

    private static final int FRAME_BYTES = 16_384;

    /** What comes before the empty frames: more than is counted for a message before it comes. */
    private static final int PART = 5 * MEGABYTE;

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void a_write_with_empty_frames_in_its_payload_is_stored(int emptyFrames) throws Exception {
        byte[] payload = bytes(PART + 8000);
        byte[] message = RawHttp2.message(
                WireFixture.write(WireFixture.chunk(1, 0, payload)).toByteArray());
        ScriptedStores stores = new ScriptedStores();
        stores.contents = payload; // so that it keeps what is written
        try (WireFixture wire = WireFixture.serving(stores);
                Socket socket = new Socket(InetAddress.getLoopbackAddress(), wire.server.port())) {
            socket.setSoTimeout(30_000);
            OutputStream out = socket.getOutputStream();
            DataInputStream in = new DataInputStream(socket.getInputStream());
            out.write(RawHttp2.clientPreface());
            RawHttp2.takeSettings(in, out);
            out.write(RawHttp2.frame(
                    RawHttp2.HEADERS, RawHttp2.END_HEADERS, 1, RawHttp2.call("/kvstore.KVStoreService/Write")));
            writeData(out, 1, message, 0, PART);
            // Alone: else gRPC puts all frames into one flat list, and all goes well.
            WireFixture.await("the first part is taken in", () -> wire.server.bytesInFlight() >= PART - 5);
            writeEmpty(out, 1, emptyFrames);
            writeData(out, 1, message, PART, message.length);
            out.write(RawHttp2.frame(RawHttp2.DATA, RawHttp2.END_STREAM, 1));

            RawHttp2.Frame last = RawHttp2.readFrame(in);
            while (!last.endsStream()) {
                last = RawHttp2.readFrame(in);
            }
        }
        assertThat(stores.written).containsExactly(payload);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void a_read_with_empty_frames_in_its_payload_is_answered(int emptyFrames) throws Exception {
        byte[] payload = bytes(PART + MEGABYTE);
        long before = LandingRegions.shared().heldBytes();
        try (ServerSocket door = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                GrpcKVStores client =
                        GrpcKVStores.builder("127.0.0.1:" + door.getLocalPort()).build()) {
            var unused = CompletableFuture.runAsync(() -> answerOneRead(door, payload, emptyFrames));
            try (ReadResult result = client.store(new StoreId(WireFixture.RESOURCE, WireFixture.CONTAINER))
                    .read("loc")
                    .get(30, TimeUnit.SECONDS)) {
                assertThat(result.chunk().orElseThrow().payload().toByteArray()).isEqualTo(payload);
            }
        }
        WireFixture.await("no region is held", () -> LandingRegions.shared().heldBytes() == before);
    }

    private static void answerOneRead(ServerSocket door, byte[] payload, int emptyFrames) {
        byte[] message = RawHttp2.message(ReadResponse.newBuilder()
                .setSuccess(true)
                .setFound(true)
                .setChunk(WireFixture.chunk(1, 0, payload))
                .build()
                .toByteArray());
        try (Socket socket = door.accept()) {
            socket.setSoTimeout(30_000);
            DataInputStream in = new DataInputStream(socket.getInputStream());
            OutputStream out = socket.getOutputStream();
            RawHttp2.readPreface(in);
            out.write(RawHttp2.frame(RawHttp2.SETTINGS, 0, 0));
            RawHttp2.takeSettings(in, out);
            RawHttp2.Frame asked = RawHttp2.readFrame(in);
            while (!asked.endsStream()) {
                asked = RawHttp2.readFrame(in);
            }
            int stream = asked.stream();
            out.write(RawHttp2.frame(RawHttp2.HEADERS, RawHttp2.END_HEADERS, stream, RawHttp2.answer()));
            writeData(out, stream, message, 0, PART);
            writeEmpty(out, stream, emptyFrames);
            writeData(out, stream, message, PART, message.length);
            out.write(RawHttp2.frame(
                    RawHttp2.HEADERS, RawHttp2.END_HEADERS | RawHttp2.END_STREAM, stream, RawHttp2.ok()));
            while (in.read() >= 0) {
                // Until the client goes.
            }
        } catch (IOException gone) {
            // The client's side of it is what counts.
        }
    }

    private static void writeData(OutputStream out, int stream, byte[] message, int from, int to) throws IOException {
        for (int at = from; at < to; at += FRAME_BYTES) {
            byte[] data = Arrays.copyOfRange(message, at, Math.min(to, at + FRAME_BYTES));
            out.write(RawHttp2.frame(RawHttp2.DATA, 0, stream, data));
        }
    }

    private static void writeEmpty(OutputStream out, int stream, int frames) throws IOException {
        for (int i = 0; i < frames; i++) {
            out.write(RawHttp2.frame(RawHttp2.DATA, 0, stream));
        }
    }

    private static byte[] bytes(int count) {
        byte[] bytes = new byte[count];
        new Random(count).nextBytes(bytes);
        return bytes;
    }
}
