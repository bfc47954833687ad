package io.kvstore.api;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * One claim on the KV bytes of a chunk. The bytes live off the heap where they are large (mapped files, direct memory) and
 * are let go when the last claim on them is closed.
 *
 * <p>Ownership: whoever makes a claim or is handed one closes it, exactly once; closing again does nothing. To keep the
 * bytes for longer, or to hand them on, {@link #share()} makes a second claim. A method that takes a payload as an argument
 * leaves the caller's claim to the caller, unless it says otherwise.
 *
 * <p>The bytes do not change while a claim is open. Buffers from {@link #buffer()} are dead as soon as the claim is closed:
 * using one afterwards may read other bytes or crash the process.
 *
 * <p>Threading: safe for many threads, but closing must happen after the last use of its buffers.
 */
public final class Payload implements AutoCloseable {

    private final Region region;
    private final AtomicBoolean closed = new AtomicBoolean();

    private Payload(Region region) {
        this.region = region;
    }

    /** No bytes. */
    public static Payload empty() {
        return wrap(new byte[0]);
    }

    /** Wraps an array without a copy: it must not change while any claim is open. For small payloads and embedders. */
    public static Payload wrap(byte[] bytes) {
        return of(ByteBuffer.wrap(bytes), () -> {});
    }

    /**
     * Wraps the remaining bytes of {@code bytes} without a copy.
     *
     * @param onRelease called once, when the last claim is closed, by the thread that closes it; must not throw or block
     */
    public static Payload of(ByteBuffer bytes, Runnable onRelease) {
        ByteBuffer view = viewOf(bytes);
        return new Payload(new Region(List.of(view), view.capacity(), onRelease));
    }

    /**
     * As {@link #of}, for bytes that lie in several pieces, one after the other.
     *
     * @param pieces whose remaining bytes are the payload's
     */
    public static Payload ofPieces(List<ByteBuffer> pieces, Runnable onRelease) {
        if (pieces.size() == 1) {
            return of(pieces.get(0), onRelease);
        }
        List<ByteBuffer> views = pieces.stream().map(Payload::viewOf).toList();
        int size = views.stream().mapToInt(ByteBuffer::remaining).reduce(0, Math::addExact);
        return new Payload(new Region(views, size, onRelease));
    }

    /** Of the remaining bytes alone, from position 0 on. */
    private static ByteBuffer viewOf(ByteBuffer bytes) {
        return bytes.remaining() == bytes.capacity()
                ? bytes.asReadOnlyBuffer()
                : bytes.slice().asReadOnlyBuffer();
    }

    /** Copies the remaining bytes of {@code bytes} to direct memory, which the garbage collector frees. */
    public static Payload copyOf(ByteBuffer bytes) {
        ByteBuffer copy = ByteBuffer.allocateDirect(bytes.remaining());
        copy.put(bytes.duplicate()).flip();
        return of(copy, () -> {});
    }

    /** Length in bytes; known even after close. */
    public int sizeBytes() {
        return region.sizeBytes;
    }

    /**
     * A read-only view of all bytes, with a position of its own. Valid until this claim is closed. Where the bytes lie in several
     * pieces, the first call copies them together, to direct memory that the garbage collector frees: {@link #buffers()} does not.
     *
     * @throws IllegalStateException when the claim is closed
     */
    public ByteBuffer buffer() {
        checkOpen();
        return region.whole().duplicate();
    }

    /**
     * Read-only views of all bytes as they lie, one after the other, each with a position of its own: what a reader who copies
     * them on should use. At least one; valid until this claim is closed.
     *
     * @throws IllegalStateException when the claim is closed
     */
    public List<ByteBuffer> buffers() {
        checkOpen();
        List<ByteBuffer> pieces = region.pieces;
        return pieces.size() == 1
                ? List.of(pieces.get(0).duplicate())
                : pieces.stream().map(ByteBuffer::duplicate).toList();
    }

    /**
     * A second claim on the same bytes, to be closed by whoever gets it.
     *
     * @throws IllegalStateException when this claim is closed
     */
    public Payload share() {
        return shareIfOpen().orElseThrow(this::alreadyClosed);
    }

    /**
     * A payload of its own over the same bytes: its first claim is the caller's to close, and when the last of its claims is
     * closed, {@code onRelease} is called as in {@link #of}. Until then this payload's bytes stay.
     *
     * @throws IllegalStateException when this claim is closed
     */
    public Payload share(Runnable onRelease) {
        Payload claim = share();
        boolean complete = false;
        try {
            Payload shared = new Payload(new Region(region.pieces, region.sizeBytes, () -> {
                claim.close();
                onRelease.run();
            }));
            complete = true;
            return shared;
        } finally {
            if (!complete) { // no memory for what would close it
                claim.close();
            }
        }
    }

    /** As {@link #share()}, or nothing when this claim is closed: for holders that others may evict at any moment. */
    public Optional<Payload> shareIfOpen() {
        if (closed.get()) {
            return Optional.empty();
        }
        // Made before it is counted: without memory for it, there would be a claim that nobody can close.
        Optional<Payload> claim = Optional.of(new Payload(region));
        // Never from 0 to 1: the last claim may be closed between the check above and here, and the bytes be gone.
        int before = region.claims.getAndUpdate(claims -> claims == 0 ? 0 : claims + 1);
        return before == 0 ? Optional.empty() : claim;
    }

    /** A copy on the heap. For tests and small payloads: the data path has no use for it. */
    public byte[] toByteArray() {
        ByteBuffer view = buffer();
        byte[] copy = new byte[view.remaining()];
        view.get(copy);
        return copy;
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true) && region.claims.decrementAndGet() == 0) {
            region.onRelease.run();
        }
    }

    private void checkOpen() {
        if (closed.get()) {
            throw alreadyClosed();
        }
    }

    private IllegalStateException alreadyClosed() {
        return new IllegalStateException("this claim on a payload of " + sizeBytes() + " bytes is closed");
    }

    /** Size only: the bytes are a customer's. */
    @Override
    public String toString() {
        return "Payload[" + sizeBytes() + " bytes" + (closed.get() ? ", closed]" : "]");
    }

    private static final class Region {
        final int sizeBytes;
        final Runnable onRelease;
        final AtomicInteger claims = new AtomicInteger(1);

        /** One piece once somebody wanted it in one. */
        volatile List<ByteBuffer> pieces;

        Region(List<ByteBuffer> pieces, int sizeBytes, Runnable onRelease) {
            this.pieces = pieces;
            this.sizeBytes = sizeBytes;
            this.onRelease = onRelease;
        }

        ByteBuffer whole() {
            List<ByteBuffer> now = pieces;
            return now.size() == 1 ? now.get(0) : join();
        }

        private synchronized ByteBuffer join() {
            if (pieces.size() != 1) {
                ByteBuffer joined = ByteBuffer.allocateDirect(sizeBytes);
                pieces.forEach(piece -> joined.put(piece.duplicate()));
                pieces = List.of(joined.flip().asReadOnlyBuffer());
            }
            return pieces.get(0);
        }
    }
}
