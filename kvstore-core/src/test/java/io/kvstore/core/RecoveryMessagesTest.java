package io.kvstore.core;

import static io.kvstore.core.DiskFixture.copy;
import static io.kvstore.core.DiskFixture.flipBit;
import static io.kvstore.core.DiskFixture.lastSegment;
import static io.kvstore.core.DiskFixture.put;
import static io.kvstore.core.DiskFixture.zeroFrom;
import static org.assertj.core.api.Assertions.assertThat;

import io.kvstore.api.Payload;
import io.kvstore.api.Tier;
import io.kvstore.spi.Blob;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an operator reads at the start after a kill: damage as such, and nothing else as damage. */
class RecoveryMessagesTest {

    private static final int SMALL = 100;
    private static final int LARGE = 200_000;

    @TempDir
    private Path root;

    private Path killed = Path.of("");

    /** Opens and closes a store, in a process whose logs nobody switched off. */
    static final class Start {
        private Start() {}

        public static void main(String... arguments) throws IOException {
            FileBlobStore.builder(Path.of(arguments[0])).open().close();
        }
    }

    @BeforeEach
    void twoBlobsOfAProcessThatWasKilled() throws IOException {
        Path directory = root.resolve("data");
        try (FileBlobStore store = FileBlobStore.builder(directory)
                .segmentBytes(1 << 20)
                .files(new FaultyDiskFiles().withoutForces())
                .open()) {
            put(store, 1, SMALL);
            put(store, 2, LARGE);
            killed = copy(directory, root.resolve("killed"));
        }
    }

    private static RecordHeader header(long number, long sequence, int size) {
        return RecordHeader.put(
                sequence,
                DiskFixture.STORE,
                DiskFixture.key(number),
                DiskFixture.info(number, DiskFixture.bytes(number, size)));
    }

    private static int secondRecord() {
        return SegmentFiles.HEADER_BYTES + header(1, 1, SMALL).recordBytes();
    }

    /** As the second record lies while its payload is being written. */
    private void notSummedYet() throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(lastSegment(killed).toFile(), "rw")) {
            byte[] salt = new byte[16];
            file.seek(24);
            file.readFully(salt);
            ByteBuffer bytes = ByteBuffer.allocate(RecordFormat.MAX_HEADER_BYTES);
            RecordHeader second = header(2, 2, LARGE).summed(SegmentWriter.UNSUMMED);
            RecordFormat.encode(second, salt, secondRecord(), bytes);
            file.seek(secondRecord());
            file.write(bytes.array(), 0, bytes.position());
        }
    }

    private List<String> saidAtStart() throws Exception {
        ProcessBuilder start = ChildJvm.start(Start.class, killed.toString()).redirectErrorStream(true);
        start.command().addAll(1, List.of("-Dorg.slf4j.simpleLogger.log.io.kvstore.core.LogRecovery=info"));
        Process process = start.start();
        process.getOutputStream().close();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).isZero();
        return said.lines().toList();
    }

    /** The failure: "1 damaged records were left out: their blobs are lost", of what nobody was ever told is stored. */
    @Test
    void a_write_that_the_kill_came_upon_is_no_damage() throws Exception {
        notSummedYet();
        zeroFrom(lastSegment(killed), secondRecord() + LARGE / 2);

        assertThat(saidAtStart()).singleElement().asString().contains("INFO", "never acknowledged: cut there");
    }

    @Test
    void so_is_one_that_lacks_nothing_but_its_checksum() throws Exception {
        notSummedYet();

        assertThat(saidAtStart()).singleElement().asString().contains("INFO", "never acknowledged: cut there");
    }

    /** The failure: a copy has its checksum from the beginning, and "what was acknowledged is lost" was said of it. */
    @Test
    void so_is_a_copy_in_the_disk_cache_that_the_kill_came_upon() throws Exception {
        Path directory = root.resolve("cache");
        FaultyDiskFiles disk = new FaultyDiskFiles().withoutForces();
        byte[] bytes = DiskFixture.bytes(1, 4 << 20);
        try (DiskBlobCache cache = DiskBlobCache.open(directory, 64 << 20, disk);
                Blob blob = new Blob(DiskFixture.info(1, bytes), Payload.wrap(bytes), Tier.REMOTE, "of the backend")) {
            disk.beforeWrite(4, () -> killed = copy(directory, root.resolve("killed-cache")));
            cache.put(DiskFixture.STORE, DiskFixture.key(1), blob);
            DiskWait.until(
                    () -> cache.peek(DiskFixture.STORE, DiskFixture.key(1)).isPresent());
        }

        assertThat(saidAtStart()).singleElement().asString().contains("INFO", "never acknowledged: cut there");
    }

    @Test
    void damage_of_the_last_record_is_a_warning_that_says_lost() throws Exception {
        flipBit(lastSegment(killed), secondRecord() + LARGE / 2);

        assertThat(saidAtStart())
                .hasSize(2)
                .allMatch(line -> line.contains("WARN"))
                .anyMatch(line -> line.contains("damaged record"))
                .anyMatch(line -> line.contains("1 records are damaged") && line.endsWith("is lost"));
    }

    /** A finished record of which the end is missing may have been acknowledged: a disk that lost it, not a kill, may be why. */
    @Test
    void so_is_a_finished_record_that_lost_its_end() throws Exception {
        zeroFrom(lastSegment(killed), secondRecord() + LARGE / 2);

        assertThat(saidAtStart()).hasSize(2).allMatch(line -> line.contains("WARN"));
    }

    @Test
    void what_was_all_written_is_not_mentioned() throws Exception {
        assertThat(saidAtStart()).isEmpty();
    }
}
