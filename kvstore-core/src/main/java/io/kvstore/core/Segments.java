package io.kvstore.core;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.concurrent.ConcurrentSkipListMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The segments of a log, oldest first. */
final class Segments {

    private static final Logger LOG = LoggerFactory.getLogger(Segments.class);

    private final SegmentFiles files;
    private final SpaceBudget budget;
    private final long segmentBytes;
    private final ConcurrentSkipListMap<Long, Segment> byId = new ConcurrentSkipListMap<>();
    private volatile boolean mayComeBack;
    private long nextId;

    Segments(SegmentFiles files, SpaceBudget budget, long segmentBytes) {
        this.files = files;
        this.budget = budget;
        this.segmentBytes = segmentBytes;
    }

    /** Takes over a segment found at start. */
    void add(Segment segment) {
        byId.put(segment.id(), segment);
        reserve(segment.id());
    }

    /** No new segment gets that number. */
    void reserve(long id) {
        nextId = Math.max(nextId, id + 1);
    }

    /** A new segment with room for the record, which gets one of its own when it is larger than a segment. */
    SegmentWriter create(int recordBytes, ByteBuffer gathered) throws IOException {
        long length = Math.max(segmentBytes, SegmentFiles.HEADER_BYTES + (long) recordBytes);
        SegmentFiles.Opened opened = files.create(nextId++, length);
        budget.take(SegmentFiles.HEADER_BYTES);
        byId.put(opened.segment().id(), opened.segment());
        return new SegmentWriter(opened, length, gathered);
    }

    Collection<Segment> all() {
        return byId.values();
    }

    SegmentFiles files() {
        return files;
    }

    /**
     * Deletes the file; the memory stays until the last claim is closed. Nothing in the index may point there any more.
     *
     * @return false when the file is still there: then the segment stays, and it is tried again
     */
    boolean drop(Segment segment) {
        try {
            files.delete(segment.path());
        } catch (IOException e) {
            LOG.warn("cannot delete {}", segment, e);
            return false;
        }
        byId.remove(segment.id());
        budget.give(segment.fileBytes());
        segment.release();
        try {
            files.forceDeletions();
            mayComeBack = false;
        } catch (IOException e) {
            mayComeBack = true;
            LOG.warn("{} is deleted, but a loss of power may bring it back", segment, e);
        }
        return true;
    }

    /** Whether a dropped segment may be there again after a loss of power. */
    boolean mayComeBack() {
        return mayComeBack;
    }

    /** Lets go of all of them; open claims keep their memory. */
    void close() {
        byId.values().forEach(Segment::release);
        byId.clear();
    }
}
