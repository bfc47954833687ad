package io.kvstore.core;

import io.kvstore.api.KVStoreException;
import io.kvstore.api.Payload;
import io.kvstore.api.Reason;
import io.kvstore.api.Tier;
import io.kvstore.spi.Blob;
import io.kvstore.spi.BlobInfo;
import io.kvstore.spi.BlobKey;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * One segment file as readers see it: a mapping of all of it, claims on the mapping, and how much of it is still needed.
 *
 * <p>The file is mapped once, at its full length, when it is created, and records are written through the file and read
 * through the mapping: so a disk that fills up is an IOException of a write, never a SIGBUS of a store to memory. Pages behind
 * {@link #end()} are not touched: after the file was cut to its real length they would fault.
 */
final class Segment {

    private final long id;
    private final Path path;
    private final byte[] salt;
    private final MappedByteBuffer mapping;

    /** The log's own claim, and one for every payload handed out. At 0 the memory is unmapped. */
    private final AtomicInteger claims = new AtomicInteger(1);

    private final AtomicLong liveBytes = new AtomicLong();
    private final AtomicLong tombstoneBytes = new AtomicLong();

    /** Up to here records are committed: written, and synced where that was promised. */
    private volatile int end;

    /** Up to here an fsync that succeeded, with none that failed before it, says that the bytes are on the medium. */
    private volatile int syncedTo;

    /**
     * An fsync failed: pages behind {@link #syncedTo} may be lost, and the kernel call them clean. Stays so once it is: the fsync
     * covered also what was written and not committed yet, of which the next one, that rewrites what is committed, knows nothing.
     */
    private volatile boolean inDoubt;

    private volatile boolean sealed;
    private volatile boolean leftAlone;
    private volatile int footerBytes;
    private volatile long oldestPutSequence = Long.MAX_VALUE;
    private volatile long newestDeleteSequence = -1;

    Segment(long id, Path path, byte[] salt, MappedByteBuffer mapping, int end) {
        this.id = id;
        this.path = path;
        this.salt = salt;
        this.mapping = mapping;
        this.end = end;
    }

    long id() {
        return id;
    }

    Path path() {
        return path;
    }

    byte[] salt() {
        return salt;
    }

    int end() {
        return end;
    }

    /** Only the thread that commits calls this, or the one that opens the log. */
    void end(int committed) {
        end = committed;
    }

    /** Notes that all which is committed was synced. Only the thread that commits calls this. */
    void synced() {
        syncedTo = Math.max(syncedTo, end);
    }

    /**
     * Brings what is committed to the medium. After a failure the next success would say nothing of what the failed one
     * covered, so that is written again, and checked, before it is asked for. Called by one thread at a time.
     */
    void force(DiskFile file) throws IOException {
        int to = end;
        if (inDoubt) {
            SegmentRewrite.run(file, salt, syncedTo, to);
        }
        boolean forced = false;
        try {
            file.force();
            forced = true;
        } finally {
            inDoubt |= !forced;
        }
        syncedTo = Math.max(syncedTo, to);
    }

    /** Whether all that is committed is on the medium, and no fsync of it ever failed. */
    boolean isSynced() {
        return !inDoubt && syncedTo >= end;
    }

    boolean isSealed() {
        return sealed;
    }

    void sealed(int withFooterBytes) {
        footerBytes = withFooterBytes;
        sealed = true;
    }

    /**
     * From now on the file stays as it lies, neither cut nor compacted: the disk could not read a part of it, and a later start
     * may.
     */
    void leaveAlone() {
        leftAlone = true;
    }

    boolean isLeftAlone() {
        return leftAlone;
    }

    /** What the file takes. */
    long fileBytes() {
        return (long) end + footerBytes;
    }

    /** What its records take, needed or not. */
    long recordBytes() {
        return (long) end - SegmentFiles.HEADER_BYTES;
    }

    /** Notes a committed record. Called by one thread at a time. */
    void added(RecordHeader.Kind kind, long sequence, int recordBytes) {
        if (kind == RecordHeader.Kind.PUT) {
            oldestPutSequence = Math.min(oldestPutSequence, sequence);
            liveBytes.addAndGet(recordBytes);
        } else {
            newestDeleteSequence = Math.max(newestDeleteSequence, sequence);
            tombstoneBytes.addAndGet(recordBytes);
        }
    }

    /** Notes that a put is needed no longer. */
    void died(int recordBytes) {
        liveBytes.addAndGet(-recordBytes);
    }

    long liveBytes() {
        return liveBytes.get();
    }

    long tombstoneBytes() {
        return tombstoneBytes.get();
    }

    long oldestPutSequence() {
        return oldestPutSequence;
    }

    long newestDeleteSequence() {
        return newestDeleteSequence;
    }

    /** Takes a claim on the mapping, to be {@link #release() released}; false when it is gone. */
    boolean claim() {
        return claims.getAndUpdate(count -> count == 0 ? 0 : count + 1) != 0;
    }

    void release() {
        if (claims.decrementAndGet() == 0) {
            MappedMemory.unmap(mapping);
        }
    }

    /** The header of the record there, or null when none is. The caller holds a claim. */
    @Nullable
    RecordHeader header(int offset) {
        return RecordFormat.decode(headerBytes(offset), salt, offset);
    }

    /**
     * What travels with the blob there. The caller holds a claim.
     *
     * @throws KVStoreException {@link Reason#DATA_LOSS} when it is damaged or cannot be read
     */
    BlobInfo info(IndexEntry entry, BlobKey key) {
        try {
            BlobInfo info = RecordFormat.decodeInfo(headerBytes(entry.offset()), salt, entry.offset(), key);
            if (info == null) {
                MappedMemory.reportFault();
            }
            if (info == null || info.payloadBytes() != entry.payloadBytes()) {
                throw new KVStoreException(Reason.DATA_LOSS, "local disk: the stored record is damaged");
            }
            return info;
        } catch (InternalError e) {
            throw unreadable(e);
        }
    }

    /**
     * What an unreadable page, which the JVM reports so, is to callers: it seldom comes back, and as damaged the blob can be
     * stored anew. The report may come a few instructions late, so those who call {@link #info} have to expect it as well.
     */
    static KVStoreException unreadable(InternalError cause) {
        return new KVStoreException(Reason.DATA_LOSS, "local disk: the stored record cannot be read", cause);
    }

    /** The blob there; passes the caller's claim on to it. */
    Blob blob(IndexEntry entry, BlobInfo info) {
        return new Blob(info, Payload.of(payload(entry), this::release), Tier.LOCAL_DISK, entry.version());
    }

    /** The payload of the record there. Valid while the caller holds a claim. */
    ByteBuffer payload(IndexEntry entry) {
        return mapping.slice(entry.offset() + entry.headerBytes(), entry.payloadBytes());
    }

    private ByteBuffer headerBytes(int offset) {
        return mapping.slice(offset, Math.min(RecordFormat.MAX_HEADER_BYTES, end - offset));
    }

    @Override
    public String toString() {
        return path.getFileName() + " (" + end + " bytes, " + liveBytes + " live)";
    }
}
