package io.kvstore.core;

import io.kvstore.api.KVStoreException;
import io.kvstore.api.Limits;
import io.kvstore.api.Payload;
import io.kvstore.api.Reason;
import io.kvstore.api.StoreId;
import io.kvstore.spi.Blob;
import io.kvstore.spi.BlobInfo;
import io.kvstore.spi.BlobKey;
import io.kvstore.spi.BlobPage;
import io.kvstore.spi.BlobStore;
import io.kvstore.spi.CallContext;
import io.kvstore.spi.KeyRange;
import io.kvstore.spi.Peek;
import io.kvstore.spi.PutResult;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The embedded store: blobs in a directory of the local disk, durable, never evicted.
 *
 * <p>All stores share one append-only log of segment files; see docs/adr/0001-segment-log.md. Memory: an index of about 110
 * bytes a blob. Payloads come as slices of mapped files: reading them may wait for the disk (page faults) on the
 * reader's thread. Their checksum is not verified here.
 *
 * <p>A store comes into being with its first blob and goes with its last; there are about {@value RecordIndex#MAX_STORES} at
 * most, and {@value RecordIndex#MAX_STORES_OF_RESOURCE} of one resource. Full, by {@link
 * Builder#maxBytes} or because the disk is, puts fail with {@link Reason#RESOURCE_EXHAUSTED} and are accepted again once there
 * is room. Deletes give their space back when half of a segment is dead.
 *
 * <p>A blob is seen by get, head, peek and list once it is durable, an instant before its put is acknowledged. After the loss
 * of the process, writes that were under way are there whole or not at all.
 */
public final class FileBlobStore implements BlobStore {

    /** Looks at a record that another has taken the place of each time, before a read says that it could not be read. */
    private static final int MAX_LOOKS = 3;

    private final Path directory;
    private final SegmentLog log;

    private FileBlobStore(Path directory, SegmentLog log) {
        this.directory = directory;
        this.log = log;
    }

    /** A store in that directory, which is made if it is missing. */
    public static Builder builder(Path directory) {
        return new Builder(directory);
    }

    @Override
    public Peek peek(StoreId store, BlobKey key) {
        IndexEntry entry = log.index().get(store, key);
        return entry == null ? Peek.ABSENT : entry.peek();
    }

    @Override
    public CompletableFuture<Optional<Blob>> get(StoreId store, BlobKey key, CallContext context) {
        return read(store, key, () -> log.reader().blob(store, key));
    }

    @Override
    public CompletableFuture<Optional<BlobInfo>> head(StoreId store, BlobKey key, CallContext context) {
        return read(store, key, () -> log.reader().info(store, key));
    }

    private <T> CompletableFuture<Optional<T>> read(StoreId store, BlobKey key, Supplier<@Nullable T> question) {
        for (int look = 1; ; look++) {
            IndexEntry seen = log.index().get(store, key);
            KVStoreException failure;
            try {
                return CompletableFuture.completedFuture(Optional.ofNullable(question.get()));
            } catch (InternalError e) {
                failure = Segment.unreadable(e);
            } catch (KVStoreException e) {
                if (e.reason() != Reason.DATA_LOSS) {
                    return CompletableFuture.failedFuture(e);
                }
                failure = e;
            }
            CompletableFuture<Optional<T>> answer = damaged(store, key, seen, failure);
            if (!isStoredBesides(store, key, seen)) {
                return answer;
            }
            // Compaction has moved it, or it was stored anew: what was looked at is not what is stored.
            if (look == MAX_LOOKS) {
                return unavailable(failure);
            }
        }
    }

    private <T> CompletableFuture<Optional<T>> damaged(
            StoreId store, BlobKey key, @Nullable IndexEntry seen, KVStoreException failure) {
        RecordProof.Finding finding = seen == null ? null : log.prove(store, key, seen);
        if (seen != null && finding == RecordProof.Finding.DAMAGED) {
            // It counts as absent from now on, but not what is put meanwhile.
            submit(new DeleteOperation(store, key, seen.version()));
        }
        return finding == RecordProof.Finding.INTACT ? unavailable(failure) : CompletableFuture.failedFuture(failure);
    }

    private static <T> CompletableFuture<T> unavailable(KVStoreException cause) {
        return CompletableFuture.failedFuture(new KVStoreException(
                Reason.UNAVAILABLE, "local disk: the stored record could not be read this time", cause));
    }

    /** Whether a record is stored, and another one than was seen. */
    private boolean isStoredBesides(StoreId store, BlobKey key, @Nullable IndexEntry seen) {
        IndexEntry now = log.index().get(store, key);
        return now != null && (seen == null || !now.version().equals(seen.version()));
    }

    @Override
    public CompletableFuture<PutResult> put(
            StoreId store, BlobKey key, BlobInfo info, Payload payload, CallContext context) {
        int size = payload.sizeBytes();
        if (size != info.payloadBytes() || size > Limits.MAX_PAYLOAD_BYTES) {
            return CompletableFuture.failedFuture(new KVStoreException(
                    Reason.INVALID_ARGUMENT,
                    "payload: " + size + " bytes (expected: the info's " + info.payloadBytes() + ", at most "
                            + Limits.MAX_PAYLOAD_BYTES + ")"));
        }
        Optional<Payload> claim = payload.shareIfOpen();
        if (claim.isEmpty()) {
            return CompletableFuture.failedFuture(
                    new KVStoreException(Reason.INVALID_ARGUMENT, "payload: closed (expected: an open claim)"));
        }
        PutOperation operation =
                Futures.owning(claim.get(), () -> new PutOperation(store, key, info, claim.get(), context, true));
        return answer(operation, operation.answer());
    }

    /** The log sums its own copy of the bytes: memory that changes meanwhile can not make a record with a wrong checksum. */
    @Override
    public boolean sumsPuts() {
        return true;
    }

    @Override
    public CompletableFuture<Boolean> delete(StoreId store, BlobKey key, CallContext context) {
        DeleteOperation operation = new DeleteOperation(store, key);
        return answer(operation, operation.answer());
    }

    /** Of what the disk cannot read nothing is deleted: it counts as absent until the next start. Reads the blob. */
    @Override
    public CompletableFuture<Boolean> deleteVersion(StoreId store, BlobKey key, String version, CallContext context) {
        if (prove(store, key, version) == RecordProof.Finding.UNREADABLE) {
            return CompletableFuture.completedFuture(true);
        }
        return deleteRecord(store, key, version);
    }

    /** Reads the blob through the file: a fault of its mapping, or of a disk that failed for an instant, costs nothing. */
    @Override
    public CompletableFuture<Boolean> deleteIfDamaged(StoreId store, BlobKey key, String version, CallContext context) {
        RecordProof.Finding finding = prove(store, key, version);
        if (finding == RecordProof.Finding.DAMAGED) {
            return deleteRecord(store, key, version).thenApply(deleted -> true);
        }
        if (finding == null) { // moved by compaction, or stored anew: whoever read the old one has to read again
            return CompletableFuture.completedFuture(log.index().get(store, key) == null);
        }
        return CompletableFuture.completedFuture(finding != RecordProof.Finding.INTACT);
    }

    /** What the file says of the record, or null when another is stored by now, or none. */
    private RecordProof.@Nullable Finding prove(StoreId store, BlobKey key, String version) {
        IndexEntry entry = log.index().get(store, key);
        return entry != null && entry.version().equals(version) ? log.prove(store, key, entry) : null;
    }

    private CompletableFuture<Boolean> deleteRecord(StoreId store, BlobKey key, String version) {
        DeleteOperation operation = new DeleteOperation(store, key, version);
        return answer(operation, operation.answer());
    }

    private <T> CompletableFuture<T> answer(LogOperation operation, CompletableFuture<T> answer) {
        KVStoreException refused = submit(operation);
        if (refused != null) {
            answer.completeExceptionally(refused);
            return answer;
        }
        var unused = answer.whenComplete((result, failure) -> {
            if (answer.isCancelled()) {
                log.queue().abandon(operation);
            }
        });
        return answer;
    }

    private @Nullable KVStoreException submit(LogOperation operation) {
        KVStoreException refused = log.queue().offer(operation);
        if (refused != null) {
            operation.letGo();
        }
        return refused;
    }

    @Override
    public CompletableFuture<BlobPage> list(StoreId store, KeyRange range, Optional<String> from, CallContext context) {
        Optional<BlobKey> after = from.flatMap(BlobKey::parse);
        if (from.isPresent() && after.isEmpty()) {
            return CompletableFuture.failedFuture(
                    new KVStoreException(Reason.INVALID_ARGUMENT, "from: not a page of this store"));
        }
        if (log.reader().isClosed()) {
            return CompletableFuture.failedFuture(DiskFailures.closed());
        }
        return CompletableFuture.completedFuture(log.index().page(store, range, after));
    }

    /** The stores that hold blobs, in no order. */
    public List<StoreId> stores() {
        return log.stores();
    }

    /** Blobs stored, of all stores, from the index: an instant's number that costs nothing to ask for. */
    public long blobCount() {
        return log.index().entries();
    }

    /** Bytes that the data takes on disk, deleted blobs included until their segment is compacted. */
    public long usedBytes() {
        return log.usedBytes();
    }

    /** How many segment files there are. */
    int segmentCount() {
        return log.segmentCount();
    }

    /** Acknowledges or fails what was asked for, for at most 30 s, and unlocks the directory. Open claims stay good. */
    @Override
    public void close() {
        log.close();
    }

    @Override
    public String toString() {
        return "FileBlobStore[" + directory + "]";
    }

    /** Settings of a {@link FileBlobStore}; every one has a default. */
    public static final class Builder {

        private final LogSettings settings;

        private Builder(Path directory) {
            settings = new LogSettings(directory, "kvstore-file");
        }

        /** What an acknowledged write survives; {@link Durability#SYNC} by default. */
        public Builder durability(Durability durability) {
            settings.durability = durability;
            return this;
        }

        /** Bytes that the data may take on disk; without a limit by default. */
        public Builder maxBytes(long maxBytes) {
            settings.maxBytes(maxBytes);
            return this;
        }

        /**
         * Length of a segment file, 256 MiB by default, 64 KiB to 1 GiB. A larger blob gets a file of its own. Smaller ones give
         * the space of deleted blobs back sooner; each one costs a mapping, of which Linux allows 65,530 a process.
         */
        public Builder segmentBytes(long segmentBytes) {
            settings.segmentBytes(segmentBytes);
            return this;
        }

        /** For tests that inject faults. */
        Builder files(DiskFiles files) {
            settings.files = files;
            return this;
        }

        /** For tests: bytes and operations that may wait to be written. */
        Builder queue(long maxBytes, int maxOperations) {
            settings.maxQueuedBytes = maxBytes;
            settings.maxQueuedOperations = maxOperations;
            return this;
        }

        /**
         * Opens the store, reading what is there.
         *
         * @throws IOException in one line: the directory is in use, not writable, or cannot be read
         */
        public FileBlobStore open() throws IOException {
            return new FileBlobStore(settings.directory, SegmentLog.open(settings.build()));
        }
    }
}
