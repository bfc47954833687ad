package io.kvstore.core;

import java.util.ArrayList;
import java.util.List;

/** Records of one segment that are committed together, in the order of the log. */
final class Batch {

    private final Segment segment;
    private final DiskFile file;
    private final List<Appended> appended = new ArrayList<>();
    private boolean last;

    Batch(Segment segment, DiskFile file) {
        this.segment = segment;
        this.file = file;
    }

    /** An operation and its record. */
    record Appended(LogOperation operation, RecordHeader header, int offset) {

        int end() {
            return offset + header.recordBytes();
        }
    }

    Segment segment() {
        return segment;
    }

    DiskFile file() {
        return file;
    }

    List<Appended> appended() {
        return appended;
    }

    void add(LogOperation operation, RecordHeader header, int offset) {
        appended.add(new Appended(operation, header, offset));
    }

    boolean isEmpty() {
        return appended.isEmpty();
    }

    /** Removes and returns what is not wholly before that offset. */
    List<Appended> cut(int writtenTo) {
        List<Appended> tail =
                appended.stream().filter(record -> record.end() > writtenTo).toList();
        appended.removeAll(tail);
        return tail;
    }

    /** Nothing is appended to the segment after this batch: it can be sealed. */
    void markLast() {
        last = true;
    }

    boolean isLast() {
        return last;
    }
}
