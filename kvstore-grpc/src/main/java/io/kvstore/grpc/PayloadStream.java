package io.kvstore.grpc;

import io.grpc.Drainable;
import io.kvstore.api.Payload;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;

/**
 * A message with a payload on its way into the transport: the bytes before the payload, the payload, the bytes after it.
 *
 * <p>Owns a claim on the payload until {@link #close()}. The transport closes it after writing; whoever made it may close it
 * too, at any time and on any thread, since a message of a call that never reached a connection is dropped unclosed. A close
 * during the writing takes effect after it.
 *
 * <p>{@link Drainable} and, on purpose, not {@code KnownLength}: with that, grpc-java first allocates a buffer of up to 1 MiB for
 * the five bytes of the frame header.
 */
final class PayloadStream extends InputStream implements Drainable {

    private final ByteBuffer head;
    private final Payload payload;
    private final ByteBuffer tail;
    private final PayloadWriter writer;
    private final Runnable onSent;
    private final ByteBuffer[] parts;
    private boolean draining;
    private boolean closed;

    /**
     * A message.
     *
     * @param payload a claim that is this stream's to close
     * @param onSent see {@link PayloadWriter#write}
     */
    PayloadStream(byte[] head, Payload payload, byte[] tail, PayloadWriter writer, Runnable onSent) {
        this.head = ByteBuffer.wrap(head);
        this.payload = payload;
        this.tail = ByteBuffer.wrap(tail);
        this.writer = writer;
        this.onSent = onSent;
        this.parts = new ByteBuffer[] {this.head, payload.buffer(), this.tail};
    }

    @Override
    public int drainTo(OutputStream target) throws IOException {
        begin();
        try {
            int count = available();
            if (parts[1].position() == 0) {
                drain(target);
            } else {
                // Somebody has read a part of it byte by byte; no transport does that.
                transferTo(target);
            }
            return count;
        } finally {
            end();
        }
    }

    private void drain(OutputStream target) throws IOException {
        target.write(head.array(), head.position(), head.remaining());
        writer.write(payload, target, onSent);
        target.write(tail.array(), tail.position(), tail.remaining());
        for (ByteBuffer part : parts) {
            part.position(part.limit());
        }
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        begin();
        try {
            for (ByteBuffer part : parts) {
                if (part.hasRemaining()) {
                    int count = Math.min(length, part.remaining());
                    part.get(target, offset, count);
                    return count;
                }
            }
            return -1;
        } finally {
            end();
        }
    }

    /** All bytes that are left. */
    @Override
    public int available() {
        return parts[0].remaining() + parts[1].remaining() + parts[2].remaining();
    }

    private synchronized void begin() throws IOException {
        if (closed) {
            throw new IOException("the message was dropped: its call is over");
        }
        draining = true;
    }

    private synchronized void end() {
        draining = false;
        if (closed) {
            payload.close();
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        if (!draining) {
            payload.close();
        }
    }
}
