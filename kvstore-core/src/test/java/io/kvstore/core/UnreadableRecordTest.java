package io.kvstore.core;

import static io.kvstore.core.DiskFixture.STORE;
import static io.kvstore.core.DiskFixture.await;
import static io.kvstore.core.DiskFixture.copy;
import static io.kvstore.core.DiskFixture.delete;
import static io.kvstore.core.DiskFixture.failure;
import static io.kvstore.core.DiskFixture.flipBit;
import static io.kvstore.core.DiskFixture.isStored;
import static io.kvstore.core.DiskFixture.key;
import static io.kvstore.core.DiskFixture.lastSegment;
import static io.kvstore.core.DiskFixture.put;
import static io.kvstore.core.DiskFixture.segments;
import static io.kvstore.core.DiskFixture.soon;
import static org.assertj.core.api.Assertions.assertThat;

import io.kvstore.api.Reason;
import io.kvstore.spi.Blob;
import java.io.IOException;
import java.nio.file.Path;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A disk that once could not read, or read wrong: nothing is deleted for it, and what it gives back later is there again. */
class UnreadableRecordTest {

    private static final int SIZE = 4_000;
    private static final int SEGMENT_BYTES = 1 << 16;

    @TempDir
    Path root;

    private final FaultyDiskFiles disk = new FaultyDiskFiles();
    private Path directory;

    @BeforeEach
    void directory() {
        directory = root.resolve("data");
    }

    private FileBlobStore open() throws IOException {
        return FileBlobStore.builder(directory)
                .segmentBytes(SEGMENT_BYTES)
                .files(disk)
                .open();
    }

    @Test
    void a_header_that_cannot_be_read_is_absent_until_a_start_that_can() throws IOException {
        Path segment;
        try (FileBlobStore store = open()) {
            put(store, 1, SIZE);
            put(store, 2, SIZE);
            segment = lastSegment(directory);
            breakFirstRecord(segment);
            assertThat(failure(store.get(STORE, key(1), soon()))).contains(Reason.DATA_LOSS);
            assertThat(store.peek(STORE, key(1)).isAbsent()).isTrue();
            assertThat(isStored(store, 2, SIZE)).isTrue();
        }
        mendFirstRecord(segment);
        try (FileBlobStore store = open()) {
            assertThat(isStored(store, 1, SIZE)).isTrue();
        }
    }

    @Test
    void a_version_that_cannot_be_read_is_not_deleted_and_can_be_stored_anew() throws IOException {
        Path segment;
        try (FileBlobStore store = open()) {
            put(store, 1, SIZE);
            segment = lastSegment(directory);
            String version;
            try (Blob read = await(store.get(STORE, key(1), soon())).orElseThrow()) {
                version = read.version();
            }
            breakFirstRecord(segment);
            assertThat(await(store.deleteVersion(STORE, key(1), version, soon())))
                    .isTrue();
            assertThat(store.peek(STORE, key(1)).isAbsent()).isTrue();
            directory = copy(directory, root.resolve("killed"));
            mendFirstRecord(lastSegment(directory));
            assertThat(put(store, 1, SIZE)).isTrue();
            assertThat(isStored(store, 1, SIZE)).isTrue();
        }
        try (FileBlobStore store = open()) {
            assertThat(isStored(store, 1, SIZE)).isTrue();
        }
    }

    /** The failure: what compaction could not read it took for lost, and deleted with the segment. */
    @Test
    void a_segment_with_a_record_that_cannot_be_read_is_not_compacted() throws IOException {
        try (FileBlobStore store = open()) {
            IntStream.range(0, 40).forEach(i -> put(store, i, SIZE));
        }
        try (FileBlobStore store = open()) {
            Path first = segments(directory).get(0);
            Path second = segments(directory).get(1);
            breakFirstRecord(first);
            IntStream.range(1, 40).forEach(i -> delete(store, i));
            DiskWait.until(() -> !segments(directory).contains(second));
            put(store, 100, SIZE);
            delete(store, 100);
            assertThat(first).exists();
        }
        mendFirstRecord(segments(directory).get(0));
        try (FileBlobStore store = open()) {
            assertThat(isStored(store, 0, SIZE)).isTrue();
        }
    }

    /** The first record of the file reads wrong, and then not at all. */
    private void breakFirstRecord(Path segment) throws IOException {
        flipBit(segment, SegmentFiles.HEADER_BYTES + 100);
        disk.unreadable(segment.getFileName().toString(), SegmentFiles.HEADER_BYTES, 1_000);
    }

    private void mendFirstRecord(Path segment) throws IOException {
        flipBit(segment, SegmentFiles.HEADER_BYTES + 100);
        disk.unreadable(segment.getFileName().toString(), 0, 0);
    }
}
