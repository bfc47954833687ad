package io.kvstore.core;

import static io.kvstore.core.DiskFixture.STORE;
import static io.kvstore.core.DiskFixture.bytes;
import static io.kvstore.core.DiskFixture.copy;
import static io.kvstore.core.DiskFixture.flipBit;
import static io.kvstore.core.DiskFixture.info;
import static io.kvstore.core.DiskFixture.key;
import static io.kvstore.core.DiskFixture.segments;
import static org.assertj.core.api.Assertions.assertThat;

import io.kvstore.api.Payload;
import io.kvstore.api.Tier;
import io.kvstore.spi.Blob;
import io.kvstore.testkit.PayloadLedger;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiskBlobCacheTest {

    private static final int SIZE = 4_000;
    private static final long MAX_BYTES = 2 << 20;

    @TempDir
    Path root;

    private final FaultyDiskFiles disk = new FaultyDiskFiles().withoutForces();

    private DiskBlobCache open(Path directory) throws IOException {
        return DiskBlobCache.open(directory, MAX_BYTES, disk);
    }

    private static void put(DiskBlobCache cache, int number, int size) {
        byte[] bytes = bytes(number, size);
        try (Blob blob = new Blob(info(number, bytes), Payload.wrap(bytes), Tier.REMOTE, "of the backend")) {
            cache.put(STORE, key(number), blob);
        }
    }

    /** Puts, again if the cache is busy making room, until the copy is there. */
    private static void keep(DiskBlobCache cache, int number, int size) {
        DiskWait.until(() -> {
            put(cache, number, size);
            return cache.peek(STORE, key(number)).isPresent();
        });
    }

    private static boolean has(DiskBlobCache cache, int number, int size) {
        Optional<Blob> found = cache.get(STORE, key(number));
        found.ifPresent(blob -> {
            assertThat(blob.info()).isEqualTo(info(number, bytes(number, size)));
            assertThat(blob.tier()).isEqualTo(Tier.LOCAL_DISK);
            assertThat(blob.payload().toByteArray()).isEqualTo(bytes(number, size));
            blob.close();
        });
        return found.isPresent();
    }

    @Test
    void what_was_put_is_there_also_after_a_restart_and_a_kill() throws IOException {
        Path directory = root.resolve("cache");
        Path killed;
        try (DiskBlobCache cache = open(directory)) {
            keep(cache, 1, SIZE);
            keep(cache, 2, 0);
            put(cache, 1, SIZE);
            assertThat(has(cache, 1, SIZE) && has(cache, 2, 0)).isTrue();
            assertThat(has(cache, 3, SIZE)).isFalse();
            assertThat(cache.peek(STORE, key(3)).isPresent()
                            || cache.peek(STORE, key(3)).isAbsent())
                    .isFalse();
            killed = copy(directory, root.resolve("killed"));
        }
        for (Path left : new Path[] {directory, killed}) {
            try (DiskBlobCache cache = open(left)) {
                assertThat(has(cache, 1, SIZE) && has(cache, 2, 0)).isTrue();
            }
        }
    }

    @Test
    void it_stays_within_its_space_and_drops_the_oldest() throws IOException {
        try (DiskBlobCache cache = open(root.resolve("cache"))) {
            for (int i = 0; i < 3_000; i++) {
                keep(cache, i, SIZE);
                assertThat(cache.usedBytes()).isLessThan(MAX_BYTES);
            }
            // Not by reading it: what is read again and again is spared.
            DiskWait.until(() -> !cache.peek(STORE, key(0)).isPresent());
            long kept =
                    IntStream.range(0, 3_000).filter(i -> has(cache, i, SIZE)).count();
            assertThat(kept).isGreaterThan(MAX_BYTES / SIZE / 4).isLessThan(MAX_BYTES / SIZE);
        }
    }

    @Test
    void what_is_read_again_and_again_is_spared() throws IOException {
        try (DiskBlobCache cache = open(root.resolve("cache"))) {
            IntStream.range(0, 10).forEach(i -> keep(cache, i, SIZE));
            for (int i = 100; i < 2_100; i++) {
                keep(cache, i, SIZE);
                for (int hot = 0; hot < 10 && i % 10 == 0; hot++) {
                    assertThat(has(cache, hot, SIZE)).isTrue();
                }
            }
            assertThat(has(cache, 100, SIZE)).isFalse();
        }
    }

    @Test
    void everything_hot_does_not_stop_eviction() throws IOException {
        try (DiskBlobCache cache = open(root.resolve("cache"))) {
            for (int i = 0; i < 2_000; i++) {
                put(cache, i, SIZE);
                has(cache, i, SIZE);
                has(cache, i / 2, SIZE);
            }
            keep(cache, 5_000, SIZE);
            assertThat(cache.usedBytes()).isLessThan(MAX_BYTES);
        }
    }

    @Test
    void wrong_bytes_are_a_miss_and_go_also_across_a_restart() throws IOException {
        Path directory = root.resolve("cache");
        try (DiskBlobCache cache = open(directory)) {
            keep(cache, 1, SIZE);
            keep(cache, 2, SIZE);
        }
        flipBit(segments(directory).get(0), SegmentFiles.HEADER_BYTES + 1_000);
        try (DiskBlobCache cache = open(directory)) {
            assertThat(has(cache, 1, SIZE)).isFalse();
            assertThat(cache.peek(STORE, key(1)).isPresent()).isFalse();
            assertThat(has(cache, 2, SIZE)).isTrue();
            keep(cache, 1, SIZE);
            assertThat(has(cache, 1, SIZE)).isTrue();
        }
        try (DiskBlobCache cache = open(directory)) {
            assertThat(has(cache, 1, SIZE) && has(cache, 2, SIZE)).isTrue();
        }
    }

    @Test
    void what_was_removed_is_gone_at_once_and_after_a_restart() throws IOException {
        Path directory = root.resolve("cache");
        try (DiskBlobCache cache = open(directory)) {
            for (int i = 0; i < 200; i++) {
                put(cache, i, SIZE); // and may still be on its way
                cache.remove(STORE, key(i));
                assertThat(has(cache, i, SIZE)).isFalse();
                assertThat(cache.peek(STORE, key(i)).isPresent()).isFalse();
            }
            keep(cache, 1_000, SIZE);
        }
        try (DiskBlobCache cache = open(directory)) {
            assertThat(IntStream.range(0, 200).noneMatch(i -> has(cache, i, SIZE)))
                    .isTrue();
            assertThat(has(cache, 1_000, SIZE)).isTrue();
        }
    }

    @Test
    void a_blob_that_would_take_most_of_the_space_is_not_kept() throws IOException {
        try (DiskBlobCache cache = open(root.resolve("cache"))) {
            put(cache, 1, (int) MAX_BYTES / 4);
            keep(cache, 2, (int) MAX_BYTES / 10);
            assertThat(has(cache, 1, (int) MAX_BYTES / 4)).isFalse();
        }
    }

    @Test
    void a_full_disk_costs_copies_and_nothing_else() throws IOException {
        try (DiskBlobCache cache = open(root.resolve("cache"))) {
            keep(cache, 1, SIZE);
            disk.full(100);
            IntStream.range(10, 60).forEach(i -> put(cache, i, SIZE));
            assertThat(has(cache, 1, SIZE)).isTrue();
            cache.remove(STORE, key(1)); // its tombstone finds no room either
            assertThat(has(cache, 1, SIZE)).isFalse();
            DiskWait.until(() -> !cache.peek(STORE, key(1)).isPresent());
            disk.roomAgain();
            keep(cache, 2, SIZE);
            assertThat(has(cache, 2, SIZE)).isTrue();
        }
    }

    /** The failure: a disk that hangs held 256 MiB of payloads, all that a tenant may have in flight, and its calls were refused. */
    @Test
    void a_disk_that_hangs_holds_little_of_what_calls_bring() throws Exception {
        CountDownLatch hung = new CountDownLatch(1);
        CountDownLatch moves = new CountDownLatch(1);
        disk.beforeWrite(1, () -> {
            hung.countDown();
            awaitQuietly(moves);
        });
        PayloadLedger ledger = new PayloadLedger();
        try (DiskBlobCache cache = DiskBlobCache.open(root.resolve("cache"), 1L << 30, disk)) {
            put(cache, 0, SIZE);
            awaitQuietly(hung);
            byte[] bytes = new byte[1 << 20];
            for (int i = 1; i <= 100; i++) {
                try (Blob blob = new Blob(info(i, bytes), ledger.payload(bytes), Tier.REMOTE, "of the backend")) {
                    cache.put(STORE, key(i), blob);
                }
            }
            assertThat(ledger.openCount()).isLessThanOrEqualTo(32);
            moves.countDown();
        }
        ledger.awaitAllClosed(Duration.ofSeconds(30));
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void a_closed_cache_misses_and_takes_nothing() throws IOException {
        DiskBlobCache cache = open(root.resolve("cache"));
        keep(cache, 1, SIZE);
        Blob claim = cache.get(STORE, key(1)).orElseThrow();
        cache.close();
        cache.close();
        assertThat(cache.get(STORE, key(1))).isEmpty();
        put(cache, 2, SIZE);
        cache.remove(STORE, key(1));
        assertThat(claim.payload().toByteArray()).isEqualTo(bytes(1, SIZE));
        claim.close();
    }

    /** The failure: the JVM sums the page in code of its own, and a fault there ends the process. */
    @Test
    void a_copy_that_cannot_be_read_is_a_miss() throws IOException {
        Path directory = root.resolve("cache");
        try (DiskBlobCache cache = open(directory)) {
            IntStream.range(0, 10).forEach(i -> keep(cache, i, SIZE));
            DiskFixture.cutAt(segments(directory).get(0), 4_096);
            assertThat(has(cache, 9, SIZE)).isFalse();
            assertThat(has(cache, 8, SIZE)).isFalse();
            keep(cache, 9, SIZE);
            assertThat(has(cache, 9, SIZE)).isTrue();
        }
    }

    @Test
    void a_directory_that_cannot_be_synced_does_not_stop_eviction() throws IOException {
        Path directory = root.resolve("cache");
        try (DiskBlobCache cache = open(directory)) {
            disk.failDeletionForces(true);
            IntStream.range(0, 1_500).forEach(i -> keep(cache, i, SIZE));
            assertThat(cache.usedBytes()).isLessThan(MAX_BYTES);
        }
    }

    @Test
    void a_segment_that_somebody_removed_does_not_stop_eviction() throws IOException {
        Path directory = root.resolve("cache");
        try (DiskBlobCache cache = open(directory)) {
            IntStream.range(0, 100).forEach(i -> keep(cache, i, SIZE));
            Files.delete(segments(directory).get(0));
            IntStream.range(100, 1_500).forEach(i -> keep(cache, i, SIZE));
            assertThat(cache.usedBytes()).isLessThan(MAX_BYTES);
        }
    }
}
