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

import io.kvstore.api.KVStore;
import io.kvstore.api.Payload;
import io.kvstore.api.PromptChunk;
import io.kvstore.api.ReadResult;
import io.kvstore.api.Reason;
import io.kvstore.spi.Blob;
import io.kvstore.testkit.PromptChain;
import io.kvstore.testkit.Prompts;
import java.io.IOException;
import java.nio.MappedByteBuffer;
import java.nio.file.Files;
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

    /** The failure: a fault of an instant, and an intact blob that was acknowledged was deleted. */
    @Test
    void what_is_read_wrong_and_is_intact_is_unavailable_and_stays() throws IOException {
        disk.mapPrivately();
        try (FileBlobStore store = open();
                CoreKVStores stores =
                        CoreKVStores.builder(store).memoryCacheBytes(0).build()) {
            PromptChain chain = Prompts.seeded(3).chain(1);
            KVStore tenant = stores.store(STORE);
            String location;
            try (PromptChunk chunk = chain.chunk(0, Payload.wrap(new byte[SIZE]))) {
                location = tenant.write(chunk).join().location();
            }
            int inThePayload = SegmentFiles.HEADER_BYTES + SIZE - 10;
            disk.flipBitOfMapping(inThePayload);
            assertThat(failure(tenant.read(location))).contains(Reason.UNAVAILABLE);
            disk.flipBitOfMapping(inThePayload);

            try (ReadResult read = tenant.read(location).join()) {
                assertThat(read.isFound()).isTrue();
            }
        }
    }

    @Test
    void a_header_that_is_read_wrong_and_is_intact_is_unavailable_and_stays() throws IOException {
        disk.mapPrivately();
        try (FileBlobStore store = open()) {
            put(store, 1, SIZE);
            disk.flipBitOfMapping(SegmentFiles.HEADER_BYTES + 100);
            assertThat(failure(store.head(STORE, key(1), soon()))).contains(Reason.UNAVAILABLE);
            disk.flipBitOfMapping(SegmentFiles.HEADER_BYTES + 100);
            assertThat(isStored(store, 1, SIZE)).isTrue();
        }
    }

    /** The failure: compaction moved the record between the two looks, and the place it had left was taken for it. */
    @Test
    void a_record_that_was_moved_between_two_looks_is_read_where_it_is() throws IOException {
        disk.mapPrivately();
        try (FileBlobStore store = open()) {
            put(store, 0, SIZE);
            MappedByteBuffer mapping = disk.lastMapping();
            IntStream.range(1, 40).forEach(i -> put(store, i, SIZE));
            Path first = segments(directory).get(0);
            FaultyDiskFiles.flipBit(mapping, SegmentFiles.HEADER_BYTES + 100); // for the first look
            disk.beforeReadOf(first.getFileName().toString(), () -> {
                FaultyDiskFiles.flipBit(mapping, SegmentFiles.HEADER_BYTES + 100);
                IntStream.range(1, 40).forEach(i -> delete(store, i));
                DiskWait.until(() -> !segments(directory).contains(first));
                disk.unreadable(first.getFileName().toString(), 0, SEGMENT_BYTES);
            });

            assertThat(isStored(store, 0, SIZE)).isTrue();
        }
    }

    @Test
    void damage_of_the_place_that_a_record_was_moved_from_is_not_its_own() throws IOException {
        try (FileBlobStore store = open()) {
            IntStream.range(0, 40).forEach(i -> put(store, i, SIZE));
            Path first = segments(directory).get(0);
            String version;
            try (Blob read = await(store.get(STORE, key(0), soon())).orElseThrow()) {
                version = read.version();
            }
            IntStream.range(1, 40).forEach(i -> delete(store, i));
            DiskWait.until(() -> !segments(directory).contains(first));

            assertThat(await(store.deleteIfDamaged(STORE, key(0), version, soon())))
                    .isFalse();
            assertThat(isStored(store, 0, SIZE)).isTrue();
            delete(store, 0);
            assertThat(await(store.deleteIfDamaged(STORE, key(0), version, soon())))
                    .isTrue();
        }
    }

    /** The failure: compaction came to a record that a reader had let go of just before, passed it, and deleted its file. */
    @Test
    void a_segment_of_which_a_record_turns_out_unreadable_while_it_is_compacted_stays() throws IOException {
        try (FileBlobStore store = open()) {
            IntStream.range(0, 40).forEach(i -> put(store, i, SIZE));
        }
        Path first = segments(directory).get(0);
        try (FileBlobStore store = open()) {
            Path second = segments(directory).get(1);
            breakFirstRecord(first);
            disk.beforeReadOf(
                    first.getFileName().toString(),
                    () -> assertThat(failure(store.get(STORE, key(0), soon()))).contains(Reason.DATA_LOSS));
            IntStream.range(1, 40).forEach(i -> delete(store, i));
            DiskWait.until(() -> !segments(directory).contains(second));
            assertThat(first).exists();
        }
        mendFirstRecord(first);
        try (FileBlobStore store = open()) {
            assertThat(isStored(store, 0, SIZE)).isTrue();
        }
    }

    /** Nothing of the first file can be read; the tombstone of a blob in it lies in the second one. */
    private Path unreadableFirstSegment() throws IOException {
        try (FileBlobStore store = open()) {
            IntStream.range(0, 20).forEach(i -> put(store, i, SIZE));
            delete(store, 0);
            assertThat(segments(directory)).hasSize(2);
            IntStream.range(20, 60).forEach(i -> put(store, i, SIZE));
        }
        Path first = segments(directory).get(0);
        flipBit(first, Files.size(first) - 1); // the footer
        disk.unreadable(first.getFileName().toString(), SegmentFiles.HEADER_BYTES, SEGMENT_BYTES);
        return first;
    }

    /** The failure: the tombstone went with its segment, for nothing that could be read was older. */
    @Test
    void a_tombstone_is_kept_for_as_long_as_a_put_may_lie_where_nothing_can_be_read() throws IOException {
        Path first = unreadableFirstSegment();
        try (FileBlobStore store = open()) {
            Path second = segments(directory).get(1);
            IntStream.range(1, 60).forEach(i -> delete(store, i));
            DiskWait.until(() -> !segments(directory).contains(second));
        }
        disk.unreadable(first.getFileName().toString(), 0, 0);
        try (FileBlobStore store = open()) {
            assertThat(isStored(store, 0, SIZE)).isFalse();
        }
    }

    /** The failure: one file that the disk could not sync any more ended every compaction. */
    @Test
    void a_file_that_is_left_alone_and_cannot_be_synced_keeps_no_other_from_compaction() throws IOException {
        Path first = unreadableFirstSegment();
        try (FileBlobStore store = open()) {
            Path second = segments(directory).get(1);
            disk.failForcesOf(first.getFileName().toString());
            IntStream.range(1, 60).forEach(i -> delete(store, i));

            DiskWait.until(() -> !segments(directory).contains(second));
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
