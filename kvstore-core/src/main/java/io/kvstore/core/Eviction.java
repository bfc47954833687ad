package io.kvstore.core;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a cache within its space: drops the oldest segment, after appending again what was read since it was written. First in,
 * first out with a second chance misses hardly more than LRU on reuse like ours and keeps no order between reads.
 *
 * <p>Tombstones go with their segment: a record is moved only while it is live, so whatever a tombstone kills lies
 * before it in the log and was dropped before it.
 */
final class Eviction implements Reclaimer {

    private static final Logger LOG = LoggerFactory.getLogger(Eviction.class);

    /**
     * Of a segment: were everything hot, moving all of it would gain no space and wear the disk out. So much may be on the disk
     * beyond the limit of the log for a moment: while it is full, what is hot must not be lost for want of room.
     */
    private static final double SPARED_SHARE = 0.5;

    private final Segments segments;
    private final RecordIndex index;
    private final AppendQueue queue;
    private final Maintenance maintenance;
    private final SpaceBudget budget;
    private final long highWaterBytes;

    Eviction(
            Segments segments,
            RecordIndex index,
            AppendQueue queue,
            Maintenance maintenance,
            SpaceBudget budget,
            long highWaterBytes) {
        this.segments = segments;
        this.index = index;
        this.queue = queue;
        this.maintenance = maintenance;
        this.budget = budget;
        this.highWaterBytes = highWaterBytes;
    }

    @Override
    public boolean isDue() {
        return budget.usedBytes() > highWaterBytes;
    }

    @Override
    public @Nullable Segment next() {
        if (!isDue()) {
            return null;
        }
        return segments.all().stream()
                .filter(segment -> segment.isSealed() || segment.isLeftAlone()) // of a cache copies may go unread
                .findFirst()
                .orElse(null);
    }

    @Override
    public boolean reclaim(Segment segment) {
        try (DiskFile file = segments.files().reopen(segment)) {
            Relocation relocation = new Relocation(segments.files(), queue, index);
            Spared spared = new Spared((long) (segment.recordBytes() * SPARED_SHARE), relocation);
            SegmentFooter.read(file, segment.salt(), record -> {
                IndexEntry entry = index.get(record.store(), record.key());
                if (entry != null && entry.isAt(segment, record.offset()) && !spared.take(record, entry)) {
                    index.remove(record.store(), entry);
                }
            });
            relocation.await();
        } catch (IOException e) {
            if (maintenance.isStopping()) {
                return false; // what could not be moved stays for the next start
            }
            LOG.info("{} is dropped with all it holds: {}", segment, e.toString());
        }
        index.removeAll(segment); // what could not be moved or read
        return segments.drop(segment);
    }

    private static final class Spared {

        private final Relocation relocation;
        private long leftBytes;

        Spared(long leftBytes, Relocation relocation) {
            this.leftBytes = leftBytes;
            this.relocation = relocation;
        }

        boolean take(SegmentFooter.Entry record, IndexEntry entry) throws IOException {
            if (!entry.isUsed() || entry.recordBytes() > leftBytes) {
                return false;
            }
            leftBytes -= entry.recordBytes();
            relocation.move(record, entry);
            return true;
        }
    }
}
