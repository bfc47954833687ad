package io.kvstore.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvstore.api.Payload;
import io.kvstore.api.StoreId;
import io.kvstore.spi.BlobInfo;
import io.kvstore.spi.BlobKey;
import io.kvstore.spi.CallContext;
import io.kvstore.testkit.ManualClock;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** How much is remembered of whom. */
class RememberingBlobStoreTest {

    private static final StoreId ACME = new StoreId("acme", "llama");
    private static final StoreId GLOBEX = new StoreId("globex", "llama");
    private static final Duration MAX_AGE = Duration.ofMinutes(10);

    private final ManualClock clock = new ManualClock();
    private final Keys keys = new Keys(9);
    private final RememberingBlobStore remembering = new RememberingBlobStore(
            new AskedBlobStore(MemoryBlobStore.builder().build()), MAX_AGE, 120, clock, Runnable::run);

    private BlobKey see(StoreId store) {
        return see(store, keys.next());
    }

    private BlobKey see(StoreId store, BlobKey key) {
        CallContext soon = CallContext.endingIn(Duration.ofMinutes(1), clock, "");
        remembering
                .put(store, key, new BlobInfo(1, 0, 0, new byte[0]), Payload.empty(), soon)
                .join();
        return key;
    }

    private List<BlobKey> see(StoreId store, int blobs) {
        return IntStream.range(0, blobs).mapToObj(i -> see(store)).toList();
    }

    private long remembered(StoreId store, List<BlobKey> seen) {
        return seen.stream()
                .filter(key -> remembering.peek(store, key).isPresent())
                .count();
    }

    /** The failure: one tenant that saw a million blobs pushed out what was remembered of all others. */
    @Test
    void a_tenant_that_sees_many_pushes_out_nobody_and_leaves_room() {
        List<BlobKey> first = see(GLOBEX, 10);
        List<BlobKey> many = Stream.concat(
                        see(ACME, 500).stream(), see(new StoreId("acme", "another-container"), 500).stream())
                .toList();
        List<BlobKey> later = see(GLOBEX, 20);

        assertThat(remembered(GLOBEX, first)).isEqualTo(10);
        assertThat(remembered(ACME, many)).isEqualTo(55);
        assertThat(remembered(GLOBEX, later)).isEqualTo(20);
    }

    @Test
    void what_has_grown_old_makes_room_for_as_much() {
        List<BlobKey> seen = see(ACME, 60);
        for (int i = 0; i < 5; i++) {
            clock.advance(MAX_AGE);
            assertThat(remembered(ACME, seen)).isZero();
            // Half of it is seen again, the others are new.
            List<BlobKey> again =
                    seen.subList(0, 30).stream().map(key -> see(ACME, key)).toList();
            seen = Stream.concat(again.stream(), see(ACME, 100).stream()).toList();
            assertThat(remembered(ACME, seen)).isEqualTo(60);
        }
    }

    /** The failure: at the cap each call of everybody took the lock of the whole memory, to look for what is old. */
    @Test
    void what_has_grown_old_is_looked_for_once_a_second_at_most() {
        see(ACME, 30);
        clock.advance(Duration.ofMillis(500));
        see(ACME, 30);
        clock.advance(MAX_AGE.minusMillis(501)); // nothing is old
        assertThat(remembered(ACME, see(ACME, 100))).isZero();

        clock.advance(Duration.ofMillis(999)); // all of it is old
        assertThat(remembered(ACME, see(ACME, 100))).isZero();
        clock.advance(Duration.ofMillis(1));
        assertThat(remembered(ACME, see(ACME, 100))).isEqualTo(60);
    }

    @Test
    void what_is_forgotten_or_seen_again_takes_no_room() {
        CallContext soon = CallContext.endingIn(Duration.ofMinutes(1), clock, "");
        for (int i = 0; i < 1_000; i++) {
            BlobKey key = see(ACME);
            see(ACME, key);
            remembering.delete(ACME, key, soon).join();
            remembering.delete(ACME, key, soon).join();
        }

        assertThat(remembered(ACME, see(ACME, 100))).isEqualTo(60);
    }

    @Test
    void a_small_heap_has_room_for_fewer() {
        assertThat(RememberingBlobStore.entriesIn(64L << 30)).isEqualTo(1_000_000);
        assertThat(RememberingBlobStore.entriesIn(512L << 20)).isBetween(50_000L, 100_000L);
    }
}
