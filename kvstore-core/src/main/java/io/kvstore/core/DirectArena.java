package io.kvstore.core;

import io.kvstore.api.Payload;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.zip.CRC32C;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Copies payloads to memory of ours, and sums what it copied while the CPU's cache has it. Small ones go to the heap, large
 * ones to {@link MemorySlabs}.
 *
 * <p>Threading: safe for many threads.
 */
final class DirectArena {

    private static final Logger LOG = LoggerFactory.getLogger(DirectArena.class);
    private static final int HEAP_BYTES = 16 * 1024;

    /** Copied and summed at once: it fits into the first of a core's caches that is not tiny. */
    private static final int PIECE_BYTES = 64 * 1024;

    private final MemorySlabs slabs;

    /**
     * Takes no memory yet.
     *
     * @param maxBytes of payloads; the memory for them, used and not, is what {@link DirectMemory#neededFor} says at most, and
     *     leaves others an eighth of the JVM's
     */
    DirectArena(long maxBytes) {
        this(new MemorySlabs(
                Math.min(DirectMemory.neededFor(maxBytes), DirectMemory.maxBytesOfOne()), System::nanoTime));
    }

    /** For tests: with memory from elsewhere. */
    DirectArena(MemorySlabs slabs) {
        this.slabs = slabs;
    }

    /** Takes so many bytes from the system now, as far as there are; see {@link MemorySlabs#reserve}. */
    void reserve(long bytes) {
        long held = slabs.reserve(bytes);
        if (bytes - held >= MemorySlabs.GRAIN_BYTES) {
            LOG.warn("Less memory than asked for: reservedBytes={} askedBytes={}", held, bytes);
        }
    }

    /**
     * A payload of ours.
     *
     * @param payload one claim, the caller's
     * @param crc32c of its bytes, whatever the original's became meanwhile
     */
    record Copy(Payload payload, int crc32c) {}

    /**
     * A copy, or nothing when there is no memory for it.
     *
     * @throws InternalError when a page of a mapped original can not be read
     */
    Optional<Copy> copy(Payload source) {
        int size = source.sizeBytes();
        if (size <= HEAP_BYTES) {
            return Optional.of(copyToHeap(source));
        }
        MemorySlabs.Piece piece = slabs.take(size);
        if (piece == null) {
            return Optional.empty();
        }
        boolean complete = false;
        try {
            ByteBuffer target = piece.buffer(size);
            int crc = copy(Pieces.of(source), target);
            Payload copy = Payload.of(target, () -> slabs.give(piece));
            complete = true;
            return Optional.of(new Copy(copy, crc));
        } finally {
            if (!complete) {
                slabs.give(piece);
            }
        }
    }

    private static Copy copyToHeap(Payload source) {
        byte[] bytes = new byte[source.sizeBytes()];
        Pieces pieces = Pieces.of(source);
        pieces.moveTo(ByteBuffer.wrap(bytes), bytes.length);
        pieces.reportFault();
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, bytes.length);
        return new Copy(Payload.wrap(bytes), (int) crc.getValue());
    }

    private static int copy(Pieces source, ByteBuffer target) {
        CRC32C crc = new CRC32C();
        ByteBuffer filled = target.duplicate();
        ByteBuffer copied = target.duplicate();
        while (source.remaining() > 0) {
            source.moveTo(filled, Math.min(PIECE_BYTES, source.remaining()));
            crc.update(copied.limit(filled.position()));
        }
        source.reportFault(); // a page that could not be read was copied as zeros, and is no payload
        return (int) crc.getValue();
    }

    /** Keeps no memory any more but what is in use. */
    void close() {
        slabs.keepNothing();
    }

    /** Direct memory taken so far, used and not. */
    long heldBytes() {
        return slabs.heldBytes();
    }

    /** What a payload of that size takes. */
    static int rounded(int size) {
        return MemorySlabs.rounded(size);
    }
}
