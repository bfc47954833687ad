package io.kvstore.core;

import static io.kvstore.core.DiskFixture.await;
import static io.kvstore.core.DiskFixture.copy;
import static io.kvstore.core.DiskFixture.delete;
import static io.kvstore.core.DiskFixture.failure;
import static io.kvstore.core.DiskFixture.isStored;
import static io.kvstore.core.DiskFixture.key;
import static io.kvstore.core.DiskFixture.list;
import static io.kvstore.core.DiskFixture.put;
import static io.kvstore.core.DiskFixture.segments;
import static io.kvstore.core.DiskFixture.soon;
import static io.kvstore.core.DiskFixture.startPut;
import static org.assertj.core.api.Assertions.assertThat;

import io.kvstore.spi.Blob;
import io.kvstore.spi.PutResult;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CompactionTest {

    private static final int SIZE = 4_000;
    private static final int SEGMENT_BYTES = 1 << 16;

    @TempDir
    Path root;

    private final FaultyDiskFiles disk = new FaultyDiskFiles();

    private FileBlobStore open(Path directory) throws IOException {
        return FileBlobStore.builder(directory)
                .segmentBytes(SEGMENT_BYTES)
                .durability(Durability.OS)
                .files(disk)
                .open();
    }

    private static void fill(FileBlobStore store, int from, int to) {
        List<CompletableFuture<PutResult>> puts = new ArrayList<>();
        IntStream.range(from, to).forEach(i -> puts.add(startPut(store, i, SIZE)));
        puts.forEach(put -> assertThat(await(put).created()).isTrue());
    }

    @Test
    void deletes_give_their_space_back_and_the_rest_stays() throws IOException {
        Path directory = root.resolve("data");
        try (FileBlobStore store = open(directory)) {
            fill(store, 0, 400);
            long before = store.usedBytes();
            IntStream.range(0, 400).filter(i -> i % 4 != 0).forEach(i -> delete(store, i));

            DiskWait.until(() -> store.usedBytes() < before / 2);
            for (int i = 0; i < 400; i++) {
                assertThat(isStored(store, i, SIZE)).isEqualTo(i % 4 == 0);
            }
        }
        try (FileBlobStore store = open(directory)) {
            for (int i = 0; i < 400; i++) {
                assertThat(isStored(store, i, SIZE)).isEqualTo(i % 4 == 0);
            }
        }
    }

    /** The failure: a full disk leaves segments without footers, and their space is lost until the next start. */
    @Test
    void segments_that_could_not_be_sealed_are_sealed_when_the_next_one_is() throws IOException {
        Path directory = root.resolve("data");
        try (FileBlobStore store = open(directory)) {
            disk.failFooters(true);
            fill(store, 0, 400);
            disk.failFooters(false);
            fill(store, 400, 420);
            long before = store.usedBytes();
            IntStream.range(0, 400).filter(i -> i % 4 != 0).forEach(i -> delete(store, i));

            DiskWait.until(() -> store.usedBytes() < before / 2);
            for (int i = 0; i < 400; i++) {
                assertThat(isStored(store, i, SIZE)).isEqualTo(i % 4 == 0);
            }
        }
        try (FileBlobStore store = open(directory)) {
            assertThat(list(store)).hasSize(120);
        }
    }

    /** The failure: the fsync of the copies fails, the next one says that all is well, and the only good copy goes. */
    @Test
    void an_old_file_stays_until_copies_that_a_failed_fsync_covered_are_written_again() throws IOException {
        Path directory = root.resolve("data");
        try (FileBlobStore store = open(directory)) {
            fill(store, 0, 40);
            awaitSealed(segments(directory).get(0));
            Path first = segments(directory).get(0);
            for (int i = 0; i < 15; i++) {
                disk.failForces(1);
                if (i % 4 != 0) {
                    delete(store, i);
                }
            }
            IntStream.range(100, 130).forEach(i -> {
                put(store, i, SIZE);
                delete(store, i);
            });
            DiskWait.until(() -> Files.notExists(first));
            assertThat(disk.deletedOverLosses()).isZero();
            assertThat(isStored(store, 0, SIZE)).isTrue();
        }
    }

    /** The failure: one look for all that died, before the segment was sealed, and none after: its space was lost until a delete. */
    @Test
    void a_segment_that_is_sealed_only_after_its_blobs_died_is_compacted_all_the_same() throws IOException {
        Path directory = root.resolve("data");
        try (FileBlobStore store = open(directory)) {
            disk.forces.drainPermits(); // holds the seal of the first segment, and what is queued behind it
            fill(store, 0, 16);
            Path second = DiskFixture.lastSegment(directory);
            disk.awaitForce();
            delete(store, 0); // queues the look
            fill(store, 16, 40); // and the seal of the second segment behind it
            IntStream.range(15, 40).forEach(i -> delete(store, i));

            disk.forces.release(1_000);
            DiskWait.until(() -> Files.notExists(second));
        } finally {
            disk.forces.release(1_000);
        }
    }

    @Test
    void open_claims_outlive_the_segment() throws IOException {
        Path directory = root.resolve("data");
        try (FileBlobStore store = open(directory)) {
            fill(store, 0, 40);
            Path first = segments(directory).get(0);
            List<Blob> claims = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                claims.add(await(store.get(DiskFixture.STORE, key(i), soon())).orElseThrow());
            }
            IntStream.range(0, 40).forEach(i -> delete(store, i));
            DiskWait.until(() -> Files.notExists(first));

            for (int i = 0; i < 10; i++) {
                try (Blob blob = claims.get(i)) {
                    assertThat(blob.payload().toByteArray()).isEqualTo(DiskFixture.bytes(i, SIZE));
                }
            }
        }
    }

    /** The failure: the file with the tombstone goes while the file with the older put is still there. */
    @Test
    void a_deleted_blob_stays_deleted_when_its_tombstone_is_compacted_first() throws IOException {
        Path directory = root.resolve("data");
        try (FileBlobStore store = open(directory)) {
            fill(store, 0, 40);
            // The first segments stay mostly live but for one blob; the tombstone lies among blobs that all go.
            Path tombstoneIn = DiskFixture.lastSegment(directory);
            delete(store, 1);
            fill(store, 100, 130);
            IntStream.range(100, 130).forEach(i -> delete(store, i));
            IntStream.range(30, 40).forEach(i -> delete(store, i));
            fill(store, 200, 240);
            delete(store, 200);
            DiskWait.until(() -> Files.notExists(tombstoneIn));
        }
        try (FileBlobStore store = open(directory)) {
            assertThat(isStored(store, 0, SIZE)).isTrue();
            assertThat(isStored(store, 1, SIZE)).isFalse();
            assertThat(isStored(store, 100, SIZE)).isFalse();
            assertThat(isStored(store, 239, SIZE)).isTrue();
        }
    }

    /** A crash after the copies and before the old file went, and any mix of old files that a power cut may leave. */
    @Test
    void old_files_that_come_back_change_nothing() throws IOException {
        Path directory = root.resolve("data");
        Path before = root.resolve("before");
        try (FileBlobStore store = open(directory)) {
            fill(store, 0, 60);
            disk.failDeletes(true); // compaction copies, and cannot drop
            IntStream.range(0, 60).filter(i -> i % 4 != 0).forEach(i -> delete(store, i));
            put(store, 1, SIZE);
            DiskWait.until(() -> segments(directory).size() >= 5);
            copy(directory, before);
            disk.failDeletes(false);
            delete(store, 0);
            delete(store, 5);
            put(store, 5, SIZE);
            DiskWait.until(() -> !Files.exists(segments(before)
                    .get(0)
                    .resolveSibling(directory.resolve(segments(before).get(0).getFileName()))));
        }
        for (Path old : segments(before)) {
            Path mixed = copy(directory, root.resolve("mixed-" + old.getFileName()));
            Path target = mixed.resolve(old.getFileName());
            if (Files.notExists(target)) {
                Files.copy(old, target, StandardCopyOption.REPLACE_EXISTING);
            }
            try (FileBlobStore store = open(mixed)) {
                assertThat(isStored(store, 1, SIZE)).isTrue();
                assertThat(isStored(store, 4, SIZE)).isTrue();
                assertThat(isStored(store, 5, SIZE)).isTrue();
                assertThat(isStored(store, 2, SIZE)).isFalse();
            }
        }
    }

    @Test
    void compaction_on_a_full_disk_waits_and_loses_nothing() throws IOException {
        Path directory = root.resolve("data");
        try (FileBlobStore store = open(directory)) {
            fill(store, 0, 60);
            long before = store.usedBytes();
            disk.full(40_000); // enough for the tombstones, not for the copies
            IntStream.range(0, 60)
                    .filter(i -> i % 4 != 0)
                    .forEach(i -> failure(store.delete(DiskFixture.STORE, key(i), soon())));
            disk.roomAgain();
            IntStream.range(0, 60).filter(i -> i % 4 != 0).forEach(i -> delete(store, i));
            put(store, 1_000, SIZE);
            delete(store, 1_000);
            DiskWait.until(() -> store.usedBytes() < before);
            for (int i = 0; i < 60; i++) {
                assertThat(isStored(store, i, SIZE)).isEqualTo(i % 4 == 0);
            }
        }
    }

    /** Every operation, compaction all the while, a copy of the directory at arbitrary moments: each one opens right. */
    @Test
    void a_crash_at_any_moment_of_a_long_history_leaves_what_was_acknowledged() throws IOException {
        Path directory = root.resolve("data");
        SplittableRandom random = new SplittableRandom(5);
        Set<Integer> stored = new HashSet<>();
        try (FileBlobStore store = open(directory)) {
            for (int step = 0; step < 3_000; step++) {
                int number = random.nextInt(60);
                if (random.nextInt(3) > 0) {
                    assertThat(put(store, number, SIZE)).isEqualTo(stored.add(number));
                } else {
                    assertThat(delete(store, number)).isEqualTo(stored.remove(number));
                }
                if (step % 100 == 99) {
                    check(killed(directory, step), stored);
                }
            }
            DiskWait.until(() -> store.segmentCount() < 12);
        }
        check(directory, stored);
    }

    /** Files may go while they are copied: then they were compacted, and the copy starts again. */
    private Path killed(Path directory, int step) {
        for (int attempt = 0; ; attempt++) {
            Path to = root.resolve("killed-" + step + "-" + attempt);
            try {
                List<Path> before = segments(directory);
                copy(directory, to);
                if (segments(directory).equals(before)) {
                    return to;
                }
            } catch (java.io.UncheckedIOException e) {
                assertThat(e).hasRootCauseInstanceOf(java.nio.file.NoSuchFileException.class);
            }
        }
    }

    private void check(Path directory, Set<Integer> stored) throws IOException {
        try (FileBlobStore store = open(directory)) {
            for (int i = 0; i < 60; i++) {
                assertThat(isStored(store, i, SIZE))
                        .as("blob %s in %s", i, directory)
                        .isEqualTo(stored.contains(i));
            }
            assertThat(list(store)).hasSize(stored.size());
        }
    }

    @Test
    void one_segment_that_cannot_be_compacted_does_not_keep_the_others_from_it() throws IOException {
        Path directory = root.resolve("data");
        try (FileBlobStore store = open(directory)) {
            fill(store, 0, 400);
            Path bad = segments(directory).get(0);
            awaitSealed(bad);
            DiskFixture.flipBit(bad, Files.size(bad) - 1);
            long before = store.usedBytes();
            IntStream.range(0, 400).filter(i -> i % 4 != 0).forEach(i -> delete(store, i));
            DiskWait.until(() -> store.usedBytes() < before / 2);
            assertThat(bad).exists();
        }
    }

    /** The failure: the footer tells of no tombstones, the file goes, and an older put comes back to life. */
    @Test
    void a_tombstone_behind_a_damaged_footer_is_kept() throws IOException {
        Path directory = root.resolve("data");
        try (FileBlobStore store = open(directory)) {
            fill(store, 0, 20);
            Path tombstoneIn = DiskFixture.lastSegment(directory);
            delete(store, 1);
            fill(store, 100, 130);
            awaitSealed(tombstoneIn);
            DiskFixture.flipBit(tombstoneIn, Files.size(tombstoneIn) - 1);
            Path next = segments(directory).get(segments(directory).indexOf(tombstoneIn) + 1);
            IntStream.range(15, 20).forEach(i -> delete(store, i));
            IntStream.range(100, 130).forEach(i -> delete(store, i));
            fill(store, 200, 240);
            IntStream.range(200, 240).forEach(i -> delete(store, i));
            DiskWait.until(() -> Files.notExists(next)); // the older one had its turn before
        }
        try (FileBlobStore store = open(directory)) {
            assertThat(isStored(store, 0, SIZE)).isTrue();
            assertThat(isStored(store, 1, SIZE)).isFalse();
            assertThat(isStored(store, 100, SIZE)).isFalse();
        }
    }

    /** The failure: a line for each record of a damaged segment, a thousand and more. */
    @Test
    void one_line_tells_of_all_damaged_records_of_a_segment() throws IOException {
        Path directory = root.resolve("data");
        PrintStream errors = System.err;
        ByteArrayOutputStream log = new ByteArrayOutputStream();
        System.setErr(new PrintStream(log, true, StandardCharsets.UTF_8));
        try (FileBlobStore store = open(directory)) {
            fill(store, 0, 20);
            Path damaged = segments(directory).get(0);
            awaitSealed(damaged);
            for (int at = 1_000; at < 15 * SIZE; at += SIZE / 2) {
                DiskFixture.flipBit(damaged, at);
            }
            IntStream.range(0, 12).forEach(i -> delete(store, i));
            DiskWait.until(() -> Files.notExists(damaged));
            DiskWait.until(() -> log.toString(StandardCharsets.UTF_8).contains("damaged records"));
        } finally {
            System.setErr(errors);
        }
        // How many depends on how many deletes the compaction came after.
        assertThat(log.toString(StandardCharsets.UTF_8).lines())
                .singleElement()
                .asString()
                .containsPattern(" [3-7] damaged records");
    }

    private static void awaitSealed(Path segment) {
        DiskWait.until(() -> {
            try {
                return Files.size(segment) != SEGMENT_BYTES;
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        });
        // The footer is written after the file was cut.
        DiskWait.until(() -> hasFooter(segment));
    }

    private static boolean hasFooter(Path segment) {
        try {
            byte[] bytes = Files.readAllBytes(segment);
            return java.nio.ByteBuffer.wrap(bytes).getInt(bytes.length - SegmentFooter.TRAILER_BYTES) == 0x4b565346;
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
