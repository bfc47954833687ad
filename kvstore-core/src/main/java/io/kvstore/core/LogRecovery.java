package io.kvstore.core;

import io.kvstore.api.StoreId;
import io.kvstore.spi.BlobKey;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Rebuilds the index at start. Sealed segments tell what they hold in their footers; the others, at most the one or two that
 * were written to last, are read and checked record by record, cut behind the last intact one, and sealed. Nothing is ever
 * appended to a segment of an earlier process: so what a torn tail left cannot come to lie under new records. A file of which
 * the disk cannot read a part is not touched: what is intact is served, and every start looks again.
 */
final class LogRecovery {

    private static final Logger LOG = LoggerFactory.getLogger(LogRecovery.class);

    private final Segments segments;
    private final RecordIndex index;
    private final Sealing sealing;
    private final SpaceBudget budget;
    private final Map<Name, Long> tombstones = new HashMap<>();
    private long sequence;
    private final List<SegmentFooter.Entry> damaged = new ArrayList<>();

    LogRecovery(Segments segments, RecordIndex index, Sealing sealing, SpaceBudget budget) {
        this.segments = segments;
        this.index = index;
        this.sealing = sealing;
        this.budget = budget;
    }

    private record Name(StoreId store, BlobKey key) {}

    /** Returns the highest sequence in use. */
    long run() throws IOException {
        for (Path path : segments.files().list()) {
            SegmentFiles.Opened opened = segments.files().open(path);
            if (opened == null) {
                setAside(path);
            } else {
                load(opened);
            }
        }
        long lost = damaged.stream().filter(this::isLost).count();
        if (lost > 0) {
            LOG.warn("{} records are damaged and left out: what was acknowledged of them is lost", lost);
        }
        return sequence;
    }

    /** Not if compaction was moving it and the record that it had is still there, or it was stored anew, or deleted. */
    private boolean isLost(SegmentFooter.Entry record) {
        IndexEntry other = index.get(record.store(), record.key());
        long deleted = tombstones.getOrDefault(new Name(record.store(), record.key()), -1L);
        return deleted < record.sequence() && (other == null || other.sequence() < record.sequence());
    }

    private void load(SegmentFiles.Opened opened) throws IOException {
        Segment segment = opened.segment();
        DiskFile file = opened.file();
        segments.add(segment);
        try {
            int footerFrom = SegmentFooter.read(file, segment.salt(), record -> replay(segment, record));
            if (footerFrom >= 0) {
                segment.end(footerFrom);
                segment.sealed((int) (file.length() - footerFrom));
                budget.take(segment.fileBytes());
                file.close();
                return;
            }
            Map<Integer, Integer> skips = scan(segment, file);
            budget.take(segment.fileBytes());
            // Records of a killed process may be in the page cache only, and puts will be told that they are stored.
            segment.force(file);
            if (segment.isLeftAlone()) {
                file.close();
            } else {
                sealing.seal(segment, file, skips);
            }
        } catch (IOException | RuntimeException e) {
            SegmentFiles.closeQuietly(file, e);
            throw e;
        }
    }

    private Map<Integer, Integer> scan(Segment segment, DiskFile file) throws IOException {
        SegmentScan scan = new SegmentScan(file, segment.salt());
        scan.run(record -> replay(segment, record));
        segment.end(scan.intactEnd());
        damaged.addAll(scan.damaged());
        // Their numbers are not given again either: a disk that has them back later must not have two of one number.
        scan.damaged().forEach(record -> sequence = Math.max(sequence, record.sequence()));
        if (scan.unreadableBlocks() > 0) {
            // Neither cut nor sealed: the sectors may be readable at the next start, or from a copy of the disk.
            segment.leaveAlone();
            LOG.error(
                    "{}: {} blocks of the disk cannot be read, what lies there counts as absent; the file is left as it is",
                    segment,
                    scan.unreadableBlocks());
            return Map.of();
        }
        if (!scan.skips().isEmpty()) {
            LOG.warn("{} is damaged between these offsets, what lay there is lost: {}", segment, scan.skips());
        }
        if (scan.isTorn()) {
            LOG.warn("{} ends in an unfinished or damaged record: cut there", segment);
        } else if (scan.hasUnfinished()) {
            LOG.info(
                    "{} ends in a write that the last process did not finish, so never acknowledged: cut there",
                    segment);
        }
        return scan.skips();
    }

    /** Of all that was said of a key, the highest sequence counts. */
    private void replay(Segment segment, SegmentFooter.Entry record) {
        sequence = Math.max(sequence, record.sequence());
        segment.added(record.kind(), record.sequence(), record.recordBytes());
        IndexEntry before = index.get(record.store(), record.key());
        long deleted = tombstones.isEmpty() ? -1 : tombstones.getOrDefault(new Name(record.store(), record.key()), -1L);
        if (record.kind() == RecordHeader.Kind.DELETE) {
            tombstones.put(new Name(record.store(), record.key()), Math.max(deleted, record.sequence()));
            if (before != null && before.sequence() < record.sequence()) {
                index.remove(record.store(), record.key());
            }
        } else if (deleted > record.sequence() || (before != null && before.sequence() > record.sequence())) {
            segment.died(record.recordBytes());
        } else {
            index.put(record.store(), entry(segment, record));
        }
    }

    private static IndexEntry entry(Segment segment, SegmentFooter.Entry record) {
        return new IndexEntry(
                record.key(),
                segment,
                record.offset(),
                record.headerBytes(),
                record.payloadBytes(),
                record.tag(),
                record.sequence());
    }

    /**
     * Without its header, and so its salt, a segment cannot be read. One that is zeros from end to end never held anything that
     * counts: the process was lost while it made it. Any other is left for whoever can say more.
     */
    private void setAside(Path path) throws IOException {
        segments.reserve(SegmentFiles.id(path));
        if (segments.files().isBlank(path)) {
            segments.files().delete(path);
            LOG.info("{} was made and never written to, deleted", path);
        } else {
            LOG.error("{} has a damaged header: its blobs are lost, the file is left as it is", path);
        }
    }
}
