package io.kvstore.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvstore.api.KVStoreException;
import io.kvstore.api.Reason;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ByteBudgetTest {

    private final ByteBudget budget = new ByteBudget(100, 60, 200);

    @Test
    void what_fits_is_admitted_at_once_and_counted_until_it_is_given_back() {
        ByteBudget.Permit permit = budget.acquire("a", 60).join();

        assertThat(budget.usedBytes()).isEqualTo(60);
        permit.close();
        permit.close();
        assertThat(budget.usedBytes()).isZero();
    }

    @Test
    void a_tenant_at_its_share_waits_and_holds_up_nobody() {
        ByteBudget.Permit first = budget.acquire("a", 60).join();
        CompletableFuture<ByteBudget.Permit> second = budget.acquire("a", 1);
        CompletableFuture<ByteBudget.Permit> other = budget.acquire("b", 40);

        assertThat(second).isNotDone();
        assertThat(other).isDone();
        first.close();
        assertThat(second).isDone();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 40})
    void greedy_tenants_leave_as_much_as_each_of_them_has(int tenants) {
        ByteBudget large = new ByteBudget(128 << 20, 64 << 20, 128 << 20);
        for (int i = 0; i < 200 * tenants; i++) {
            var unused = large.acquire("greedy" + i % tenants, 1 << 20);
        }

        assertThat(large.usedBytes()).isLessThanOrEqualTo((128L << 20) / (tenants + 1) * tenants);
        assertThat(large.acquire("new", 2 << 20)).isCompleted();
    }

    /** The failure: the first few took all, the others' waiters filled the queue, and theirs took what was given back. */
    @ParameterizedTest
    @ValueSource(ints = {7, 40})
    void of_greedy_tenants_that_came_one_after_another_none_keeps_a_newcomer_waiting_for_more_than_its_room(
            int tenants) {
        ByteBudget large = new ByteBudget(128 << 20, 64 << 20, 128 << 20);
        List<CompletableFuture<ByteBudget.Permit>> greedy = new ArrayList<>();
        for (int i = 0; i < 200 * tenants; i++) {
            greedy.add(large.acquire("greedy" + i / 200, 1 << 20));
        }
        CompletableFuture<ByteBudget.Permit> small = large.acquire("new", 2 << 20);
        assertThat(small).isNotDone();
        assertThat(large.isStarved()).isTrue();

        List<ByteBudget.Permit> stalled = greedy.stream()
                .filter(each -> each.isDone() && !each.isCompletedExceptionally())
                .map(CompletableFuture::join)
                .toList();
        stalled.subList(0, tenants + 2).forEach(ByteBudget.Permit::close);

        assertThat(small).isCompleted();
    }

    /** The failure: writes that were let in were refused a moment later, when others had taken of what was free. */
    @Test
    void who_was_let_in_is_not_overdrawn_because_others_come() {
        ByteBudget.Permit first = budget.acquire("a", 10).join();
        ByteBudget.Permit second = budget.acquire("a", 40).join();
        ByteBudget.Permit other = budget.force("b", 40);
        assertThat(first.isOverdrawn()).isFalse();

        other.close();
        second.resize(80);
        assertThat(first.isOverdrawn()).isFalse();
        second.resize(81);
        assertThat(first.isOverdrawn()).isTrue();
    }

    @Test
    void a_large_one_is_not_overtaken_for_ever_by_small_ones() {
        ByteBudget.Permit first = budget.acquire("a", 60).join();
        budget.acquire("c", 10).join();
        CompletableFuture<ByteBudget.Permit> large = budget.acquire("b", 60);
        CompletableFuture<ByteBudget.Permit> small = budget.acquire("c", 10);

        assertThat(large).isNotDone();
        assertThat(small).isNotDone();
        first.close();
        assertThat(large).isDone();
        assertThat(small).isDone();
    }

    @Test
    void who_holds_nothing_is_not_held_up_by_a_large_one_that_waits() {
        ByteBudget.Permit held = budget.acquire("a", 50).join();
        CompletableFuture<ByteBudget.Permit> large = budget.acquire("b", 80);
        CompletableFuture<ByteBudget.Permit> small = budget.acquire("c", 20);

        assertThat(small).isCompleted();
        assertThat(large).isNotDone();
        held.close();
        assertThat(large).isCompleted();
    }

    @Test
    void what_is_larger_than_a_limit_is_let_in_alone() {
        ByteBudget.Permit alone = budget.acquire("a", 1_000).join();
        CompletableFuture<ByteBudget.Permit> next = budget.acquire("b", 1);

        assertThat(next).isNotDone();
        alone.close();
        assertThat(next).isDone();
    }

    @Test
    void too_much_waiting_is_refused_with_a_delay() {
        ByteBudget.Permit held = budget.acquire("a", 100).join();
        CompletableFuture<ByteBudget.Permit> waiting = budget.acquire("a", 150);
        CompletableFuture<ByteBudget.Permit> refused = budget.acquire("b", 251);

        assertThat(refused).isCompletedExceptionally();
        KVStoreException why =
                KVStoreException.of(refused.handle((permit, failure) -> failure).join());
        assertThat(why.reason()).isEqualTo(Reason.RESOURCE_EXHAUSTED);
        assertThat(why.retryAfter()).isPresent();
        held.close();
        assertThat(waiting).isDone();
    }

    /** The failure: ten tenants that read nothing filled the queue, and what came second of any other was refused at once. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void greedy_tenants_leave_room_in_the_queue(boolean inTurn) {
        ByteBudget shared = new ByteBudget(1_000, 500, 1_000);
        shared.force("others", 1_000);
        for (int i = 0; i < 2_000; i++) {
            shared.acquire("greedy" + (inTurn ? i % 10 : i / 200), 10);
        }

        for (int i = 0; i < 5; i++) {
            assertThat(shared.acquire("innocent", 10)).isNotCompletedExceptionally();
        }
        assertThat(shared.acquire("greedy0", 10)).isCompletedExceptionally();
    }

    /** The failure: of writes that were let in, whichever grew next was refused, and not those of who held all. */
    @Test
    void who_has_little_is_not_refused_for_what_others_hold() {
        ByteBudget shared = new ByteBudget(1_000, 500, 1_000);
        ByteBudget.Permit little = shared.acquire("innocent", 10).join();
        ByteBudget.Permit much = shared.force("greedy1", 600);
        ByteBudget.Permit more = shared.force("greedy2", 500);

        little.resize(20);
        assertThat(little.isOverdrawn()).isFalse();
        assertThat(much.isOverdrawn()).isTrue();
        assertThat(more.isOverdrawn()).isTrue();
        more.resize(700);
        assertThat(little.isOverdrawn()).isTrue();
    }

    @Test
    void a_cancelled_waiter_gives_its_place_up() {
        ByteBudget.Permit held = budget.acquire("a", 100).join();
        CompletableFuture<ByteBudget.Permit> gone = budget.acquire("b", 90);
        CompletableFuture<ByteBudget.Permit> next = budget.acquire("c", 90);

        gone.cancel(true);
        held.close();

        assertThat(next).isDone();
        assertThat(budget.usedBytes()).isEqualTo(90);
    }

    @Test
    void bytes_that_are_there_already_are_counted_beyond_the_limits() {
        ByteBudget.Permit forced = budget.force("a", 150);

        assertThat(budget.isOverdrawn(10)).isTrue();
        assertThat(budget.isOverdrawn(150)).isFalse();
        assertThat(budget.isOverdrawn("a", 10)).isTrue();
        assertThat(budget.isOverdrawn("b", 10)).isFalse();
        forced.close();
        assertThat(budget.usedBytes()).isZero();
    }

    @Test
    void a_tenant_that_fills_its_queue_keeps_nobody_from_room_that_is_free() {
        ByteBudget.Permit held = budget.acquire("a", 60).join();
        CompletableFuture<ByteBudget.Permit> waiting = budget.acquire("a", 100);

        assertThat(budget.acquire("a", 1)).isCompletedExceptionally();
        assertThat(budget.acquire("b", 40)).isCompleted();
        assertThat(waiting).isNotDone();
        held.close();
    }

    @Test
    void one_who_has_waited_too_long_gives_its_place_up() {
        ByteBudget.Permit held = budget.acquire("a", 100).join();
        CompletableFuture<ByteBudget.Permit> late = budget.acquire("b", 60);
        CompletableFuture<ByteBudget.Permit> next = budget.acquire("c", 60);

        late.completeExceptionally(ByteBudget.exhausted());
        held.close();

        assertThat(next).isCompleted();
        assertThat(budget.usedBytes()).isEqualTo(60);
    }

    @Test
    void a_permit_grows_and_shrinks_and_lets_others_in() {
        ByteBudget.Permit permit = budget.acquire("a", 10).join();
        permit.resize(100);
        CompletableFuture<ByteBudget.Permit> waiting = budget.acquire("b", 50);
        assertThat(waiting).isNotDone();
        permit.resize(50);
        assertThat(waiting).isCompleted();
        permit.close();
        permit.resize(70);
        assertThat(budget.usedBytes()).isEqualTo(50);
    }

    /** Whoever is passed over unseen could not have been let in. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 8})
    void after_whatever_happens_nobody_waits_for_whom_there_is_room(int tenants) {
        for (int seed = 0; seed < 300; seed++) {
            Random random = new Random(seed);
            RandomCrowd crowd = new RandomCrowd(random, tenants);
            for (int step = 0; step < 100; step++) {
                crowd.act();
                crowd.check("seed " + seed + ", step " + step);
            }
            crowd.leave();
        }
    }

    /** Tenants that come, grow, shrink and go; and what they should find. */
    private static final class RandomCrowd {
        private final Random random;
        private final int tenants;
        private final ByteBudget budget = new ByteBudget(100, 60, 100_000);
        private final List<Asked> all = new ArrayList<>();

        private record Asked(String tenant, long bytes, CompletableFuture<ByteBudget.Permit> room) {
            long heldBytes() {
                return room.isDone() ? room.join().bytes() : 0;
            }
        }

        RandomCrowd(Random random, int tenants) {
            this.random = random;
            this.tenants = tenants;
        }

        void act() {
            if (all.isEmpty() || random.nextInt(10) < 6) {
                String tenant = "tenant" + random.nextInt(tenants);
                long bytes = 1L + random.nextInt(random.nextInt(4) == 0 ? 70 : 12);
                all.add(new Asked(tenant, bytes, budget.acquire(tenant, bytes)));
                return;
            }
            Asked one = all.get(random.nextInt(all.size()));
            if (one.room().isDone() && random.nextInt(4) == 0) {
                one.room().join().resize(random.nextInt(80));
            } else {
                end(one);
            }
        }

        private void end(Asked one) {
            all.remove(one);
            if (!one.room().cancel(true)) {
                one.room().join().close();
            }
        }

        void leave() {
            List.copyOf(all).forEach(this::end);
            assertThat(budget.usedBytes()).isZero();
            assertThat(budget.isStarved()).isFalse();
        }

        void check(String when) {
            // Who was let in last may have been what held others up: these come in at the next chance.
            budget.force("another", 1).close();
            long used = all.stream().mapToLong(Asked::heldBytes).sum();
            assertThat(budget.usedBytes()).as(when).isEqualTo(used);
            List<Asked> waiting =
                    all.stream().filter(one -> !one.room().isDone()).toList();
            List<Asked> newcomers =
                    waiting.stream().filter(one -> heldBytes(one.tenant()) == 0).toList();
            assertThat(newcomers).as(when).allMatch(one -> used > 0 && used + one.bytes() > 100);
            assertThat(budget.isStarved()).as(when).isEqualTo(!newcomers.isEmpty());
            if (newcomers.isEmpty()) {
                waiting.stream()
                        .filter(one -> heldBytes(one.tenant()) + one.bytes() <= Math.min(60, 100 - used - one.bytes()))
                        .findFirst()
                        .ifPresent(
                                one -> assertThat(used + one.bytes()).as(when).isGreaterThan(100));
            }
        }

        private long heldBytes(String tenant) {
            return all.stream()
                    .filter(one -> one.tenant().equals(tenant))
                    .mapToLong(Asked::heldBytes)
                    .sum();
        }
    }
}
