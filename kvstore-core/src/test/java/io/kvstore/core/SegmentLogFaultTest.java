package io.kvstore.core;

import static io.kvstore.core.DiskFixture.await;
import static io.kvstore.core.DiskFixture.copy;
import static io.kvstore.core.DiskFixture.delete;
import static io.kvstore.core.DiskFixture.failure;
import static io.kvstore.core.DiskFixture.isStored;
import static io.kvstore.core.DiskFixture.list;
import static io.kvstore.core.DiskFixture.put;
import static io.kvstore.core.DiskFixture.startPut;
import static org.assertj.core.api.Assertions.assertThat;

import io.kvstore.api.KVStoreException;
import io.kvstore.api.Payload;
import io.kvstore.api.Reason;
import io.kvstore.spi.Blob;
import io.kvstore.spi.PutResult;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A disk that is full, fails or is slow. */
class SegmentLogFaultTest {

    private static final int SIZE = 2_000;
    private static final int LARGE = 100_000;

    @TempDir
    Path root;

    private final FaultyDiskFiles disk = new FaultyDiskFiles();

    private FileBlobStore open() throws IOException {
        return builder().open();
    }

    private FileBlobStore.Builder builder() {
        return FileBlobStore.builder(root.resolve("data")).segmentBytes(1 << 20).files(disk);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 63, 87, 88, 200, 40_000, 99_999})
    void a_disk_that_fills_up_in_mid_record_refuses_it_and_goes_on(int room) throws IOException {
        Path killed;
        try (FileBlobStore store = open()) {
            put(store, 1, SIZE);
            disk.full(room);
            assertThat(failure(startPut(store, 2, LARGE))).contains(Reason.RESOURCE_EXHAUSTED);
            assertThat(failure(startPut(store, 3, LARGE))).contains(Reason.RESOURCE_EXHAUSTED);
            assertThat(isStored(store, 1, SIZE)).isTrue();
            assertThat(isStored(store, 2, LARGE)).isFalse();

            disk.roomAgain();
            assertThat(put(store, 3, SIZE)).isTrue();
            assertThat(put(store, 2, LARGE)).isTrue();
            killed = copy(root.resolve("data"), root.resolve("killed"));
        }
        for (Path left : List.of(killed, root.resolve("data"))) {
            try (FileBlobStore store = FileBlobStore.builder(left).open()) {
                assertThat(isStored(store, 1, SIZE) && isStored(store, 2, LARGE) && isStored(store, 3, SIZE))
                        .isTrue();
                assertThat(list(store)).hasSize(3);
            }
        }
    }

    /** The failure: of records written together some are whole on disk when the write fails, and come back at the next start. */
    @Test
    void what_was_refused_is_not_there_after_a_kill_although_its_bytes_were_written() throws IOException {
        Path killed;
        try (FileBlobStore store = open()) {
            disk.forces.drainPermits();
            CompletableFuture<PutResult> first = startPut(store, 1, SIZE);
            disk.awaitForce();
            disk.full(SIZE + 1_000); // room for one more
            List<CompletableFuture<PutResult>> together = new ArrayList<>();
            for (int i = 2; i < 100; i++) {
                together.add(startPut(store, i, SIZE));
            }
            disk.forces.release(1_000_000);
            await(first);
            for (int i = 2; i < 100; i++) {
                assertThat(failure(together.get(i - 2)).isEmpty()).isEqualTo(isStored(store, i, SIZE));
            }
            killed = copy(root.resolve("data"), root.resolve("killed"));
            try (FileBlobStore left = FileBlobStore.builder(killed).open()) {
                for (int i = 2; i < 100; i++) {
                    assertThat(isStored(left, i, SIZE)).isEqualTo(isStored(store, i, SIZE));
                }
            }
            disk.roomAgain();
        }
    }

    @Test
    void a_full_disk_whose_error_speaks_another_language_is_a_full_disk() throws IOException {
        try (FileBlobStore store = open()) {
            disk.brokenWrites(10, "Auf dem Ger\u00e4t ist kein Speicherplatz mehr verf\u00fcgbar");
            disk.usableBytes(100);
            KVStoreException refused = refusal(startPut(store, 1, LARGE));
            assertThat(refused.reason()).isEqualTo(Reason.RESOURCE_EXHAUSTED);
            assertThat(refused.retryAfter()).isPresent();
            disk.roomAgain();
        }
    }

    @Test
    void another_error_of_a_write_is_unavailable_and_names_no_path() throws IOException {
        try (FileBlobStore store = open()) {
            put(store, 1, SIZE);
            disk.brokenWrites(10, "Input/output error");
            KVStoreException refused = refusal(startPut(store, 2, LARGE));
            assertThat(refused.reason()).isEqualTo(Reason.UNAVAILABLE);
            assertThat(refused.getMessage()).doesNotContain(root.toString());
            disk.roomAgain();
            assertThat(put(store, 2, LARGE)).isTrue();
            assertThat(isStored(store, 1, SIZE)).isTrue();
        }
    }

    /** The failure: writes to files without a name are acknowledged for days, and gone with the process. */
    @ParameterizedTest
    @EnumSource(Durability.class)
    void a_directory_that_is_removed_acknowledges_nothing_more(Durability durability) throws IOException {
        try (FileBlobStore store = builder().durability(durability).open()) {
            put(store, 1, SIZE);
            remove(root.resolve("data"));

            KVStoreException refused = refusal(startPut(store, 2, SIZE));
            assertThat(refused.reason()).isEqualTo(Reason.UNAVAILABLE);
            assertThat(refused.getMessage()).contains("removed").doesNotContain(root.toString());
            assertThat(failure(startPut(store, 3, SIZE))).contains(Reason.UNAVAILABLE);
            assertThat(failure(DiskFixture.startDelete(store, 1))).contains(Reason.UNAVAILABLE);
            assertThat(isStored(store, 1, SIZE)).isTrue();

            Files.createDirectories(root.resolve("data")); // whose that is nobody knows
            assertThat(failure(startPut(store, 4, SIZE))).contains(Reason.UNAVAILABLE);
            assertThat(root.resolve("data")).isEmptyDirectory();
        }
    }

    @Test
    void a_segment_that_is_removed_fails_what_was_written_to_it_and_is_left_for_a_new_one() throws IOException {
        try (FileBlobStore store = open()) {
            put(store, 1, SIZE);
            Files.delete(DiskFixture.lastSegment(root.resolve("data")));
            assertThat(failure(startPut(store, 2, SIZE))).contains(Reason.UNAVAILABLE);
            assertThat(put(store, 2, SIZE)).isTrue();
        }
        try (FileBlobStore store = open()) {
            assertThat(isStored(store, 2, SIZE)).isTrue();
        }
    }

    private static void remove(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(directory);
    }

    @Test
    void a_disk_that_is_found_full_by_the_fsync_is_a_full_disk() throws IOException {
        try (FileBlobStore store = open()) {
            put(store, 1, SIZE);
            disk.usableBytes(0);
            disk.failForces(1);
            assertThat(failure(startPut(store, 2, SIZE))).contains(Reason.RESOURCE_EXHAUSTED);
            disk.roomAgain();
            assertThat(put(store, 2, SIZE)).isTrue();
        }
    }

    private static KVStoreException refusal(CompletableFuture<PutResult> put) {
        return put.handle((done, failure) -> KVStoreException.of(failure)).join();
    }

    @Test
    void a_segment_that_cannot_be_cut_back_is_left_for_a_new_one() throws IOException {
        try (FileBlobStore store = open()) {
            put(store, 1, SIZE);
            disk.failLengths(true);
            disk.full(50);
            assertThat(failure(startPut(store, 2, LARGE))).contains(Reason.RESOURCE_EXHAUSTED);
            disk.failLengths(false);
            disk.roomAgain();
            assertThat(put(store, 2, LARGE)).isTrue();
        }
        try (FileBlobStore store = open()) {
            assertThat(isStored(store, 1, SIZE) && isStored(store, 2, LARGE)).isTrue();
        }
    }

    @Test
    void writes_cut_short_by_the_system_are_finished() throws IOException {
        disk.shortWrites(777);
        try (FileBlobStore store = open()) {
            put(store, 1, LARGE);
            put(store, 2, SIZE);
            assertThat(isStored(store, 1, LARGE) && isStored(store, 2, SIZE)).isTrue();
        }
        try (FileBlobStore store = open()) {
            assertThat(isStored(store, 1, LARGE) && isStored(store, 2, SIZE)).isTrue();
        }
    }

    @Test
    void what_a_failed_fsync_covered_is_refused_and_gone_also_after_a_restart() throws IOException {
        Path killed;
        try (FileBlobStore store = open()) {
            put(store, 1, SIZE);
            disk.failForces(1);
            assertThat(failure(startPut(store, 2, SIZE))).contains(Reason.UNAVAILABLE);
            assertThat(isStored(store, 2, SIZE)).isFalse();
            killed = copy(root.resolve("data"), root.resolve("killed"));
            assertThat(put(store, 3, SIZE)).isTrue();
            assertThat(put(store, 2, SIZE)).isTrue();
        }
        try (FileBlobStore store = FileBlobStore.builder(killed).open()) {
            assertThat(isStored(store, 1, SIZE)).isTrue();
            assertThat(isStored(store, 2, SIZE)).isFalse();
        }
        try (FileBlobStore store = open()) {
            assertThat(isStored(store, 1, SIZE) && isStored(store, 2, SIZE) && isStored(store, 3, SIZE))
                    .isTrue();
        }
    }

    /** The failure: what was written while the failing fsync ran lies behind bytes that may be lost. */
    @Test
    void what_was_written_while_an_fsync_failed_is_refused_too() throws IOException {
        try (FileBlobStore store = open()) {
            put(store, 1, SIZE);
            disk.forces.drainPermits();
            disk.forcesBegun.drainPermits();
            CompletableFuture<PutResult> first = startPut(store, 2, SIZE);
            disk.awaitForce();
            List<CompletableFuture<PutResult>> meanwhile = new ArrayList<>();
            for (int i = 3; i < 40; i++) {
                meanwhile.add(startPut(store, i, SIZE));
            }
            disk.failForces(1);
            disk.forces.release(1_000_000);

            assertThat(failure(first)).contains(Reason.UNAVAILABLE);
            for (int i = 3; i < 40; i++) {
                // Some were still in the queue and are written after the fault.
                assertThat(failure(meanwhile.get(i - 3)).isEmpty()).isEqualTo(isStored(store, i, SIZE));
            }
            assertThat(isStored(store, 2, SIZE)).isFalse();
            assertThat(put(store, 2, SIZE)).isTrue();
        }
    }

    @Test
    void nothing_is_seen_and_nobody_is_told_it_is_stored_before_it_is_durable() throws IOException {
        try (FileBlobStore store = open()) {
            put(store, 1, SIZE);
            disk.forces.drainPermits();
            disk.forcesBegun.drainPermits();
            CompletableFuture<PutResult> winner = startPut(store, 2, SIZE);
            disk.awaitForce();
            CompletableFuture<PutResult> loser = startPut(store, 2, SIZE);

            assertThat(isStored(store, 2, SIZE)).isFalse();
            assertThat(list(store)).hasSize(1);
            assertThat(winner).isNotDone();
            assertThat(loser).isNotDone();

            disk.forces.release(1_000_000);
            assertThat(await(winner).created()).isTrue();
            assertThat(await(loser).created()).isFalse();
            assertThat(isStored(store, 2, SIZE)).isTrue();
        }
    }

    @Test
    void a_put_that_came_second_fails_with_the_first() throws IOException {
        try (FileBlobStore store = open()) {
            put(store, 1, SIZE);
            disk.forces.drainPermits();
            disk.forcesBegun.drainPermits();
            CompletableFuture<PutResult> winner = startPut(store, 2, SIZE);
            disk.awaitForce();
            CompletableFuture<PutResult> loser = startPut(store, 2, SIZE);
            disk.failForces(1);
            disk.forces.release(1_000_000);

            assertThat(failure(winner)).contains(Reason.UNAVAILABLE);
            // It had been told to wait for the first one, or is still in the queue and creates.
            assertThat(failure(loser).isEmpty()).isEqualTo(isStored(store, 2, SIZE));
        }
    }

    @Test
    void a_put_that_came_second_does_not_hang_on_the_first_ones_caller() throws IOException {
        try (FileBlobStore store = open()) {
            put(store, 1, SIZE);
            disk.forces.drainPermits();
            disk.forcesBegun.drainPermits();
            CompletableFuture<PutResult> winner = startPut(store, 2, SIZE);
            disk.awaitForce();
            CompletableFuture<PutResult> loser = startPut(store, 2, SIZE);
            winner.cancel(true);
            disk.forces.release(1_000_000);

            assertThat(await(loser).created()).isFalse();
            assertThat(isStored(store, 2, SIZE)).isTrue();
        }
    }

    @Test
    void a_queue_that_is_full_refuses_and_says_when_to_come_back() throws IOException {
        try (FileBlobStore store = builder().queue(3L * LARGE, 1_000).open()) {
            disk.forces.drainPermits();
            List<CompletableFuture<PutResult>> puts = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                puts.add(startPut(store, i, LARGE));
            }
            // Which ones depends on how fast the appender takes the first ones away.
            KVStoreException refused = refusal(puts.stream()
                    .filter(CompletableFuture::isCompletedExceptionally)
                    .findFirst()
                    .orElseThrow());
            assertThat(refused.reason()).isEqualTo(Reason.RESOURCE_EXHAUSTED);
            assertThat(refused.retryAfter()).isPresent();
            disk.forces.release(1_000_000);
            for (int i = 0; i < 100; i++) {
                assertThat(failure(puts.get(i)).isEmpty()).isEqualTo(isStored(store, i, LARGE));
            }
            assertThat(put(store, 99, LARGE)).isTrue();
        }
    }

    @Test
    void a_put_cancelled_in_the_queue_is_not_done() throws IOException {
        try (FileBlobStore store = builder().queue(1L << 30, 1_000).open()) {
            put(store, 0, SIZE);
            disk.forces.drainPermits();
            disk.forcesBegun.drainPermits();
            CompletableFuture<PutResult> first = startPut(store, 1, SIZE);
            disk.awaitForce();
            // One batch is being synced, one waits behind it, so at least the last of these stays in the queue.
            List<CompletableFuture<PutResult>> puts = new ArrayList<>();
            for (int i = 2; i < 3_500; i++) {
                puts.add(startPut(store, i, 1));
            }
            puts.get(puts.size() - 1).cancel(true);
            disk.forces.release(1_000_000);
            await(first);
            long refused = 0;
            for (int i = 2; i < 3_499; i++) {
                boolean stored = failure(puts.get(i - 2)).isEmpty();
                refused += stored ? 0 : 1;
                assertThat(isStored(store, i, 1)).isEqualTo(stored);
            }
            assertThat(refused).isPositive(); // the queue holds 1,000
            assertThat(isStored(store, 3_499, 1)).isFalse();
        }
    }

    @Test
    void a_store_at_its_limit_refuses_puts_takes_deletes_and_has_room_again() throws IOException {
        try (FileBlobStore store = builder()
                .segmentBytes(1 << 16)
                .maxBytes(1 << 19)
                .durability(Durability.OS)
                .open()) {
            int stored = 0;
            while (failure(startPut(store, stored, SIZE)).isEmpty()) {
                stored++;
            }
            assertThat(failure(startPut(store, stored, SIZE))).contains(Reason.RESOURCE_EXHAUSTED);
            assertThat(store.usedBytes()).isLessThan((1 << 19) + (1 << 16));
            for (int i = 0; i < stored; i++) {
                assertThat(isStored(store, i, SIZE)).isTrue();
                assertThat(delete(store, i)).isTrue();
            }
            DiskWait.until(() -> store.usedBytes() < 1 << 18);
            assertThat(put(store, stored, SIZE)).isTrue();
        }
    }

    @Test
    void a_closed_store_has_written_what_it_was_given() throws IOException {
        List<CompletableFuture<PutResult>> puts = new ArrayList<>();
        try (FileBlobStore store = open()) {
            for (int i = 0; i < 200; i++) {
                puts.add(startPut(store, i, SIZE));
            }
        }
        puts.forEach(put -> assertThat(await(put).created()).isTrue());
        try (FileBlobStore store = open()) {
            assertThat(list(store)).hasSize(200);
        }
    }

    /** The failure: half a record stays in the buffer, and what is acknowledged after it is lost at the next start. */
    @Test
    void a_payload_that_cannot_be_read_fails_its_put_and_no_record_behind_it() throws IOException {
        Path killed;
        try (FileBlobStore store = open()) {
            put(store, 1, SIZE);
            disk.forces.drainPermits();
            disk.forcesBegun.drainPermits();
            CompletableFuture<PutResult> first = startPut(store, 2, SIZE);
            disk.awaitForce();
            List<CompletableFuture<PutResult>> together = new ArrayList<>();
            together.add(first);
            together.add(startPut(store, 3, SIZE));
            CompletableFuture<PutResult> unreadable = startUnreadablePut(store, 4);
            for (int i = 5; i < 20; i++) {
                together.add(startPut(store, i, SIZE));
            }
            disk.forces.release(1_000_000);
            assertThat(failure(unreadable)).isPresent();
            together.forEach(put -> failure(put));
            for (int i = 5; i < 20; i++) {
                assertThat(failure(startPut(store, i, SIZE))).isEmpty();
            }
            killed = copy(root.resolve("data"), root.resolve("killed"));
        }
        for (Path left : List.of(killed, root.resolve("data"))) {
            try (FileBlobStore store = FileBlobStore.builder(left).open()) {
                for (int i = 5; i < 20; i++) {
                    assertThat(isStored(store, i, SIZE)).isTrue();
                }
                assertThat(isStored(store, 4, SIZE)).isFalse();
            }
        }
    }

    /** The memory of a file that was cut: the JVM reports it as one on a broken disk. */
    private CompletableFuture<PutResult> startUnreadablePut(FileBlobStore store, int number) throws IOException {
        Path file = root.resolve("unreadable");
        Files.write(file, new byte[SIZE]);
        MappedByteBuffer mapped;
        try (FileChannel channel = FileChannel.open(file)) {
            mapped = channel.map(FileChannel.MapMode.READ_ONLY, 0, SIZE);
        }
        DiskFixture.cutAt(file, 0);
        try (Payload payload = Payload.of(mapped, () -> {})) {
            return store.put(
                    DiskFixture.STORE,
                    DiskFixture.key(number),
                    DiskFixture.info(number, new byte[SIZE]),
                    payload,
                    DiskFixture.soon());
        }
    }

    /** The failure: a payload is a mapped file that somebody writes to, and its put is acknowledged and never readable. */
    @ParameterizedTest
    @ValueSource(ints = {SIZE, LARGE, 1_500_000})
    void memory_that_changes_before_it_is_written_is_stored_with_the_checksum_of_what_was_written(int size)
            throws Exception {
        try (FileBlobStore files = builder().segmentBytes(1 << 22).open()) {
            put(files, 1, SIZE);
            disk.forces.drainPermits();
            disk.forcesBegun.drainPermits();
            CompletableFuture<PutResult> first = startPut(files, 2, SIZE);
            disk.awaitForce();
            startPut(files, 3, SIZE); // takes the place of the group that waits, so the next one stays in the queue
            ByteBuffer memory = ByteBuffer.allocateDirect(size);
            VerifyingBlobStore store = new VerifyingBlobStore(files, Workers.IN_PLACE, Workers.IN_PLACE);
            CompletableFuture<PutResult> changed;
            try (Payload payload = Payload.of(memory, () -> {})) {
                changed = store.put(
                        DiskFixture.STORE,
                        DiskFixture.key(4),
                        DiskFixture.info(4, new byte[size]),
                        payload,
                        DiskFixture.soon());
                memory.put(size / 2, (byte) 1);
            }
            disk.forces.release(1_000_000);
            await(first);
            assertThat(await(changed).created()).isTrue();
            try (Blob blob = await(store.get(DiskFixture.STORE, DiskFixture.key(4), DiskFixture.soon()))
                    .orElseThrow()) {
                assertThat(blob.info()).isEqualTo(await(changed).stored());
            }
        }
    }

    @Test
    void a_record_that_cannot_be_read_is_lost_and_can_be_stored_again() throws IOException {
        try (FileBlobStore store = open()) {
            for (int i = 0; i < 10; i++) {
                put(store, i, SIZE);
            }
            DiskFixture.cutAt(DiskFixture.lastSegment(root.resolve("data")), 4_096);
            assertThat(failure(store.get(DiskFixture.STORE, DiskFixture.key(9), DiskFixture.soon())))
                    .contains(Reason.DATA_LOSS);
            put(store, 9, SIZE);
            assertThat(isStored(store, 9, SIZE)).isTrue();
            assertThat(put(store, 8, SIZE)).isTrue();
            assertThat(isStored(store, 8, SIZE)).isTrue();
        }
    }

    /** The failure: the batch is neither committed nor failed, and every later put of its keys waits for it for ever. */
    @Test
    void a_defect_in_the_commit_fails_its_writes_and_later_ones_go_on() throws IOException {
        try (FileBlobStore store = open()) {
            put(store, 1, SIZE);
            disk.breakForces(1);
            CompletableFuture<PutResult> defective = startPut(store, 2, SIZE);
            DiskWait.until(defective::isDone);
            assertThat(failure(defective)).isPresent();
            assertThat(isStored(store, 2, SIZE)).isFalse();
            assertThat(put(store, 2, SIZE)).isTrue();
        }
        try (FileBlobStore store = open()) {
            assertThat(isStored(store, 1, SIZE) && isStored(store, 2, SIZE)).isTrue();
        }
    }

    /** The failure: the blob was stored anew, and acknowledged, before the delete of its damaged record came to its turn. */
    @Test
    void what_was_stored_anew_is_not_deleted_with_the_damaged_record() throws IOException {
        try (FileBlobStore store = open()) {
            put(store, 0, SIZE);
            put(store, 1, SIZE);
            DiskFixture.flipBit(DiskFixture.lastSegment(root.resolve("data")), recordEnd() + 100);
            disk.forces.drainPermits();
            disk.forcesBegun.drainPermits();
            CompletableFuture<PutResult> anew = startPut(store, 1, SIZE);
            disk.awaitForce(); // so the put has its turn first
            assertThat(failure(store.head(DiskFixture.STORE, DiskFixture.key(1), DiskFixture.soon())))
                    .contains(Reason.DATA_LOSS);
            disk.forces.release(1_000_000);
            assertThat(await(anew).created()).isTrue();
            put(store, 2, SIZE); // behind the delete
            assertThat(isStored(store, 1, SIZE)).isTrue();
        }
    }

    private static long recordEnd() {
        RecordHeader header = RecordHeader.put(
                1, DiskFixture.STORE, DiskFixture.key(0), DiskFixture.info(0, DiskFixture.bytes(0, SIZE)));
        return SegmentFiles.HEADER_BYTES + (long) header.recordBytes();
    }
}
