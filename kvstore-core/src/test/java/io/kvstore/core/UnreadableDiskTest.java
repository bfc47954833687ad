package io.kvstore.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the disk has lost is lost for the chunk, never for the process or for what lies beside it. */
class UnreadableDiskTest {

    @TempDir
    Path directory;

    @Test
    void a_segment_whose_first_sector_was_zeroed_is_left_for_whoever_can_say_more() throws IOException {
        try (FileBlobStore store = FileBlobStore.builder(directory).open()) {
            DiskFixture.put(store, 1, 5_000);
        }
        Path segment = segments().get(0);
        long length = Files.size(segment);
        try (RandomAccessFile file = new RandomAccessFile(segment.toFile(), "rw")) {
            file.write(new byte[SegmentFiles.HEADER_BYTES]);
        }
        try (FileBlobStore store = FileBlobStore.builder(directory).open()) {
            assertThat(DiskFixture.isStored(store, 1, 5_000)).isFalse();
        }

        assertThat(Files.size(segment)).isEqualTo(length);
    }

    @Test
    void a_segment_that_was_made_and_never_written_to_goes() throws IOException {
        Path blank = directory.resolve("0000000000000000.segment");
        try (RandomAccessFile file = new RandomAccessFile(blank.toFile(), "rw")) {
            file.setLength(1 << 20);
        }
        FileBlobStore.builder(directory).open().close();

        assertThat(blank).doesNotExist();
    }

    /** Cut short under the mapping, which faults as a sector does that can not be read. Interpreted and compiled. */
    @Test
    void pages_that_can_not_be_read_fail_their_chunks_and_nothing_else() throws Exception {
        for (String mode : List.of("-Xint", "-Xcomp")) {
            Path data = directory.resolve("data" + mode);
            ProcessBuilder child = ChildJvm.start(CutUnderTheMapping.class, data.toString());
            child.command().add(1, mode);
            Path output = directory.resolve("output" + mode);
            Process process = child.redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();

            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue())
                    .as(Files.readString(output, StandardCharsets.UTF_8))
                    .isZero();
        }
    }

    private List<Path> segments() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> file.toString().endsWith(".segment")).toList();
        }
    }
}
