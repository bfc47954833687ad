package io.kvstore.core;

import io.kvstore.api.KVStoreException;
import io.kvstore.api.Limits;
import io.kvstore.api.Payload;
import io.kvstore.api.StoreId;
import io.kvstore.spi.Blob;
import io.kvstore.spi.BlobKey;
import io.kvstore.spi.CallContext;
import io.kvstore.spi.Peek;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Copies of blobs in a directory of the local disk, bounded in bytes, warm after a restart. The bytes are checked on every
 * get; wrong ones are a miss, and go.
 */
final class DiskBlobCache implements BlobCache {

    private static final Logger LOG = LoggerFactory.getLogger(DiskBlobCache.class);

    /** So many segments share the space: dropping one costs the cache this part of what it holds. */
    private static final int SEGMENTS = 16;

    private static final long MIN_SEGMENT_BYTES = 64 * 1024;

    /**
     * Of copies that wait for the disk; beyond, none are kept. They hold room of the calls that brought them, of which a tenant
     * has a share of 128 MiB and more: a disk that hangs must leave it the most of that.
     */
    private static final long MAX_QUEUED_BYTES = 32L << 20;

    /** Of the space: above this the oldest segment goes. */
    private static final double HIGH_WATER = 1 - 3.0 / SEGMENTS;

    /** Of the space: above this, so when writes come faster than segments go, copies are not kept. The rest is for footers and moves. */
    private static final double FULL = 1 - 1.0 / SEGMENTS;

    private final SegmentLog log;
    private final long maxPayloadBytes;

    /** What was removed while its tombstone is on the way, with how often. Almost always empty. */
    private final Map<Name, Integer> removed = new ConcurrentHashMap<>();

    private DiskBlobCache(SegmentLog log, long maxPayloadBytes) {
        this.log = log;
        this.maxPayloadBytes = maxPayloadBytes;
    }

    private record Name(StoreId store, BlobKey key) {}

    /**
     * Opens the cache, which is made if it is missing.
     *
     * @param maxBytes what it may take on disk, at least 1 MiB; a blob of more than an eighth of it is never kept
     * @throws IOException in one line: the directory is in use, not writable, or cannot be read
     */
    static DiskBlobCache open(Path directory, long maxBytes) throws IOException {
        return open(directory, maxBytes, new LocalDiskFiles());
    }

    static DiskBlobCache open(Path directory, long maxBytes, DiskFiles files) throws IOException {
        if (maxBytes < SEGMENTS * MIN_SEGMENT_BYTES) {
            throw new IllegalArgumentException(
                    "disk cache: " + maxBytes + " bytes (expected: " + SEGMENTS * MIN_SEGMENT_BYTES + " or more)");
        }
        LogSettings settings = new LogSettings(directory, "kvstore-cache");
        settings.durability = Durability.OS;
        settings.maxBytes((long) (maxBytes * FULL));
        settings.segmentBytes(Math.min(LogSettings.DEFAULT_SEGMENT_BYTES, maxBytes / SEGMENTS));
        settings.evictAboveBytes = (long) (maxBytes * HIGH_WATER);
        settings.maxQueuedBytes = MAX_QUEUED_BYTES;
        settings.files = files;
        return new DiskBlobCache(SegmentLog.open(settings.build()), Math.min(Limits.MAX_PAYLOAD_BYTES, maxBytes / 8));
    }

    @Override
    public Optional<Blob> get(StoreId store, BlobKey key) {
        if (isRemoved(store, key)) {
            return Optional.empty();
        }
        Blob blob = null;
        try {
            blob = log.reader().blob(store, key);
            if (blob == null) {
                return Optional.empty();
            }
            if (Crc32c.of(blob.payload()) == blob.info().crc32c()) {
                return Optional.of(new Blob(blob.info(), blob.payload(), blob.tier(), Blob.NO_VERSION));
            }
            LOG.warn("a damaged copy of {} bytes is dropped", blob.info().payloadBytes());
        } catch (KVStoreException | InternalError e) { // InternalError: a page of the mapping that cannot be read
            LOG.warn("a copy that cannot be read is dropped: {}", e.toString());
        }
        if (blob != null) {
            blob.close();
        }
        remove(store, key);
        return Optional.empty();
    }

    @Override
    public Peek peek(StoreId store, BlobKey key) {
        IndexEntry entry = log.index().get(store, key);
        if (entry == null || isRemoved(store, key)) {
            return Peek.UNKNOWN;
        }
        return entry.peek();
    }

    private boolean isRemoved(StoreId store, BlobKey key) {
        return !removed.isEmpty() && removed.containsKey(new Name(store, key));
    }

    @Override
    public void put(StoreId store, BlobKey key, Blob blob) {
        if (blob.info().payloadBytes() > maxPayloadBytes || log.index().get(store, key) != null) {
            return;
        }
        Optional<Payload> claim = blob.payload().shareIfOpen();
        if (claim.isEmpty()) {
            return;
        }
        CallContext noHurry = CallContext.endingIn(Duration.ofDays(1), System::nanoTime, "");
        PutOperation operation = new PutOperation(store, key, blob.info(), claim.get(), noHurry, false);
        if (log.queue().offer(operation) != null) {
            operation.letGo();
        }
    }

    @Override
    public void remove(StoreId store, BlobKey key) {
        Name name = new Name(store, key);
        removed.merge(name, 1, Integer::sum); // hides it, and a put that is still in the queue before the tombstone
        DeleteOperation operation = new DeleteOperation(store, key);
        var unused = operation.answer().whenComplete((done, failure) -> {
            if (failure != null) {
                log.index().remove(store, key);
            }
            removed.computeIfPresent(name, (same, count) -> count == 1 ? null : count - 1);
        });
        KVStoreException refused = log.queue().offer(operation);
        // Also into a full queue where there is a copy, or it is back after a restart. Once a name, so no more than
        // copies.
        boolean mustBeWritten =
                refused != null && log.index().get(store, key) != null && removed.getOrDefault(name, 0) == 1;
        if (refused != null && !(mustBeWritten && log.queue().offerOurs(operation))) {
            operation.answer().completeExceptionally(refused);
        }
    }

    long usedBytes() {
        return log.usedBytes();
    }

    int segmentCount() {
        return log.segmentCount();
    }

    @Override
    public void close() {
        log.close();
    }
}
