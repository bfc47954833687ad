package io.kvstore.bench.load;

import java.nio.ByteBuffer;
import java.util.List;

/** What {@link RawServer} understands: 16 bytes that ask, and nothing around the payload. */
final class RawDialect implements Dialect {

    static final int REQUEST_BYTES = 16;
    static final int WRITTEN_BYTES = 8;
    static final int OP_SET = 0;
    static final int OP_READ = 1;
    static final int OP_WRITE = 2;
    static final long RIGHT = 1;
    static final long WRONG = 0;

    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    @Override
    public void putRequest(ByteBuffer to, Call call, long number, int payloadBytes) {
        to.putInt(call.isWrite() ? OP_WRITE : OP_READ).putInt(payloadBytes).putLong(number);
    }

    @Override
    public ByteBuffer requestTail() {
        return NOTHING.duplicate();
    }

    @Override
    public int answerHeadBytes(int payloadBytes) {
        return 0;
    }

    @Override
    public int answerTailBytes() {
        return 0;
    }

    @Override
    public int writtenBytes() {
        return WRITTEN_BYTES;
    }

    @Override
    public boolean takeAnswerHead(ByteBuffer from, int payloadBytes) {
        return true;
    }

    @Override
    public boolean takeWritten(ByteBuffer from) {
        return from.getLong() == RIGHT;
    }

    /** Tells the server which payloads it is asked for from here on. */
    @Override
    public List<byte[]> beforeLoad(int payloadBytes, int count) {
        return List.of(ByteBuffer.allocate(REQUEST_BYTES)
                .putInt(OP_SET)
                .putInt(payloadBytes)
                .putLong(count)
                .array());
    }

    @Override
    public List<byte[]> beforeWrites() {
        return List.of();
    }

    @Override
    public List<byte[]> afterWrites() {
        return List.of();
    }

    /** The server compares what lands with what it must be, as the clients do with what they get, and forgets it. */
    @Override
    public boolean keepsWrites() {
        return false;
    }
}
