package io.kvstore.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import io.kvstore.api.Payload;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an fsync that failed says of the ones after it. */
class SegmentDoubtTest {

    private static final int SIZE = 1_000;

    @TempDir
    Path root;

    private final FaultyDiskFiles disk = new FaultyDiskFiles();
    private DataDirectory directory;
    private SegmentWriter writer;

    @BeforeEach
    void open() throws IOException {
        directory = DataDirectory.lock(root.resolve("data"), disk);
        Segments segments = new Segments(
                new SegmentFiles(disk, directory, new SecureRandom()), new SpaceBudget(Long.MAX_VALUE), 1 << 16);
        writer = segments.create(SIZE, ByteBuffer.allocateDirect(SegmentWriter.bufferBytes()));
    }

    @AfterEach
    void close() throws IOException {
        writer.file().close();
        writer.segment().release();
        directory.close();
    }

    /** The failure: the fsync that failed covered them too, and the next one, for what was committed then, ended the doubt. */
    @Test
    void bytes_written_before_an_fsync_failed_are_written_again_although_they_are_committed_after_the_next()
            throws IOException {
        Segment segment = writer.segment();
        int first = write(1);
        int second = write(2);
        segment.end(first);
        disk.failForces(1);
        assertThatIOException().isThrownBy(() -> segment.force(writer.file()));
        segment.force(writer.file());

        segment.end(second);
        segment.force(writer.file());

        Path old = Files.createFile(root.resolve("old"));
        disk.delete(old);
        assertThat(disk.deletedOverLosses()).isZero();
    }

    /** Returns where the record ends. */
    private int write(int number) throws IOException {
        byte[] bytes = DiskFixture.bytes(number, SIZE);
        RecordHeader header =
                RecordHeader.put(number, DiskFixture.STORE, DiskFixture.key(number), DiskFixture.info(number, bytes));
        writer.append(header, Pieces.of(Payload.wrap(bytes)), true);
        writer.flush();
        return writer.end();
    }
}
