package io.kvstore.api;

import java.nio.ByteBuffer;
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
        return new Payload(new Region(bytes.slice().asReadOnlyBuffer(), onRelease));
    }

    /** Copies the remaining bytes of {@code bytes} to direct memory, which the garbage collector frees. */
    public static Payload copyOf(ByteBuffer bytes) {
        ByteBuffer copy = ByteBuffer.allocateDirect(bytes.remaining());
        copy.put(bytes.duplicate()).flip();
        return of(copy, () -> {});
    }

    /** Length in bytes; known even after close. */
    public int sizeBytes() {
        return region.bytes.capacity();
    }

    /**
     * A read-only view of all bytes, with a position of its own. Valid until this claim is closed.
     *
     * @throws IllegalStateException when the claim is closed
     */
    public ByteBuffer buffer() {
        checkOpen();
        return region.bytes.duplicate();
    }

    /**
     * A second claim on the same bytes, to be closed by whoever gets it.
     *
     * @throws IllegalStateException when this claim is closed
     */
    public Payload share() {
        return shareIfOpen().orElseThrow(this::alreadyClosed);
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
        final ByteBuffer bytes;
        final Runnable onRelease;
        final AtomicInteger claims = new AtomicInteger(1);

        Region(ByteBuffer bytes, Runnable onRelease) {
            this.bytes = bytes;
            this.onRelease = onRelease;
        }
    }
}
