package io.kvstore.grpc;

import io.grpc.HasByteBuffer;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Reads protobuf fields straight from the transport's buffers. Exists because the generated classes put every payload into
 * a heap array, twice; here a payload is copied once, to where it stays.
 *
 * <p>Trusts nothing: a length beyond the message ends in {@link MalformedMessageException} before anything is allocated for
 * it. What is odd but legal is read as the generated classes read it: the last of a repeated scalar wins, unknown fields and
 * known numbers with a foreign type are skipped, tags and lengths are cut to 32 bits.
 *
 * <p>Source of the encoding: protobuf.dev/programming-guides/encoding.
 */
final class WireReader {

    static final int VARINT = 0;
    static final int FIXED64 = 1;
    static final int BYTES = 2;
    private static final int START_GROUP = 3;
    private static final int END_GROUP = 4;
    private static final int FIXED32 = 5;

    private static final int WINDOW_BYTES = 4096;
    private static final int MAX_VARINT_BYTES = 10;
    private static final int MAX_GROUP_DEPTH = 100;

    /** Fetched one by one in front of a payload; who has more there gets a copy. */
    private static final int MAX_SINGLE_BYTES = 1024;

    /** Half of a character: no text on the wire decodes to it. */
    private static final String NOT_UTF8 = "\ud800";

    /** Of a resource or a container: 63 characters of any alphabet. What is longer is refused, and is so when cut. */
    private static final int MAX_NAME_BYTES = 252;

    /** A cut text keeps this much beyond its limit, so that whoever checks the limit still sees it exceeded. */
    private static final int OVER_LIMIT_BYTES = 4;

    private static final byte[] NOTHING = {};

    private final InputStream in;
    private final int totalBytes;
    private byte[] window = NOTHING;
    private int fetched;
    private int next;
    private int end;
    private int limit;
    private int largeBytes = Integer.MAX_VALUE;
    private int singleBytes;

    /**
     * Reads one message.
     *
     * @param in its {@link InputStream#available()} is the length of the message, as in every stream of the transport that is
     *     not compressed
     */
    WireReader(InputStream in) throws IOException {
        this.in = in;
        this.totalBytes = in.available();
        this.limit = totalBytes;
    }

    /** The next tag, 0 at the end of the message, or of the nested one that is open. */
    int readTag() throws IOException {
        if (position() == limit) {
            return 0;
        }
        int tag = (int) readVarint();
        if (tag >>> 3 == 0) {
            throw new MalformedMessageException("field number 0");
        }
        return tag;
    }

    /** A nested message begins: {@link #readTag} ends with it. Returns what {@link #leave} needs. */
    int enter() throws IOException {
        int outer = limit;
        int length = readLength();
        limit = position() + length;
        return outer;
    }

    void leave(int outer) {
        limit = outer;
    }

    boolean atLimit() {
        return position() == limit;
    }

    int remaining() {
        return limit - position();
    }

    long readVarint() throws IOException {
        long value = 0;
        for (int i = 0; i < MAX_VARINT_BYTES; i++) {
            byte b = readByte();
            value |= (long) (b & 0x7f) << (7 * i);
            if (b >= 0) {
                return value;
            }
        }
        throw new MalformedMessageException("a number of more than " + MAX_VARINT_BYTES + " bytes");
    }

    /**
     * Reads the numbers that lie whole in what is fetched already, one after the other, into {@code out} from {@code from} up to
     * {@code to}; returns where it stopped. For long lists.
     */
    int readVarints(long[] out, int from, int to) throws IOException {
        byte[] bytes = window;
        int last = Math.min(end, next + remaining()) - MAX_VARINT_BYTES; // where the longest number still fits
        int at = next;
        int count = from;
        while (count < to && at <= last) {
            long value = bytes[at++];
            if (value < 0) {
                value &= 0x7f;
                byte b = -1;
                for (int shift = 7; b < 0; shift += 7) {
                    if (shift == 7 * MAX_VARINT_BYTES) {
                        throw new MalformedMessageException("a number of more than " + MAX_VARINT_BYTES + " bytes");
                    }
                    b = bytes[at++];
                    value |= (long) (b & 0x7f) << shift;
                }
            }
            out[count++] = value;
        }
        next = at;
        return count;
    }

    /** A length that fits into what is left of the message. */
    int readLength() throws IOException {
        int length = (int) readVarint();
        if (length < 0 || length > remaining()) {
            throw new MalformedMessageException("a length of " + length + " where " + remaining() + " bytes are left");
        }
        return length;
    }

    /**
     * A text that is not checked yet. What is not UTF-8 becomes {@link #NOT_UTF8}, which whoever checks the text refuses, in
     * its place among the other fields.
     *
     * @param maxBytes what is longer is cut, a little over the limit, so that a long text costs no memory
     */
    String readText(int maxBytes) throws IOException {
        int length = readLength();
        byte[] bytes = readUpTo(length, maxBytes);
        String text = new String(bytes, StandardCharsets.UTF_8);
        boolean ascii = text.length() == bytes.length && text.indexOf('\ufffd') < 0;
        if (length > maxBytes || ascii) { // most are: the decoder, which tells what is not UTF-8, is garbage for them
            return text;
        }
        // Written again, what is not UTF-8 comes out as something else. A decoder throws for it, and a message may have
        // millions of such fields.
        return Arrays.equals(text.getBytes(StandardCharsets.UTF_8), bytes) ? text : NOT_UTF8;
    }

    /** A resource or container name. */
    String readName() throws IOException {
        return readLenientText(MAX_NAME_BYTES);
    }

    /** A text with U+FFFD for what is not UTF-8: no name or location contains that, so it is refused in its place. */
    String readLenientText(int maxBytes) throws IOException {
        int length = readLength();
        if (length <= end - next && length <= maxBytes) {
            // Fetched already: a lookup's answer has a thousand texts.
            String text = new String(window, next, length, StandardCharsets.UTF_8);
            next += length;
            return text;
        }
        return new String(readUpTo(length, maxBytes), StandardCharsets.UTF_8);
    }

    private byte[] readUpTo(int length, int maxBytes) throws IOException {
        byte[] bytes = new byte[Math.min(length, maxBytes + OVER_LIMIT_BYTES)];
        readFully(ByteBuffer.wrap(bytes));
        skip(length - bytes.length);
        return bytes;
    }

    /**
     * From here on fetches no more than it is asked for, as long as the message may have {@code bytes} more: so that they can be
     * had with {@link #take}. One byte at a time, for the few that come before a payload, and for no more than those.
     */
    void expectLarge(int bytes) {
        largeBytes = bytes;
    }

    /** The next {@code length} bytes as they lie in the transport; null when they cannot be had so, and are yet to be read. */
    @Nullable
    ReceivedBytes take(int length) {
        ReceivedBytes taken = next == end ? TransportBytes.take(in, length) : null;
        fetched += taken == null ? 0 : length;
        return taken;
    }

    /** As {@link #readFully(ByteBuffer)}, into an array; nothing but a copy where the bytes are fetched already. */
    void readFully(byte[] target, int from, int count) throws IOException {
        if (count > end - next) {
            readFully(ByteBuffer.wrap(target, from, count));
            return;
        }
        System.arraycopy(window, next, target, from, count);
        next += count;
    }

    /** Fills {@code target} with the next bytes; the caller has checked that there are as many. */
    void readFully(ByteBuffer target) throws IOException {
        int buffered = Math.min(target.remaining(), end - next);
        target.put(window, next, buffered);
        next += buffered;
        int left = target.remaining();
        if (left > 0 && TransportBytes.copy(in, target)) {
            fetched += left;
        } else if (left > 0 && in instanceof HasByteBuffer source && source.byteBufferSupported()) {
            copyBuffers(source, target);
        }
        // Not every buffer of the transport can be seen as a ByteBuffer: small ones are merged into arrays.
        while (target.hasRemaining()) {
            fill();
            int count = Math.min(target.remaining(), end - next);
            target.put(window, next, count);
            next += count;
        }
    }

    private void copyBuffers(HasByteBuffer source, ByteBuffer target) throws IOException {
        while (target.hasRemaining()) {
            ByteBuffer bytes = source.getByteBuffer();
            if (bytes == null || !bytes.hasRemaining()) {
                return;
            }
            int count = Math.min(bytes.remaining(), target.remaining());
            target.put(target.position(), bytes, bytes.position(), count);
            target.position(target.position() + count);
            skipFromStream(count);
        }
    }

    /** Skips the value of a field nobody knows. */
    void skipField(int tag) throws IOException {
        skipField(tag, 0);
    }

    private void skipField(int tag, int depth) throws IOException {
        switch (tag & 7) {
            case VARINT -> readVarint();
            case FIXED64 -> skip(8);
            case BYTES -> skip(readLength());
            case FIXED32 -> skip(4);
            case START_GROUP -> skipGroup(tag >>> 3, depth);
            default -> throw new MalformedMessageException("a field of the unknown type " + (tag & 7));
        }
    }

    private void skipGroup(int field, int depth) throws IOException {
        if (depth == MAX_GROUP_DEPTH) {
            throw new MalformedMessageException("groups nested deeper than " + MAX_GROUP_DEPTH);
        }
        int tag = readTag();
        while ((tag & 7) != END_GROUP) {
            if (tag == 0) {
                throw new MalformedMessageException("a group without an end");
            }
            skipField(tag, depth + 1);
            tag = readTag();
        }
        if (tag >>> 3 != field) {
            throw new MalformedMessageException("a group closed by another field");
        }
    }

    void skip(int count) throws IOException {
        if (count > remaining()) {
            throw new MalformedMessageException(count + " bytes expected where " + remaining() + " are left");
        }
        int buffered = Math.min(count, end - next);
        next += buffered;
        skipFromStream(count - buffered);
    }

    private void skipFromStream(int count) throws IOException {
        int left = count;
        while (left > 0) {
            int skipped = (int) in.skip(left);
            if (skipped <= 0) {
                throw new MalformedMessageException("ends " + left + " bytes too early");
            }
            left -= skipped;
        }
        fetched += count;
    }

    private byte readByte() throws IOException {
        if (position() == limit) {
            throw new MalformedMessageException("ends inside a field");
        }
        if (next == end) {
            fill();
        }
        return window[next++];
    }

    private void fill() throws IOException {
        int left = totalBytes - fetched;
        boolean single = left > largeBytes && singleBytes < MAX_SINGLE_BYTES;
        int wanted = single ? 1 : Math.min(WINDOW_BYTES, left);
        if (window.length < wanted) {
            // Nothing in it is unread. As large as what is left: where a payload was taken, that is a few hundred
            // bytes.
            window = new byte[wanted];
        }
        int count = in.read(window, 0, wanted);
        singleBytes += single ? 1 : 0;
        if (count <= 0) {
            throw new MalformedMessageException("ends " + (totalBytes - fetched) + " bytes too early");
        }
        fetched += count;
        next = 0;
        end = count;
    }

    private int position() {
        return fetched - (end - next);
    }
}
