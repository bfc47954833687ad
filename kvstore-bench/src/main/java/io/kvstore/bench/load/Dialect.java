package io.kvstore.bench.load;

import java.nio.ByteBuffer;
import java.util.List;

/**
 * How a server on a plain TCP connection is spoken to. Requests and answers are a head, a payload in one direction, and a tail;
 * heads and tails have lengths that are known beforehand.
 */
interface Dialect {

    /** Longest head of a request. */
    int MAX_HEAD_BYTES = 128;

    /** Puts what goes before the payload of a write, or the whole of a read. */
    void putRequest(ByteBuffer to, Call call, long number, int payloadBytes);

    /** What goes after the payload of a write. */
    ByteBuffer requestTail();

    /** Length of what comes before the payload of a read's answer. */
    int answerHeadBytes(int payloadBytes);

    /** Length of what comes after it. */
    int answerTailBytes();

    /** Length of a write's answer. */
    int writtenBytes();

    /** Takes the head of a read's answer; whether it announces a payload of this length. */
    boolean takeAnswerHead(ByteBuffer from, int payloadBytes);

    /** Takes the answer to a write; whether it was stored. */
    boolean takeWritten(ByteBuffer from);

    /** Commands that make room for payloads of this length, each answered as a write is. */
    List<byte[]> beforeLoad(int payloadBytes, int count);

    /** Commands before new payloads are written. */
    List<byte[]> beforeWrites();

    /** Commands that drop what was written since. */
    List<byte[]> afterWrites();

    /** Whether what was written can be read back. */
    boolean keepsWrites();
}
