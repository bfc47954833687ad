package io.kvstore.core;

import java.io.IOException;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends a segment: cuts the file to what is committed and writes the footer behind it. A failure, of a full disk say, is not the
 * end of anything: the segment serves on, and is sealed when the next one is, or when space was reclaimed.
 *
 * <p>Used by the thread that opens the log, then by the maintenance thread.
 */
final class Sealing {

    private static final Logger LOG = LoggerFactory.getLogger(Sealing.class);

    private final Segments segments;
    private final SpaceBudget budget;

    /** Ended and not sealed, oldest first. */
    private final Set<Segment> unsealed = new LinkedHashSet<>();

    Sealing(Segments segments, SpaceBudget budget) {
        this.segments = segments;
        this.budget = budget;
    }

    /**
     * Seals and closes the file.
     *
     * @param skips where something else lies between two records, and where it ends
     */
    void seal(Segment segment, DiskFile file, Map<Integer, Integer> skips) {
        try (file) {
            close(segment, file, skips);
            unsealed.remove(segment);
        } catch (IOException | InternalError e) { // InternalError: a page of the mapping that cannot be read
            if (segment.isLeftAlone()) {
                unsealed.remove(segment);
                LOG.error("cannot seal {}, it is left as it is for the next start", segment, e);
            } else {
                unsealed.add(segment);
                LOG.warn("cannot seal {} now", segment, e);
            }
        }
    }

    /** Tries again what failed before. */
    void retry() {
        for (Segment segment : List.copyOf(unsealed)) {
            try {
                seal(segment, segments.files().reopen(segment), Map.of());
            } catch (IOException e) {
                LOG.warn("cannot seal {} now", segment, e);
            }
        }
    }

    private void close(Segment segment, DiskFile file, Map<Integer, Integer> skips) throws IOException {
        file.setLength(segment.end());
        if (segment.recordBytes() == 0) {
            segments.drop(segment);
            return;
        }
        segment.force(file); // before the footer: an intact one promises that the records are there
        int footerBytes;
        try {
            footerBytes = writeFooter(segment, file, skips);
        } catch (DamagedException | InternalError e) {
            LOG.warn("{} is damaged, reading it record by record", segment, e);
            footerBytes = writeFooter(segment, file, skips(segment, file));
        }
        file.force();
        budget.take(footerBytes);
        segment.sealed(footerBytes);
    }

    private static int writeFooter(Segment segment, DiskFile file, Map<Integer, Integer> skips) throws IOException {
        SegmentFooter.Writer footer = new SegmentFooter.Writer(file, segment.salt(), segment.end());
        for (int offset = SegmentFiles.HEADER_BYTES; offset < segment.end(); ) {
            if (skips.containsKey(offset)) {
                offset = skips.get(offset);
                continue;
            }
            RecordHeader header = segment.header(offset);
            if (header == null) {
                MappedMemory.reportFault();
                throw new DamagedException("no record at " + offset + " of " + segment);
            }
            footer.record(SegmentScan.entry(header, offset));
            offset += header.recordBytes();
        }
        return (int) (footer.finish() - segment.end());
    }

    private static Map<Integer, Integer> skips(Segment segment, DiskFile file) throws IOException {
        file.setLength(segment.end()); // a part of a footer may be there already
        SegmentScan scan = new SegmentScan(file, segment.salt());
        scan.run(record -> {});
        if (scan.unreadableBlocks() > 0) { // a footer without them would be the end of what lies there
            segment.leaveAlone();
            throw new IOException(scan.unreadableBlocks() + " blocks cannot be read");
        }
        Map<Integer, Integer> skips = new HashMap<>(scan.skips());
        if (scan.intactEnd() < segment.end()) {
            skips.put(scan.intactEnd(), segment.end());
        }
        return skips;
    }

    private static final class DamagedException extends IOException {
        private static final long serialVersionUID = 1;

        DamagedException(String message) {
            super(message);
        }
    }
}
