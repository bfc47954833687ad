package io.kvstore.core;

import io.kvstore.api.KVStoreException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread that writes to the log: takes what is queued, appends it in order, and hands it to the committer. So the log
 * is always a prefix of what was asked for, and no two writers meet.
 */
final class Appender implements Runnable {

    private static final Logger LOG = LoggerFactory.getLogger(Appender.class);

    /**
     * One group: small enough to be written while the one before is synced. With 32 MiB most of what was under way was in one
     * group, nothing overlapped, and 1.2 MB puts were half as fast; with 2 MiB there were too many syncs.
     */
    private static final long BATCH_BYTES = 8L * 1024 * 1024;

    private static final int BATCH_OPERATIONS = 1_024;

    private final AppendQueue queue;
    private final LogState state;
    private final Segments segments;
    private final Committer committer;
    private final DiskFailures failures;
    private final SpaceBudget budget;
    private final ByteBuffer gathered = ByteBuffer.allocateDirect(SegmentWriter.bufferBytes());

    private @Nullable SegmentWriter writer;
    private @Nullable Batch batch;

    Appender(
            AppendQueue queue,
            LogState state,
            Segments segments,
            Committer committer,
            DiskFailures failures,
            SpaceBudget budget) {
        this.queue = queue;
        this.state = state;
        this.segments = segments;
        this.committer = committer;
        this.failures = failures;
        this.budget = budget;
    }

    @Override
    public void run() {
        List<LogOperation> operations = queue.take(BATCH_BYTES, BATCH_OPERATIONS);
        while (!operations.isEmpty()) {
            if (committer.isBroken()) {
                abandonSegment();
            }
            for (LogOperation operation : operations) {
                process(operation);
            }
            handOver(false);
            operations = queue.take(BATCH_BYTES, BATCH_OPERATIONS);
        }
        handOver(true);
        committer.close();
    }

    private void process(LogOperation operation) {
        if (!operation.begin()) {
            return;
        }
        try {
            RecordHeader header = operation.prepare(state);
            if (header != null) {
                append(operation, header);
            }
        } catch (KVStoreException e) {
            operation.failed(state, e);
        } catch (RuntimeException | Error e) {
            LOG.error("a defect failed a write", e);
            operation.failed(state, KVStoreException.of(e));
        }
    }

    private void append(LogOperation operation, RecordHeader header) {
        int bytes = header.recordBytes();
        if (!operation.isBudgeted()) {
            budget.take(bytes);
        } else if (!budget.tryTake(bytes)) {
            committer.reclaimIfDue(); // with every put refused, no commit would come and ask for it
            throw failures.usedUp(budget.maxBytes(), bytes);
        }
        try {
            SegmentWriter target = writerFor(bytes);
            int offset = target.end();
            RecordHeader written = target.append(header, operation.payload(), operation.isSummedHere());
            operation.letGo();
            batchOf(target).add(operation, written, offset);
            if (operation.isPending()) {
                state.addPending(operation);
            }
        } catch (Throwable e) { // errors too, a mapped page that cannot be read is one: half a record must not stay
            // gathered
            budget.give(bytes);
            KVStoreException failure = failure(e, bytes);
            dropUnwritten(failure);
            throw failure;
        }
    }

    private KVStoreException failure(Throwable cause, int bytes) {
        return cause instanceof IOException failed ? failures.of("write", failed, bytes) : KVStoreException.of(cause);
    }

    /** A writer with room for the record: the current one, or one on a new segment. */
    private SegmentWriter writerFor(int recordBytes) throws IOException {
        SegmentWriter current = writer;
        if (current != null && current.fits(recordBytes)) {
            return current;
        }
        if (current != null) {
            current.flush();
            handOver(true);
        }
        SegmentWriter next = segments.create(recordBytes, gathered);
        writer = next;
        return next;
    }

    private Batch batchOf(SegmentWriter target) {
        Batch current = batch;
        if (current == null) {
            current = new Batch(target.segment(), target.file());
            batch = current;
        }
        return current;
    }

    /** Gives the committer what was appended. With {@code last} the segment ends here. */
    private void handOver(boolean last) {
        SegmentWriter current = writer;
        if (current == null) {
            return;
        }
        try {
            current.flush();
        } catch (IOException
                | RuntimeException
                | Error e) { // whatever it is: without this thread nothing is ever written
            dropUnwritten(failure(e, SegmentWriter.bufferBytes()));
            current = writer; // gone if the segment could not be cut back
        }
        if (current != null && (last || batch != null)) {
            pass(current, last);
        }
    }

    private void pass(SegmentWriter current, boolean last) {
        Batch full = batchOf(current);
        batch = null;
        if (last) {
            full.markLast();
            writer = null;
        }
        committer.commit(full);
    }

    /** After a failed write: fails what is not in the file, all of it, and makes the rest of the file zeros again. */
    private void dropUnwritten(KVStoreException failure) {
        SegmentWriter current = writer;
        if (current == null) {
            return;
        }
        if (batch != null) {
            List<Batch.Appended> lost = batch.cut(current.writtenTo());
            for (int i = lost.size() - 1; i >= 0; i--) { // the last one first, as LogState expects
                budget.give(lost.get(i).header().recordBytes());
                lost.get(i).operation().failed(state, failure);
            }
        }
        try {
            current.cutBack();
        } catch (IOException e) {
            LOG.warn("cannot cut {} back after a failed write, going on in a new segment", current.segment(), e);
            pass(current, true);
        }
    }

    /** After a failed fsync nobody knows what is on the medium: what comes next goes to another file. */
    private void abandonSegment() {
        committer.awaitIdle();
        if (writer != null) {
            pass(writer, true); // without records: only to have it sealed at its last committed one
        }
        committer.awaitIdle();
        committer.mend();
    }
}
