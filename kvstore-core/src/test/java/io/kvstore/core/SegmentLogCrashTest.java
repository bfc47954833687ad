package io.kvstore.core;

import static io.kvstore.core.DiskFixture.await;
import static io.kvstore.core.DiskFixture.copy;
import static io.kvstore.core.DiskFixture.cutAt;
import static io.kvstore.core.DiskFixture.delete;
import static io.kvstore.core.DiskFixture.failure;
import static io.kvstore.core.DiskFixture.flipBit;
import static io.kvstore.core.DiskFixture.info;
import static io.kvstore.core.DiskFixture.isStored;
import static io.kvstore.core.DiskFixture.key;
import static io.kvstore.core.DiskFixture.lastSegment;
import static io.kvstore.core.DiskFixture.list;
import static io.kvstore.core.DiskFixture.put;
import static io.kvstore.core.DiskFixture.segments;
import static io.kvstore.core.DiskFixture.soon;
import static io.kvstore.core.DiskFixture.zeroFrom;
import static org.assertj.core.api.Assertions.assertThat;

import io.kvstore.api.Payload;
import io.kvstore.api.Reason;
import io.kvstore.spi.BlobInfo;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is found after the process, or a part of a file, was lost. */
class SegmentLogCrashTest {

    private static final int SIZE = 100;

    @TempDir
    Path root;

    private int copies;

    private static FileBlobStore open(Path directory) throws IOException {
        return builder(directory).open();
    }

    private static FileBlobStore.Builder builder(Path directory) {
        return FileBlobStore.builder(directory).segmentBytes(1 << 16).files(new FaultyDiskFiles().withoutForces());
    }

    private Path crashed(Path directory) {
        return copy(directory, root.resolve("crash-" + copies++));
    }

    /** Offset and length of the last of {@code count} equal records. */
    private static long recordStart(int index) {
        byte[] bytes = DiskFixture.bytes(1, SIZE);
        int length =
                RecordHeader.put(1, DiskFixture.STORE, key(1), info(1, bytes)).recordBytes();
        return SegmentFiles.HEADER_BYTES + (long) index * length;
    }

    @Test
    void what_was_acknowledged_survives_a_kill_and_a_close() throws IOException {
        Path directory = root.resolve("data");
        Path killed;
        try (FileBlobStore store = open(directory)) {
            for (int i = 0; i < 1_000; i++) {
                put(store, i, SIZE);
            }
            killed = crashed(directory);
        }
        for (Path left : List.of(killed, directory)) {
            try (FileBlobStore store = open(left)) {
                for (int i = 0; i < 1_000; i++) {
                    assertThat(isStored(store, i, SIZE)).isTrue();
                }
                assertThat(list(store)).hasSize(1_000);
                assertThat(store.stores()).containsExactly(DiskFixture.STORE);
                assertThat(put(store, 5, SIZE)).isFalse();
                assertThat(put(store, 1_000, SIZE)).isTrue();
            }
        }
    }

    @Test
    void a_tail_torn_at_any_byte_loses_the_last_blob_only() throws IOException {
        Path directory = root.resolve("data");
        try (FileBlobStore store = open(directory)) {
            put(store, 1, SIZE);
            put(store, 2, SIZE);
            long recordBytes = recordStart(1) - recordStart(0);
            for (int at = 0; at < recordBytes; at += at < 90 ? 1 : 7) {
                for (boolean cut : List.of(true, false)) {
                    Path left = crashed(directory);
                    if (cut) {
                        cutAt(lastSegment(left), recordStart(1) + at);
                    } else {
                        zeroFrom(lastSegment(left), recordStart(1) + at);
                    }
                    assertOnlyTheFirstIsLeft(left, recordBytes - at);
                }
            }
        }
    }

    private static void assertOnlyTheFirstIsLeft(Path left, long bytesMissing) throws IOException {
        try (FileBlobStore store = open(left)) {
            assertThat(isStored(store, 1, SIZE)).isTrue();
            // The padding of the last record may be cut from a file that lost nothing.
            boolean second = isStored(store, 2, SIZE);
            assertThat(second && bytesMissing >= RecordFormat.ALIGNMENT_BYTES).isFalse();
            assertThat(put(store, 2, SIZE)).isEqualTo(!second);
            assertThat(put(store, 3, SIZE)).isTrue();
        }
        try (FileBlobStore store = open(left)) {
            assertThat(isStored(store, 1, SIZE) && isStored(store, 2, SIZE) && isStored(store, 3, SIZE))
                    .isTrue();
        }
    }

    @Test
    void a_bit_flipped_anywhere_in_an_unsealed_record_is_never_served() throws IOException {
        Path directory = root.resolve("data");
        try (FileBlobStore store = open(directory)) {
            for (int i = 0; i < 3; i++) {
                put(store, i, SIZE);
            }
            byte[] bytes = DiskFixture.bytes(1, SIZE);
            int header = RecordHeader.put(1, DiskFixture.STORE, key(1), info(1, bytes))
                    .headerBytes();
            for (int at = 0; at < header + SIZE; at += 3) {
                Path left = crashed(directory);
                flipBit(lastSegment(left), recordStart(1) + at);
                try (FileBlobStore reopened = open(left)) {
                    assertThat(isStored(reopened, 0, SIZE)).isTrue();
                    assertThat(isStored(reopened, 1, SIZE)).isFalse();
                    // What is damaged hides nothing behind it.
                    assertThat(isStored(reopened, 2, SIZE)).isTrue();
                }
            }
        }
    }

    /** The failure: what was acknowledged behind it is cut off at the next start, and the one after finds nothing wrong. */
    @Test
    void what_lies_behind_a_lost_page_of_an_unsealed_segment_is_found_at_every_start() throws IOException {
        Path directory = root.resolve("data");
        Path left;
        try (FileBlobStore store = open(directory)) {
            for (int i = 0; i < 100; i++) {
                put(store, i, SIZE);
            }
            left = crashed(directory);
        }
        try (RandomAccessFile file = new RandomAccessFile(lastSegment(left).toFile(), "rw")) {
            file.seek(8_192);
            file.write(new byte[4_096]);
        }
        for (int start = 0; start < 2; start++) {
            try (FileBlobStore store = open(left)) {
                for (int i = 0; i < 100; i++) {
                    boolean lost = recordStart(i + 1) > 8_192 && recordStart(i) < 12_288;
                    assertThat(isStored(store, i, SIZE)).as("blob %s", i).isEqualTo(!lost);
                }
            }
        }
    }

    @Test
    void sectors_that_cannot_be_read_cost_their_own_blobs_and_not_the_start() throws IOException {
        Path directory = root.resolve("data");
        Path unsealed;
        try (FileBlobStore store = open(directory)) {
            for (int i = 0; i < 100; i++) {
                put(store, i, SIZE);
            }
            unsealed = crashed(directory);
        }
        FaultyDiskFiles disk = new FaultyDiskFiles().withoutForces();
        String name = lastSegment(directory).getFileName().toString();
        disk.unreadable(name, 8_192, 12_288);
        try (FileBlobStore store = builder(unsealed).files(disk).open()) {
            for (int i = 0; i < 100; i++) {
                boolean lost = recordStart(i + 1) > 8_192 && recordStart(i) < 12_288;
                assertThat(isStored(store, i, SIZE)).as("blob %s", i).isEqualTo(!lost);
            }
        }
        try (FileBlobStore store =
                open(unsealed)) { // the sectors are readable again, and nothing was cut off or sealed over
            assertThat(list(store)).hasSize(100);
        }
        disk.unreadable(name, Files.size(lastSegment(directory)) - 100, Long.MAX_VALUE); // of the footer
        try (FileBlobStore store = builder(directory).files(disk).open()) {
            assertThat(list(store)).hasSize(100);
        }
        disk.unreadable(name, 0, 512); // the header: nothing of this file, for now
        try (FileBlobStore store = builder(directory).files(disk).open()) {
            assertThat(put(store, 1_000, SIZE)).isTrue();
        }
        try (FileBlobStore store = open(directory)) {
            assertThat(list(store)).hasSize(101);
        }
    }

    @Test
    void a_bit_flipped_in_a_footer_costs_nothing() throws IOException {
        Path directory = root.resolve("data");
        try (FileBlobStore store = open(directory)) {
            put(store, 1, SIZE);
            put(store, 2, SIZE);
            delete(store, 1);
        }
        long length = Files.size(lastSegment(directory));
        byte[] none = new byte[0];
        long records = recordStart(2)
                + RecordHeader.delete(1, DiskFixture.STORE, key(1)).recordBytes()
                + none.length;
        for (long at = records; at < length; at++) {
            Path left = crashed(directory);
            flipBit(lastSegment(left), at);
            try (FileBlobStore store = open(left)) {
                assertThat(isStored(store, 1, SIZE)).isFalse();
                assertThat(isStored(store, 2, SIZE)).isTrue();
            }
        }
    }

    @Test
    void a_damaged_header_of_a_sealed_record_is_data_loss_once_and_absent_from_then_on() throws IOException {
        Path directory = root.resolve("data");
        try (FileBlobStore store = open(directory)) {
            put(store, 1, SIZE);
            put(store, 2, SIZE);
        }
        flipBit(lastSegment(directory), recordStart(0) + 100); // in the attributes
        try (FileBlobStore store = open(directory)) {
            assertThat(failure(store.get(DiskFixture.STORE, key(1), soon()))).contains(Reason.DATA_LOSS);
            DiskWait.until(() -> store.peek(DiskFixture.STORE, key(1)).isAbsent());
            assertThat(isStored(store, 1, SIZE)).isFalse();
            assertThat(isStored(store, 2, SIZE)).isTrue();
            assertThat(put(store, 1, SIZE)).isTrue();
            assertThat(isStored(store, 1, SIZE)).isTrue();
        }
    }

    @Test
    void a_sealed_file_that_lost_its_end_serves_what_is_left() throws IOException {
        Path directory = root.resolve("data");
        try (FileBlobStore store = open(directory)) {
            for (int i = 0; i < 3; i++) {
                put(store, i, SIZE);
            }
        }
        cutAt(lastSegment(directory), recordStart(2) + 50);
        try (FileBlobStore store = open(directory)) {
            assertThat(isStored(store, 0, SIZE)).isTrue();
            assertThat(isStored(store, 1, SIZE)).isTrue();
            assertThat(isStored(store, 2, SIZE)).isFalse();
        }
    }

    @Test
    void a_damaged_segment_header_spares_the_other_segments_and_the_file() throws IOException {
        Path directory = root.resolve("data");
        for (int i = 0; i < 2; i++) {
            try (FileBlobStore store = open(directory)) {
                put(store, i, SIZE);
            }
        }
        Path first = segments(directory).get(0);
        flipBit(first, 30); // the salt
        try (FileBlobStore store = open(directory)) {
            assertThat(isStored(store, 0, SIZE)).isFalse();
            assertThat(isStored(store, 1, SIZE)).isTrue();
            assertThat(put(store, 0, SIZE)).isTrue();
        }
        assertThat(first).exists();
    }

    @Test
    void a_file_that_was_just_made_holds_nothing_and_goes() throws IOException {
        Path directory = Files.createDirectories(root.resolve("data"));
        Files.write(directory.resolve("0000000000000007.segment"), new byte[1 << 16]);
        Files.write(directory.resolve("0000000000000008.segment"), new byte[0]);
        try (FileBlobStore store = open(directory)) {
            assertThat(store.stores()).isEmpty();
            assertThat(put(store, 1, SIZE)).isTrue();
        }
        assertThat(segments(directory)).hasSize(1);
    }

    /** The failure: a client stores a payload that holds a record, and a torn tail makes the scan start inside of it. */
    @Test
    void a_payload_that_holds_a_record_is_never_parsed() throws IOException {
        Path directory = root.resolve("data");
        byte[] hostile = hostilePayload();
        try (FileBlobStore store = open(directory)) {
            put(store, 1, SIZE);
            try (Payload payload = Payload.wrap(hostile)) {
                BlobInfo info = info(2, hostile);
                await(store.put(DiskFixture.STORE, key(2), info, payload, soon()));
            }
            long recordBytes = RecordHeader.put(1, DiskFixture.STORE, key(2), info(2, hostile))
                    .recordBytes();
            for (int at = 0; at < recordBytes; at += 509) {
                Path left = crashed(directory);
                flipBit(lastSegment(left), recordStart(1) + at);
                try (FileBlobStore reopened = open(left)) {
                    assertThat(list(reopened)).containsExactly(key(1));
                }
            }
        }
    }

    /** Records of other tenants at every multiple of 64, made without knowing the salt. */
    private static byte[] hostilePayload() {
        ByteBuffer payload = ByteBuffer.allocate(16_384);
        List<Integer> made = new ArrayList<>();
        for (int at = 0; at + 512 <= payload.capacity(); at += 64) {
            byte[] bytes = DiskFixture.bytes(666, 0);
            RecordHeader header = RecordHeader.put(Long.MAX_VALUE - 1, DiskFixture.STORE, key(666), info(666, bytes));
            int offset = (int) recordStart(1) + at + 64;
            RecordFormat.encode(header, new byte[16], offset, payload.position(at));
            made.add(at);
        }
        assertThat(made).isNotEmpty();
        return payload.array();
    }

    @Test
    void put_delete_and_put_of_one_name_end_as_the_last_one_after_a_kill_and_a_close() throws IOException {
        Path directory = root.resolve("data");
        Path gone;
        Path back;
        try (FileBlobStore store = open(directory)) {
            assertThat(put(store, 1, SIZE)).isTrue();
            assertThat(delete(store, 1)).isTrue();
            assertThat(delete(store, 1)).isFalse();
            gone = crashed(directory);
            assertThat(put(store, 1, SIZE)).isTrue();
            back = crashed(directory);
        }
        try (FileBlobStore store = open(gone)) {
            assertThat(isStored(store, 1, SIZE)).isFalse();
        }
        for (Path left : List.of(back, directory)) {
            for (int start = 0; start < 2; start++) {
                try (FileBlobStore store = open(left)) {
                    assertThat(isStored(store, 1, SIZE)).isTrue();
                }
            }
        }
    }

    @Test
    void a_blob_larger_than_a_segment_gets_one_of_its_own() throws IOException {
        Path directory = root.resolve("data");
        try (FileBlobStore store = open(directory)) {
            put(store, 1, SIZE);
            put(store, 2, 300_000);
            put(store, 3, SIZE);
            assertThat(isStored(store, 2, 300_000)).isTrue();
        }
        try (FileBlobStore store = open(directory)) {
            assertThat(isStored(store, 1, SIZE) && isStored(store, 2, 300_000) && isStored(store, 3, SIZE))
                    .isTrue();
        }
    }
}
