package io.kvstore.core;

import io.kvstore.api.KVStoreException;
import io.kvstore.api.Payload;
import io.kvstore.api.Reason;
import io.kvstore.spi.BlobInfo;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Appends records of a segment again, through the queue that callers use and with a small window, so that their writes go on
 * in between. Used by the maintenance thread.
 */
final class Relocation {

    private static final Logger LOG = LoggerFactory.getLogger(Relocation.class);

    private static final long WINDOW_BYTES = 8L * 1024 * 1024;
    private static final int WINDOW_OPERATIONS = 256;

    private final SegmentFiles files;
    private final AppendQueue queue;
    private final RecordIndex index;
    private final List<CompletableFuture<Void>> window = new ArrayList<>();
    private long windowBytes;
    private int lostRecords;
    private int firstLostOffset;

    Relocation(SegmentFiles files, AppendQueue queue, RecordIndex index) {
        this.files = files;
        this.queue = queue;
        this.index = index;
    }

    /** Moves a live blob. */
    void move(SegmentFooter.Entry record, IndexEntry entry) throws IOException {
        Segment segment = entry.segment();
        if (!segment.claim()) {
            return; // dropped, so moved already
        }
        MoveOperation operation;
        try {
            BlobInfo info = intact(segment, record, entry);
            Payload payload = Payload.of(segment.payload(entry), segment::release);
            operation = new MoveOperation(record.store(), record.key(), entry, info, payload);
        } catch (KVStoreException e) {
            segment.release();
            lost(record, entry, e);
            return;
        }
        submit(operation, operation.outcome());
    }

    /** Checks the payload too: the appender must not be the one to find a page that cannot be read. */
    private static BlobInfo intact(Segment segment, SegmentFooter.Entry record, IndexEntry entry) {
        BlobInfo info = segment.info(entry, record.key());
        try {
            if (Crc32c.of(segment.payload(entry)) == info.crc32c()) {
                return info;
            }
        } catch (InternalError e) {
            throw new KVStoreException(Reason.DATA_LOSS, "local disk: the stored payload cannot be read", e);
        }
        throw new KVStoreException(Reason.DATA_LOSS, "local disk: the stored payload is damaged");
    }

    /** Moves a tombstone. */
    void moveTombstone(SegmentFooter.Entry record) throws IOException {
        MoveTombstoneOperation operation = new MoveTombstoneOperation(record.store(), record.key(), record.sequence());
        submit(operation, operation.outcome());
    }

    private void lost(SegmentFooter.Entry record, IndexEntry entry, KVStoreException cause) throws IOException {
        if (cause.reason() != Reason.DATA_LOSS || !isProven(record, entry)) {
            throw new IOException("cannot read a record at " + record.offset() + " of " + entry.segment(), cause);
        }
        if (lostRecords++ == 0) {
            firstLostOffset = record.offset();
        }
        index.remove(record.store(), entry);
    }

    /** One line for all of a segment: a damaged disk may have hit thousands of records. */
    void tellLost(Segment segment) {
        if (lostRecords > 0) {
            LOG.warn(
                    "{} has {} damaged records, the first at {}: their blobs are lost",
                    segment,
                    lostRecords,
                    firstLostOffset);
        }
    }

    /** One failed look is no proof, and the record goes with its segment. */
    private boolean isProven(SegmentFooter.Entry record, IndexEntry entry) {
        RecordProof.Finding finding = RecordProof.of(files, entry, record.key());
        if (finding == RecordProof.Finding.UNREADABLE) {
            entry.segment().leaveAlone();
        }
        return finding == RecordProof.Finding.DAMAGED;
    }

    private void submit(LogOperation operation, CompletableFuture<Void> outcome) throws IOException {
        if (!queue.offerOurs(operation)) {
            operation.letGo();
            throw new IOException("the log is closed");
        }
        window.add(outcome);
        windowBytes += operation.queuedBytes();
        if (windowBytes >= WINDOW_BYTES || window.size() >= WINDOW_OPERATIONS) {
            await();
        }
    }

    /** Waits until what was moved is committed. */
    void await() throws IOException {
        try {
            CompletableFuture.allOf(window.toArray(CompletableFuture[]::new)).join();
        } catch (CompletionException e) {
            throw new IOException("cannot append a moved record", e.getCause());
        } finally {
            window.clear();
            windowBytes = 0;
        }
    }
}
