package io.kvstore.grpc;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Frames written by hand, for what no HTTP/2 library sends. */
final class RawHttp2 {

    static final int DATA = 0;
    static final int HEADERS = 1;
    static final int SETTINGS = 4;

    static final int END_STREAM = 1;
    private static final int ACK = 1;
    static final int END_HEADERS = 4;

    private static final byte[] PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private RawHttp2() {}

    record Frame(int type, int flags, int stream, ByteBuffer payload) {

        boolean endsStream() {
            return (type == DATA || type == HEADERS) && (flags & END_STREAM) != 0;
        }
    }

    /** What a client sends first. */
    static byte[] clientPreface() {
        ByteArrayOutputStream preface = new ByteArrayOutputStream();
        preface.writeBytes(PREFACE);
        preface.writeBytes(frame(SETTINGS, 0, 0));
        return preface.toByteArray();
    }

    /** What a client sent first, without its settings. */
    static void readPreface(DataInputStream in) throws IOException {
        in.readFully(new byte[PREFACE.length]);
    }

    static byte[] frame(int type, int flags, int stream, byte... payload) {
        return ByteBuffer.allocate(9 + payload.length)
                .put((byte) (payload.length >> 16))
                .putShort((short) payload.length)
                .put((byte) type)
                .put((byte) flags)
                .putInt(stream)
                .put(payload)
                .array();
    }

    static Frame readFrame(DataInputStream in) throws IOException {
        int length = in.readUnsignedByte() << 16 | in.readUnsignedShort();
        int type = in.readUnsignedByte();
        int flags = in.readUnsignedByte();
        int stream = in.readInt();
        byte[] payload = new byte[length];
        in.readFully(payload);
        return new Frame(type, flags, stream, ByteBuffer.wrap(payload));
    }

    /** Reads the peer's settings, its first frame, and acknowledges them: from then on its windows are as it says. */
    static void takeSettings(DataInputStream in, OutputStream out) throws IOException {
        if (readFrame(in).type() != SETTINGS) {
            throw new IOException("the first frame has no settings");
        }
        out.write(frame(SETTINGS, ACK, 0));
    }

    /** The headers of a call, in HPACK without its table: POST, http, and three literals. */
    static byte[] call(String path) {
        ByteArrayOutputStream block = new ByteArrayOutputStream();
        block.write(0x83);
        block.write(0x86);
        block.write(0x04);
        writeText(block, path);
        writeHeader(block, "content-type", "application/grpc");
        writeHeader(block, "te", "trailers");
        return block.toByteArray();
    }

    /** The headers before an answer. */
    static byte[] answer() {
        ByteArrayOutputStream block = new ByteArrayOutputStream();
        block.write(0x88);
        writeHeader(block, "content-type", "application/grpc");
        return block.toByteArray();
    }

    /** The headers after an answer. */
    static byte[] ok() {
        ByteArrayOutputStream block = new ByteArrayOutputStream();
        writeHeader(block, "grpc-status", "0");
        return block.toByteArray();
    }

    /** A message of gRPC, as it lies in DATA frames. */
    static byte[] message(byte[] content) {
        return ByteBuffer.allocate(5 + content.length)
                .put((byte) 0)
                .putInt(content.length)
                .put(content)
                .array();
    }

    private static void writeHeader(ByteArrayOutputStream block, String name, String value) {
        block.write(0x00);
        writeText(block, name);
        writeText(block, value);
    }

    private static void writeText(ByteArrayOutputStream out, String text) {
        out.write(text.length());
        out.writeBytes(text.getBytes(StandardCharsets.US_ASCII));
    }
}
