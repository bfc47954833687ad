package io.kvstore.core;

import java.io.IOException;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends a segment: cuts the file to what is committed and writes the footer behind it. A failure is not the end of anything: the
 * segment serves on, and the next start reads it record by record.
 */
final class Sealing {

    private static final Logger LOG = LoggerFactory.getLogger(Sealing.class);

    private final Segments segments;
    private final SpaceBudget budget;

    Sealing(Segments segments, SpaceBudget budget) {
        this.segments = segments;
        this.budget = budget;
    }

    /**
     * Seals and closes the file.
     *
     * @param damaged offsets of records that the footer leaves out
     */
    void seal(Segment segment, DiskFile file, Set<Integer> damaged) {
        try (file) {
            file.setLength(segment.end());
            if (segment.recordBytes() == 0) {
                segments.drop(segment);
                return;
            }
            file.force(); // before the footer: an intact one promises that the records are there
            SegmentFooter.Writer footer = new SegmentFooter.Writer(file, segment.salt(), segment.end());
            walk(segment, damaged, footer);
            int footerBytes = (int) (footer.finish() - segment.end());
            file.force();
            budget.take(footerBytes);
            segment.sealed(footerBytes);
        } catch (IOException | InternalError e) { // InternalError: a page of the mapping that cannot be read
            LOG.warn("cannot seal {}, the next start will", segment, e);
        }
    }

    private static void walk(Segment segment, Set<Integer> damaged, SegmentFooter.Visitor visitor) throws IOException {
        for (int offset = SegmentFiles.HEADER_BYTES; offset < segment.end(); ) {
            RecordHeader header = segment.header(offset);
            if (header == null) {
                throw new IOException("no record at " + offset + " of " + segment);
            }
            if (!damaged.contains(offset)) {
                visitor.record(SegmentScan.entry(header, offset));
            }
            offset += header.recordBytes();
        }
    }
}
