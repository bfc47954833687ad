package io.kvstore.core;

import io.kvstore.api.KVStoreException;
import java.io.IOException;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes batches durable and visible, in order, while the appender writes the next one.
 *
 * <p>After a failed fsync the kernel may have dropped the pages and call the next fsync a success, so those bytes are never
 * trusted: everything written and not committed fails, the file is cut to what was synced before, and the appender goes on
 * in a new one. Only the appender {@link #mend() mends}, when nothing is under way, so nothing that was decided by looking at
 * a failed operation is committed.
 */
final class Committer implements Runnable {

    private static final Logger LOG = LoggerFactory.getLogger(Committer.class);

    private final BatchHandOff batches = new BatchHandOff();
    private final LogState state;
    private final Durability durability;
    private final Maintenance maintenance;
    private final SpaceBudget budget;
    private final DiskFailures failures;
    private volatile boolean broken;

    Committer(
            LogState state, Durability durability, Maintenance maintenance, SpaceBudget budget, DiskFailures failures) {
        this.state = state;
        this.durability = durability;
        this.maintenance = maintenance;
        this.budget = budget;
        this.failures = failures;
    }

    /** Hands a batch over; waits while two are under way. */
    void commit(Batch batch) {
        batches.put(batch);
    }

    void reclaimIfDue() {
        maintenance.changed();
    }

    boolean isBroken() {
        return broken;
    }

    /** Waits until all batches are committed or failed. */
    void awaitIdle() {
        batches.awaitIdle();
    }

    void mend() {
        broken = false;
    }

    /** After the batches handed over so far the thread ends. */
    void close() {
        batches.close();
    }

    @Override
    public void run() {
        for (Batch batch = batches.take(); batch != null; batch = batches.take()) {
            try {
                settle(batch);
            } catch (RuntimeException | Error e) {
                broken = true; // a defect: what it left half done is not built upon
                LOG.error("a defect failed a commit to {}", batch.segment(), e);
                fail(batch, KVStoreException.of(e));
            }
            if (batch.isLast()) {
                maintenance.seal(batch.segment(), batch.file());
            }
        }
    }

    private void settle(Batch batch) {
        if (batch.isEmpty()) {
            return;
        }
        if (broken) {
            fail(batch, DiskFailures.unavailable("a write before this one", new IOException("earlier fsync failed")));
            return;
        }
        try {
            if (durability == Durability.SYNC) {
                batch.file().force();
            }
        } catch (IOException e) {
            broken = true;
            LOG.error("fsync of {} failed: its writes fail, and go on in a new segment", batch.segment(), e);
            // Where space is allocated late, a full disk shows here first.
            fail(batch, failures.of("fsync", e, 1));
            return;
        }
        if (!isThere(batch)) {
            broken = true;
            LOG.error(
                    "{} was removed while it was written to: its writes fail, and go on in a new segment",
                    batch.segment());
            fail(batch, DiskFailures.gone());
            return;
        }
        succeed(batch);
        if (durability == Durability.SYNC) {
            batch.segment().synced();
        }
    }

    /** A file without a name takes writes, and fsyncs, as any other: nobody finds them after the next start. */
    private static boolean isThere(Batch batch) {
        try {
            return batch.file().isThere();
        } catch (IOException e) {
            LOG.error("cannot look for {}", batch.segment(), e);
            return false;
        }
    }

    private void succeed(Batch batch) {
        Segment segment = batch.segment();
        List<Batch.Appended> appended = batch.appended();
        for (Batch.Appended record : appended) {
            RecordHeader header = record.header();
            segment.end(record.end()); // one by one: after a defect the rest is cut off
            segment.added(header.kind(), header.sequence(), header.recordBytes());
            record.operation().committed(state, header, segment, record.offset());
        }
        maintenance.changed();
    }

    private void fail(Batch batch, KVStoreException failure) {
        try {
            // At once, and before anybody is told: after a restart these bytes could look like good records.
            batch.file().setLength(batch.segment().end());
        } catch (IOException e) {
            LOG.error("cannot cut {} back", batch.segment(), e);
        }
        List<Batch.Appended> appended = batch.appended();
        for (int i = appended.size() - 1; i >= 0; i--) { // the last one first, as LogState expects
            if (!appended.get(i).operation().isFinished()) {
                fail(appended.get(i), batch.segment(), failure);
            }
        }
    }

    private void fail(Batch.Appended record, Segment segment, KVStoreException failure) {
        try {
            if (record.end() > segment.end()) { // else its segment gives it back
                budget.give(record.header().recordBytes());
            }
            record.operation().failed(state, failure);
        } catch (RuntimeException | Error e) {
            LOG.error("a defect while a write of {} was failed", segment, e);
        }
    }
}
