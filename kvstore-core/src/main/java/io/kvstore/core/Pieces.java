package io.kvstore.core;

import io.kvstore.api.Payload;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * Bytes that lie in several pieces, taken off at the front by copying. Not thread-safe; good for as long as the payload is.
 */
final class Pieces {

    private final List<ByteBuffer> pieces;
    private int current;
    private int remaining;

    /** @param pieces whose positions move */
    private Pieces(List<ByteBuffer> pieces, int bytes) {
        this.pieces = pieces;
        this.remaining = bytes;
    }

    static Pieces none() {
        return new Pieces(List.of(), 0);
    }

    /** All bytes of a payload. */
    static Pieces of(Payload payload) {
        return new Pieces(payload.buffers(), payload.sizeBytes());
    }

    int remaining() {
        return remaining;
    }

    /** Puts the next {@code count} bytes into {@code target}, of which there are enough. A page that can not be read is zeros. */
    void moveTo(ByteBuffer target, int count) {
        int left = count;
        while (left > 0) {
            ByteBuffer piece = pieces.get(current);
            int length = Math.min(left, piece.remaining());
            target.put(target.position(), piece, piece.position(), length);
            target.position(target.position() + length);
            piece.position(piece.position() + length);
            left -= length;
            current += piece.hasRemaining() ? 0 : 1;
        }
        remaining -= count;
    }

    /**
     * To be called when the bytes were copied: only then does the JVM say of a mapped file that a page could not be read.
     *
     * @throws InternalError when that is so
     */
    void reportFault() {
        if (pieces.stream().anyMatch(ByteBuffer::isDirect)) {
            MappedMemory.reportFault();
        }
    }
}
