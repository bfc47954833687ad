package io.kvstore.azure;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvstore.api.KVStoreException;
import io.kvstore.api.Reason;
import io.kvstore.testkit.ManualClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Who gets memory to read into, and when. */
class ReadMemoryTest {

    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final ManualClock clock = new ManualClock();
    private final ReadMemory memory = new ReadMemory(120, PATIENCE, clock.scheduler());

    private static KVStoreException failure(CompletableFuture<?> call) {
        return KVStoreException.of(call.handle((none, failure) -> failure).join());
    }

    /** So many reads of so many bytes each that hold room now. */
    private List<ReadMemory.Place> greedy(String tenant, int reads, int bytes) {
        List<ReadMemory.Place> holding = new ArrayList<>();
        for (int i = 0; i < reads; i++) {
            ReadMemory.Place place = memory.enter(tenant);
            if (place.room(bytes).isDone()) {
                holding.add(place);
            }
        }
        return holding;
    }

    @Test
    void one_tenant_gets_half_and_others_find_room_at_once() {
        assertThat(greedy("acme", 128, 10)).hasSize(6);
        assertThat(greedy("beta", 128, 10)).hasSize(3);
        assertThat(memory.enter("gamma").room(10)).isCompleted();
        assertThat(memory.heldBytes()).isEqualTo(100);
    }

    @Test
    void what_is_given_back_goes_to_who_waits_in_turn() {
        List<ReadMemory.Place> acme = greedy("acme", 6, 10);
        ReadMemory.Place next = memory.enter("acme");
        CompletableFuture<@Nullable Void> acmeWaits = next.room(10);
        greedy("beta", 3, 10);
        CompletableFuture<@Nullable Void> betaWaits = memory.enter("beta").room(10);
        assertThat(acmeWaits).isNotDone();
        assertThat(betaWaits).isNotDone();

        acme.get(0).close();
        assertThat(acmeWaits).isNotDone(); // it has more than what is left for others
        acme.get(1).close();

        assertThat(betaWaits).isCompleted();
        assertThat(acmeWaits).isNotDone();
    }

    /** The failure: a stream holds its later blocks until the first has come, which found no room for ever. */
    @Test
    void the_earliest_read_finds_room_whatever_later_ones_hold() {
        List<ReadMemory.Place> inOrder = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            inOrder.add(memory.enter("acme"));
        }
        List<CompletableFuture<@Nullable Void>> rooms = new ArrayList<>();
        for (int i = 19; i >= 0; i--) {
            rooms.add(0, inOrder.get(i).room(10));
        }

        for (int i = 0; i < 20; i++) {
            assertThat(rooms.get(i)).as("block %s", i).isCompleted();
            inOrder.get(i).close(); // delivered, and then the next
        }
        assertThat(memory.heldBytes()).isZero();
    }

    @Test
    void a_read_that_finds_nothing_gives_its_turn_up() {
        ReadMemory.Place absent = memory.enter("acme");
        ReadMemory.Place first = memory.enter("acme");
        ReadMemory.Place second = memory.enter("acme");
        CompletableFuture<@Nullable Void> large = first.room(60);
        CompletableFuture<@Nullable Void> small = second.room(10);
        assertThat(large).isNotDone();

        absent.close();

        assertThat(large).isCompleted();
        assertThat(small).isNotDone();
        first.close();
        assertThat(small).isCompleted();
    }

    @Test
    void a_wait_ends_and_says_when_to_come_back() {
        List<ReadMemory.Place> holding = greedy("acme", 6, 10);
        CompletableFuture<@Nullable Void> late = memory.enter("acme").room(10);
        CompletableFuture<@Nullable Void> behind = memory.enter("acme").room(10);

        clock.advance(PATIENCE);

        assertThat(failure(late).reason()).isEqualTo(Reason.RESOURCE_EXHAUSTED);
        assertThat(failure(late).retryAfter()).isPresent();
        assertThat(failure(behind).reason()).isEqualTo(Reason.RESOURCE_EXHAUSTED);
        assertThat(memory.heldBytes()).isEqualTo(60);
        holding.forEach(ReadMemory.Place::close);
        assertThat(memory.heldBytes()).isZero();
        assertThat(clock.pendingTasks()).isZero();
    }

    @Test
    void one_that_is_larger_than_all_goes_alone() {
        List<ReadMemory.Place> others = greedy("beta", 1, 10);
        ReadMemory.Place large = memory.enter("acme");
        CompletableFuture<@Nullable Void> room = large.room(200);
        CompletableFuture<@Nullable Void> small = memory.enter("gamma").room(10);
        assertThat(room).isNotDone();
        assertThat(small).isNotDone(); // or small ones would go on for ever

        others.get(0).close();

        assertThat(room).isCompleted();
        assertThat(small).isNotDone();
        large.close();
        assertThat(small).isCompleted();
    }

    @Test
    void who_gives_up_holds_up_nobody() {
        List<ReadMemory.Place> others = greedy("beta", 1, 10);
        ReadMemory.Place large = memory.enter("acme");
        CompletableFuture<@Nullable Void> room = large.room(200);
        CompletableFuture<@Nullable Void> small = memory.enter("gamma").room(10);

        large.close();
        large.close();

        assertThat(small).isCompleted();
        assertThat(room).isCancelled();
        assertThat(clock.pendingTasks()).isZero();
        assertThat(memory.heldBytes()).isEqualTo(20);
        assertThat(others).hasSize(1);
    }
}
