package io.kvstore.core;

import io.kvstore.api.StoreId;
import io.kvstore.spi.BlobKey;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The engine of the embedded store and of the disk cache: an append-only log of records in segment files, shared by all
 * stores, with an index in memory.
 *
 * <pre>
 * put, delete -> AppendQueue -> Appender --batch--> Committer -> index, answers
 *                                  | writes            | fsync
 *                                  v                   v
 *                               segment files      (sealing, compaction or eviction: Maintenance)
 * get, peek, list -> RecordIndex -> slices of the mapped segments
 * </pre>
 *
 * Group commit needs no timer: while one batch is synced the next one gathers. All tenants share it.
 */
final class SegmentLog implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(SegmentLog.class);

    /** Longer than any queue takes on a disk that works. */
    private static final long CLOSE_TIMEOUT_NANOS = TimeUnit.SECONDS.toNanos(30);

    private final DataDirectory directory;
    private final Segments segments;
    private final RecordIndex index;
    private final RecordReader reader;
    private final AppendQueue queue;
    private final Maintenance maintenance;
    private final SpaceBudget budget;
    private final Thread appender;
    private final Thread committer;
    private boolean closed;

    /**
     * How a log is kept.
     *
     * @param segmentBytes length of a segment
     * @param maxBytes bytes that all segments may hold, live or dead
     * @param evictAboveBytes drop the oldest segment above this; 0 to keep everything and compact instead
     * @param maxQueuedBytes payloads and attributes that may wait to be written
     * @param maxQueuedOperations operations that may wait
     * @param answers completes futures
     */
    record Settings(
            Path directory,
            Durability durability,
            long segmentBytes,
            long maxBytes,
            long evictAboveBytes,
            long maxQueuedBytes,
            int maxQueuedOperations,
            Executor answers,
            ThreadFactory threads,
            SecureRandom random,
            DiskFiles files) {}

    private SegmentLog(Settings settings, DataDirectory directory) throws IOException {
        this.directory = directory;
        budget = new SpaceBudget(settings.maxBytes());
        SegmentFiles files = new SegmentFiles(settings.files(), directory, settings.random());
        segments = new Segments(files, budget, settings.segmentBytes());
        index = new RecordIndex();
        reader = new RecordReader(index);
        queue = new AppendQueue(settings.maxQueuedBytes(), settings.maxQueuedOperations());
        Sealing sealing = new Sealing(segments, budget);
        long sequence = new LogRecovery(segments, index, sealing, budget).run();
        LogState state = new LogState(
                index,
                reader,
                new FairWorkers(settings.answers(), LogSettings.MAX_ANSWER_THREADS_OF_RESOURCE),
                sequence);
        maintenance = new Maintenance(sealing, settings.threads());
        boolean evicting = settings.evictAboveBytes() > 0;
        DiskFailures failures = new DiskFailures(settings.files(), directory.path(), evicting);
        Committer commits = new Committer(state, settings.durability(), maintenance, budget, failures);
        appender = settings.threads().newThread(new Appender(queue, state, segments, commits, failures, budget));
        committer = settings.threads().newThread(commits);
        appender.setName(appender.getName() + "-append");
        committer.setName(committer.getName() + "-commit");
        maintenance.reclaimWith(
                evicting
                        ? new Eviction(segments, index, queue, maintenance, budget, settings.evictAboveBytes())
                        : new Compaction(segments, index, queue, maintenance));
    }

    /** Locks the directory, rebuilds the index and starts. */
    static SegmentLog open(Settings settings) throws IOException {
        DataDirectory directory = DataDirectory.lock(settings.directory(), settings.files());
        try {
            SegmentLog log = new SegmentLog(settings, directory);
            log.appender.start();
            log.committer.start();
            return log;
        } catch (IOException e) {
            directory.close();
            throw new IOException("data directory " + settings.directory() + ": " + e.getMessage(), e);
        } catch (RuntimeException e) {
            directory.close();
            throw e;
        }
    }

    RecordReader reader() {
        return reader;
    }

    RecordIndex index() {
        return index;
    }

    /**
     * What the file says of a record that seemed damaged. One that the disk cannot read counts as absent from now on, so that it
     * can be stored anew, and is kept in its file: the next start looks again. Waits for the disk.
     */
    RecordProof.Finding prove(StoreId store, BlobKey key, IndexEntry entry) {
        RecordProof.Finding finding = RecordProof.of(segments.files(), entry, key);
        if (finding == RecordProof.Finding.UNREADABLE) {
            entry.segment().leaveAlone(); // first, or its space would be reclaimed
            index.remove(store, entry);
        }
        return finding;
    }

    AppendQueue queue() {
        return queue;
    }

    long usedBytes() {
        return budget.usedBytes();
    }

    int segmentCount() {
        return segments.all().size();
    }

    List<StoreId> stores() {
        return index.stores();
    }

    /** Writes what is queued, seals the last segment so that the next start is fast, and unlocks. Takes a bounded time. */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        maintenance.stopReclaiming();
        queue.close();
        boolean ended = endThreads(System.nanoTime() + CLOSE_TIMEOUT_NANOS);
        reader.close();
        if (!ended) {
            // Whoever still hangs in the disk may write when it wakes up: keep files and lock until the process ends.
            LOG.error("{} could not be closed in time", directory.path());
            return;
        }
        segments.close();
        try {
            directory.close();
        } catch (IOException e) {
            LOG.warn("cannot unlock {}", directory.path(), e);
        }
    }

    /** Does not let itself be interrupted: half closed, the directory would stay locked and the last segment unsealed. */
    private boolean endThreads(long deadlineNanos) {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    TimeUnit.NANOSECONDS.timedJoin(appender, left(deadlineNanos));
                    TimeUnit.NANOSECONDS.timedJoin(committer, left(deadlineNanos));
                    return !appender.isAlive() && !committer.isAlive() && maintenance.close(left(deadlineNanos));
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static long left(long deadlineNanos) {
        return Math.max(1, deadlineNanos - System.nanoTime());
    }
}
