package io.kvstore.bench.load;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.nio.ByteBuffer;
import java.util.List;

/** GET and SET in the protocol of Redis, version 2 of it. Keys are 16 hexadecimal digits. */
final class RedisDialect implements Dialect {

    private static final ByteBuffer CRLF = ascii("\r\n");
    private static final byte[] GET = "*2\r\n$3\r\nGET\r\n$16\r\n".getBytes(US_ASCII);
    private static final byte[] SET = "*3\r\n$3\r\nSET\r\n$16\r\n".getBytes(US_ASCII);
    private static final ByteBuffer OK = ascii("+OK\r\n");
    private static final int HEX_DIGITS = 16;
    private static final byte[] HEX = "0123456789abcdef".getBytes(US_ASCII);

    private static ByteBuffer ascii(String text) {
        return ByteBuffer.wrap(text.getBytes(US_ASCII));
    }

    @Override
    public void putRequest(ByteBuffer to, Call call, long number, int payloadBytes) {
        to.put(call.isWrite() ? SET : GET);
        for (int digit = HEX_DIGITS - 1; digit >= 0; digit--) {
            to.put(HEX[(int) (number >>> (4 * digit)) & 15]);
        }
        to.put((byte) '\r').put((byte) '\n');
        if (call.isWrite()) {
            to.put(bulkHead(payloadBytes));
        }
    }

    private static byte[] bulkHead(int length) {
        return ("$" + length + "\r\n").getBytes(US_ASCII);
    }

    @Override
    public ByteBuffer requestTail() {
        return CRLF.duplicate();
    }

    @Override
    public int answerHeadBytes(int payloadBytes) {
        return bulkHead(payloadBytes).length;
    }

    @Override
    public int answerTailBytes() {
        return CRLF.remaining();
    }

    @Override
    public int writtenBytes() {
        return OK.remaining();
    }

    @Override
    public boolean takeAnswerHead(ByteBuffer from, int payloadBytes) {
        for (byte expected : bulkHead(payloadBytes)) {
            if (from.get() != expected) {
                return false;
            }
        }
        return true;
    }

    @Override
    public boolean takeWritten(ByteBuffer from) {
        ByteBuffer answer = from.slice().limit(OK.remaining());
        from.position(from.position() + OK.remaining());
        return answer.equals(OK);
    }

    @Override
    public List<byte[]> beforeLoad(int payloadBytes, int count) {
        return List.of(command("FLUSHDB"));
    }

    @Override
    public List<byte[]> beforeWrites() {
        return List.of(command("SELECT 1"));
    }

    @Override
    public List<byte[]> afterWrites() {
        return List.of(command("FLUSHDB"), command("SELECT 0"));
    }

    private static byte[] command(String words) {
        return (words + "\r\n").getBytes(US_ASCII);
    }

    @Override
    public boolean keepsWrites() {
        return true;
    }
}
