package io.kvstore.core;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Direct memory in pieces of any size, cut from slabs that are kept: what one chunk lets go of is what the next one gets. Fresh
 * memory is dear, whoever asks for it: the kernel maps and zeroes each page, and the JVM zeroes it again. Measured on writes
 * of 1.2 MB: 0.5 CPU-seconds per GB, where the copy into the memory takes 0.05. A slab of {@value #SLAB_BYTES} bytes also
 * gets huge pages where the system grants them, which brings that down to 0.17; a buffer for each chunk never does.
 *
 * <p>Best fit: a piece is cut from the smallest gap that holds it, and neighbouring gaps become one. A slab has room for a
 * whole number of the pieces that it was made for, so chunks of one model leave no gaps between them.
 *
 * <p>What lost: a slab for each class of sizes, as memcached has, keeps what the sizes of yesterday took. Buffers kept by
 * their size, which this replaced, were made anew for every chunk of a store that grows.
 *
 * <p>Threading: safe for many threads; none waits while another makes a slab, unless it needs one too.
 */
final class MemorySlabs {

    private static final int SLAB_BYTES = 8 << 20;

    /**
     * One of those that are made at once: the largest payload fits. To make one stops all threads for as long as it takes, as
     * no collection can begin meanwhile: 20 ms usually, 0.3 s where a virtual machine gets its memory only then.
     */
    private static final int RESERVED_SLAB_BYTES = 128 << 20;

    /** The first one of a store that may stay small. */
    private static final int FIRST_SLAB_BYTES = 1 << 20;

    /** What a piece is rounded up to. */
    static final int GRAIN_BYTES = 1024;

    private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(30);

    private static final Comparator<Piece> BY_SIZE = Comparator.<Piece>comparingInt(piece -> piece.bytes)
            .thenComparingLong(piece -> piece.slab.number)
            .thenComparingInt(piece -> piece.from);

    private final Object growth = new Object();
    private final TreeSet<Piece> free = new TreeSet<>(BY_SIZE);
    private final LongSupplier nanoClock;
    private final IntFunction<ByteBuffer> memory;
    private long maxHeldBytes;
    private long heldBytes;
    private long nextNumber;

    /** When the JVM had no memory last; null when it always had. */
    private volatile @Nullable Long refusedAtNanos;

    /**
     * No slabs yet.
     *
     * @param maxHeldBytes no slab is made beyond
     * @param nanoClock measures how long none is asked for after the JVM had no memory
     */
    MemorySlabs(long maxHeldBytes, LongSupplier nanoClock) {
        this(maxHeldBytes, nanoClock, ByteBuffer::allocateDirect);
    }

    /** For tests: with memory from elsewhere. */
    MemorySlabs(long maxHeldBytes, LongSupplier nanoClock, IntFunction<ByteBuffer> memory) {
        this.maxHeldBytes = maxHeldBytes;
        this.nanoClock = nanoClock;
        this.memory = memory;
    }

    /** What a piece of so many bytes takes. */
    static int rounded(int bytes) {
        return (int) Math.min(Integer.MAX_VALUE, (bytes + (GRAIN_BYTES - 1L)) / GRAIN_BYTES * GRAIN_BYTES);
    }

    /**
     * A piece of at least so many bytes, with what it held before; to be {@link #give given} back. Null when no gap is large
     * enough and there is no memory for another slab, within the limit or in the JVM: then it takes the letting go of others.
     */
    @Nullable
    Piece take(int bytes) {
        int size = rounded(bytes);
        Piece piece = cut(size);
        if (piece != null) {
            return piece;
        }
        if (isPausing()) {
            return null;
        }
        synchronized (growth) {
            piece = cut(size); // whoever made a slab meanwhile made it for several
            return piece == null && !isPausing() ? grow(size) : piece;
        }
    }

    /** A JVM whose direct memory is used up takes a second to say no, and collects all garbage for it. */
    private boolean isPausing() {
        Long since = refusedAtNanos;
        return since != null && nanoClock.getAsLong() - since < PAUSE_NANOS;
    }

    private synchronized @Nullable Piece cut(int size) {
        Piece gap = free.ceiling(new Piece(Slab.FIRST, 0, size));
        if (gap == null) {
            return null;
        }
        remove(gap);
        if (gap.bytes > size) {
            add(new Piece(gap.slab, gap.from + size, gap.bytes - size));
        }
        return new Piece(gap.slab, gap.from, size);
    }

    private @Nullable Piece grow(int size) {
        ByteBuffer made = make(size);
        if (made == null) {
            return null;
        }
        Slab slab;
        synchronized (this) {
            slab = new Slab(++nextNumber, made);
            heldBytes += slab.bytes();
            if (slab.bytes() > size) {
                add(new Piece(slab, size, slab.bytes() - size));
            }
        }
        return new Piece(slab, 0, size);
    }

    /**
     * Takes memory beforehand, so that no call waits for fresh memory, until so many bytes are held. Takes 0.2 to 2 s a GB.
     *
     * @return the bytes that are held; where the JVM has less direct memory than asked for, three quarters of what it has
     */
    long reserve(long bytes) {
        long missing = bytes - heldBytes();
        while (missing >= GRAIN_BYTES) {
            int size = (int) (Math.min(RESERVED_SLAB_BYTES, missing) / GRAIN_BYTES * GRAIN_BYTES);
            ByteBuffer reserved;
            try {
                reserved = memory.apply(size);
            } catch (OutOfMemoryError e) {
                // Others need some of what the JVM has, the network first of all.
                dropUnused(heldBytes() / 4 * 3);
                break;
            }
            synchronized (this) {
                heldBytes += size;
                give(new Piece(new Slab(++nextNumber, reserved), 0, size));
            }
            missing = bytes - heldBytes();
        }
        return heldBytes();
    }

    /** Slabs grow with what is held, so that a small store takes little. */
    private @Nullable ByteBuffer make(int size) {
        int wanted = (int) Math.max(FIRST_SLAB_BYTES, Math.min(SLAB_BYTES, heldBytes()));
        int bytes = Math.max(1, wanted / size) * size;
        if (room() < bytes) {
            dropUnused(0);
            bytes = size;
        }
        if (room() < bytes) {
            return null;
        }
        try {
            return memory.apply(bytes);
        } catch (OutOfMemoryError e) {
            refusedAtNanos = nanoClock.getAsLong();
            dropUnused(0); // for whoever asks after the pause
            return null;
        }
    }

    private synchronized long room() {
        return maxHeldBytes - heldBytes;
    }

    /** Nobody uses the piece any more. */
    synchronized void give(Piece piece) {
        Piece gap = piece;
        NavigableMap<Integer, Piece> gaps = gap.slab.gaps;
        var before = gaps.floorEntry(gap.from);
        if (before != null && before.getValue().to() == gap.from) {
            remove(before.getValue());
            gap = new Piece(gap.slab, before.getValue().from, before.getValue().bytes + gap.bytes);
        }
        Piece after = gaps.get(gap.to());
        if (after != null) {
            remove(after);
            gap = new Piece(gap.slab, gap.from, gap.bytes + after.bytes);
        }
        add(gap);
        if (heldBytes > maxHeldBytes && gap.isSlab()) {
            dropUnused(maxHeldBytes);
        }
    }

    /** Gives up what nobody uses, now and whenever a piece comes back. */
    synchronized void keepNothing() {
        maxHeldBytes = 0;
        dropUnused(0);
    }

    /** Largest first: what is asked for most is small. The collector frees them. */
    private synchronized void dropUnused(long toBytes) {
        List<Piece> unused = new ArrayList<>();
        for (Piece gap : free.descendingSet()) {
            if (heldBytes <= toBytes) {
                break;
            }
            if (gap.isSlab()) {
                unused.add(gap);
                heldBytes -= gap.bytes;
            }
        }
        unused.forEach(this::remove);
    }

    private void add(Piece gap) {
        free.add(gap);
        gap.slab.gaps.put(gap.from, gap);
    }

    private void remove(Piece gap) {
        free.remove(gap);
        gap.slab.gaps.remove(gap.from);
    }

    /** Bytes of all slabs, used and not. */
    synchronized long heldBytes() {
        return heldBytes;
    }

    /** A part of a slab, in use or a gap. */
    static final class Piece {
        private final Slab slab;
        private final int from;
        private final int bytes;

        private Piece(Slab slab, int from, int bytes) {
            this.slab = slab;
            this.from = from;
            this.bytes = bytes;
        }

        /** Its first {@code length} bytes. */
        ByteBuffer buffer(int length) {
            return slab.memory.slice(from, length);
        }

        private int to() {
            return from + bytes;
        }

        private boolean isSlab() {
            return bytes == slab.bytes();
        }
    }

    private static final class Slab {

        /** Before all others in the order of gaps. */
        static final Slab FIRST = new Slab(0, ByteBuffer.allocate(0));

        final long number;
        final ByteBuffer memory;

        /** By where they begin. */
        final NavigableMap<Integer, Piece> gaps = new TreeMap<>();

        Slab(long number, ByteBuffer memory) {
            this.number = number;
            this.memory = memory;
        }

        int bytes() {
            return memory.capacity();
        }
    }
}
