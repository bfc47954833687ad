package io.kvstore.core;

import java.io.IOException;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gets back the space of deleted blobs: what is live in a mostly dead segment is appended again, then the file goes.
 *
 * <p>A crash at any point is safe. Moved records keep their sequence, so two copies of one record say the same, and a
 * tombstone beats every older put wherever the two lie. The old file goes only once the copies are on the medium.
 *
 * <p>A tombstone is needed as long as an older put of its key may lie in another segment. We do not know the keys of dead
 * records, so any put that is older than a tombstone keeps it: at 64 to 300 bytes a delete that is cheaper than an index of
 * the dead.
 */
final class Compaction implements Reclaimer {

    private static final Logger LOG = LoggerFactory.getLogger(Compaction.class);

    /** At one half, a byte of space gained costs at most one byte written, and at most half of the disk is waste. */
    private static final double DEAD_SHARE = 0.5;

    private static final long NO_ROUND = -1;

    private final Segments segments;
    private final RecordIndex index;
    private final AppendQueue queue;
    private final Maintenance maintenance;

    /** How many deaths the last finished round knew of. Written by the maintenance thread. */
    private volatile long deathsSeen = -1;

    /** As the round began: what dies while it runs is looked at in the next one. */
    private long roundDeaths = NO_ROUND;

    /** In this round, so that one segment that cannot be compacted does not keep the others from it. */
    private final Set<Segment> tried = new HashSet<>();

    Compaction(Segments segments, RecordIndex index, AppendQueue queue, Maintenance maintenance) {
        this.segments = segments;
        this.index = index;
        this.queue = queue;
        this.maintenance = maintenance;
    }

    @Override
    public boolean isDue() {
        return index.deaths() != deathsSeen;
    }

    @Override
    public @Nullable Segment next() {
        if (roundDeaths == NO_ROUND) {
            roundDeaths = index.deaths();
        }
        for (Segment segment : segments.all()) {
            if (!tried.contains(segment)
                    && segment.isSealed()
                    && !segment.isLeftAlone()
                    && neededBytes(segment) <= segment.recordBytes() * (1 - DEAD_SHARE)) {
                return segment;
            }
        }
        deathsSeen = roundDeaths;
        roundDeaths = NO_ROUND;
        tried.clear();
        return null;
    }

    private long neededBytes(Segment segment) {
        return segment.liveBytes() + (needsTombstones(segment) ? segment.tombstoneBytes() : 0);
    }

    private boolean needsTombstones(Segment segment) {
        return segments.mayComeBack()
                || segments.all().stream()
                        .anyMatch(other -> other != segment
                                && (other.isLeftAlone() // its unreadable blocks may hold any put
                                        || other.oldestPutSequence() < segment.newestDeleteSequence()));
    }

    @Override
    public boolean reclaim(Segment segment) {
        tried.add(segment);
        Relocation relocation = new Relocation(segments.files(), queue, index);
        try (DiskFile file = segments.files().reopen(segment)) {
            boolean tombstones = needsTombstones(segment);
            int recordsEnd = SegmentFooter.read(file, segment.salt(), record -> {
                if (maintenance.isStopping()) {
                    throw new IOException("the log is closing");
                }
                IndexEntry entry = index.get(record.store(), record.key());
                if (record.kind() == RecordHeader.Kind.DELETE && tombstones) {
                    relocation.moveTombstone(record);
                } else if (entry != null && entry.isAt(segment, record.offset())) {
                    relocation.move(record, entry);
                }
            });
            if (recordsEnd < 0) {
                throw new IOException("its footer is damaged: its tombstones may be needed");
            }
            relocation.await();
            forceCopies();
            if (segment.liveBytes() != 0) {
                throw new IOException(segment.liveBytes() + " bytes are still live");
            }
            // Looked at after the live bytes: a reader that finds a record unreadable says so first, and then lets go
            // of it.
            if (segment.isLeftAlone()) {
                throw new IOException("a part of it cannot be read now");
            }
        } catch (IOException e) {
            if (maintenance.isStopping()) {
                return false;
            }
            LOG.warn(
                    "{} is not compacted before the next delete, or the end of the next segment: {}",
                    segment,
                    e.toString());
            return true; // on to the next one
        } finally {
            relocation.tellLost(segment);
        }
        segments.drop(segment);
        return true;
    }

    /**
     * What the old file had was on the medium, so the copies have to be, also where writes are acknowledged before. Sealed
     * segments are: {@link Segment#force} says of the others whether an fsync proves it. Where the disk fails, what it has synced is
     * not asked for again: the failure would end every compaction.
     */
    private void forceCopies() throws IOException {
        for (Segment segment : segments.all()) {
            if (!segment.isSealed() && !(segment.isLeftAlone() && segment.isSynced())) {
                try (DiskFile file = segments.files().reopen(segment)) {
                    segment.force(file);
                }
            }
        }
    }
}
