package io.kvstore.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvstore.api.Payload;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MaintenanceTest {

    @TempDir
    Path root;

    private final FaultyDiskFiles disk = new FaultyDiskFiles();

    /** The failure: the round that the last delete asked for ran before the seal, and nothing was due after it. */
    @Test
    void space_is_looked_for_again_once_a_segment_is_sealed() throws Exception {
        SpaceBudget budget = new SpaceBudget(Long.MAX_VALUE);
        try (DataDirectory directory = DataDirectory.lock(root.resolve("data"), disk)) {
            SegmentFiles files = new SegmentFiles(disk, directory, new SecureRandom());
            Segments segments = new Segments(files, budget, 1 << 16);
            Maintenance maintenance = new Maintenance(new Sealing(segments, budget), Thread::new);
            SegmentWriter writer = oneRecord(segments);
            HeldReclaimer reclaimer = new HeldReclaimer(writer.segment());

            maintenance.reclaimWith(reclaimer);
            reclaimer.awaitRound();
            maintenance.seal(writer.segment(), writer.file());
            reclaimer.letGo();

            assertThat(reclaimer.sealedIsSeen()).isTrue();
            maintenance.close(TimeUnit.SECONDS.toNanos(30));
            segments.close();
        }
    }

    private static SegmentWriter oneRecord(Segments segments) throws IOException {
        byte[] bytes = DiskFixture.bytes(1, 1_000);
        RecordHeader header = RecordHeader.put(1, DiskFixture.STORE, DiskFixture.key(1), DiskFixture.info(1, bytes));
        SegmentWriter writer =
                segments.create(header.recordBytes(), ByteBuffer.allocateDirect(SegmentWriter.bufferBytes()));
        writer.append(header, Pieces.of(Payload.wrap(bytes)), true);
        writer.flush();
        writer.segment().end(writer.end());
        return writer;
    }

    /** Holds its first round, and is due for no other. */
    private static final class HeldReclaimer implements Reclaimer {

        private final Segment segment;
        private final CountDownLatch begun = new CountDownLatch(1);
        private final CountDownLatch held = new CountDownLatch(1);
        private final CountDownLatch seen = new CountDownLatch(1);

        HeldReclaimer(Segment segment) {
            this.segment = segment;
        }

        void awaitRound() throws InterruptedException {
            assertThat(begun.await(30, TimeUnit.SECONDS)).isTrue();
        }

        void letGo() {
            held.countDown();
        }

        boolean sealedIsSeen() throws InterruptedException {
            return seen.await(10, TimeUnit.SECONDS);
        }

        @Override
        public boolean isDue() {
            return begun.getCount() > 0;
        }

        @Override
        public @Nullable Segment next() {
            begun.countDown();
            try {
                held.await();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            if (segment.isSealed()) {
                seen.countDown();
            }
            return null;
        }

        @Override
        public boolean reclaim(Segment unused) {
            throw new AssertionError("nothing to reclaim was offered");
        }
    }
}
