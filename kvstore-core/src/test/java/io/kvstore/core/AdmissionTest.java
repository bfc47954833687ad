package io.kvstore.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvstore.api.KVStoreException;
import io.kvstore.api.Reason;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;

class AdmissionTest {

    private static final Admission.Kind READ = Admission.Kind.READ;
    private static final Admission.Kind WRITE = Admission.Kind.WRITE;

    private final Admission admission = new Admission(new Admission.Limits(16, 1_000, 50, 80), Workers.IN_PLACE);
    private final List<String> started = new ArrayList<>();
    private final Map<String, Admission.Pass> passes = new HashMap<>();

    private CompletableFuture<Void> enter(String tenant, Admission.Kind kind, long bytes, String name) {
        CompletableFuture<Void> result = new CompletableFuture<>();
        Admission.Ticket ticket = admission.enter(tenant, kind, bytes, result, pass -> {
            started.add(name);
            passes.put(name, pass);
        });
        result.whenComplete((done, failure) -> ticket.withdraw());
        return result;
    }

    private void leave(String name) {
        Objects.requireNonNull(passes.get(name), name).leave();
    }

    @Test
    void a_tenant_alone_takes_half_of_the_places_and_leaves_room_for_another() {
        for (int i = 0; i < 20; i++) {
            enter("greedy", READ, 1, "g" + i);
        }
        assertThat(started).hasSize(8);

        enter("other", READ, 1, "o");
        assertThat(started).hasSize(9).last().isEqualTo("o");
    }

    /** The failure: what was let in began behind a thousand refusals of made-up names, one of them a round. */
    @Test
    void what_is_let_in_begins_before_what_waits_of_refusals_and_upkeep() {
        Queue<Runnable> threads = new ArrayDeque<>();
        FairWorkers workers = new FairWorkers(threads::add);
        Admission one = new Admission(new Admission.Limits(1, 1_000, 50, 80), workers);
        List<Admission.Pass> begun = new ArrayList<>();
        one.enter("first", READ, 1, new CompletableFuture<>(), begun::add);
        one.enter("second", READ, 1, new CompletableFuture<>(), begun::add);
        for (int i = 0; i < 1_000; i++) {
            workers.run(Workers.REFUSED, () -> {});
            workers.upkeep().execute(() -> {});
        }

        begun.get(0).leave();
        for (int i = 0; i < 3; i++) {
            threads.remove().run();
        }

        assertThat(begun).hasSize(2);
    }

    @Test
    void waiting_tenants_take_turns() {
        for (int i = 0; i < 20; i++) {
            enter("greedy", READ, 1, "g" + i);
        }
        for (int i = 0; i < 10; i++) {
            enter("other", READ, 1, "o" + i);
        }
        int before = started.size();
        for (int i = 0; i < 6; i++) {
            leave("g" + i);
        }

        assertThat(started.subList(before, started.size()))
                .filteredOn(name -> name.startsWith("o"))
                .isNotEmpty();
    }

    @Test
    void reads_go_before_writes_that_waited_longer() {
        for (int i = 0; i < 8; i++) {
            enter("t", WRITE, 1, "running" + i);
        }
        enter("t", WRITE, 1, "write");
        enter("t", READ, 1, "read");
        leave("running0");

        assertThat(started).last().isEqualTo("read");
    }

    @Test
    void writes_are_not_starved_by_reads() {
        for (int i = 0; i < 8; i++) {
            enter("t", READ, 1, "running" + i);
        }
        enter("t", WRITE, 1, "write");
        for (int i = 0; i < 40; i++) {
            enter("t", READ, 1, "read" + i);
        }
        for (int i = 0; i < 8; i++) {
            leave("running" + i);
        }
        assertThat(started).contains("write");
    }

    @Test
    void bytes_are_bounded_as_operations_are() {
        enter("t", WRITE, 400, "a");
        enter("t", WRITE, 400, "b");
        enter("u", WRITE, 400, "c");

        assertThat(started).containsExactly("a", "c");
        leave("a");
        assertThat(started).containsExactly("a", "c", "b");
    }

    @Test
    void one_larger_than_everything_goes_alone() {
        enter("t", WRITE, 5_000, "giant");
        enter("u", WRITE, 1, "small");

        assertThat(started).containsExactly("giant");
        leave("giant");
        assertThat(started).containsExactly("giant", "small");
    }

    @Test
    void a_tenants_full_queue_refuses_it_and_nobody_else() {
        for (int i = 0; i < 8 + 50; i++) {
            enter("greedy", READ, 1, "g" + i);
        }
        CompletableFuture<Void> refused = enter("greedy", READ, 1, "late");

        assertThatThrownBy(refused::join)
                .isInstanceOf(CompletionException.class)
                .hasCauseInstanceOf(KVStoreException.class)
                .satisfies(e -> {
                    assertThat(KVStoreException.of(e).reason()).isEqualTo(Reason.RESOURCE_EXHAUSTED);
                    assertThat(KVStoreException.of(e).retryAfter()).isPresent();
                });
        enter("other", READ, 1, "o");
        assertThat(started).contains("o").doesNotContain("late");
    }

    @Test
    void one_that_is_given_up_leaves_the_queue() {
        for (int i = 0; i < 8; i++) {
            enter("t", READ, 1, "running" + i);
        }
        CompletableFuture<Void> impatient = enter("t", READ, 1, "impatient");
        enter("t", READ, 1, "patient");
        impatient.cancel(true);
        leave("running0");

        assertThat(started).contains("patient").doesNotContain("impatient");
    }

    @Test
    void leaving_twice_frees_one_place() {
        for (int i = 0; i < 10; i++) {
            enter("t", READ, 1, "r" + i);
        }
        leave("r0");
        leave("r0");

        assertThat(started).hasSize(9);
    }

    @Test
    void ten_thousand_that_end_as_they_start_do_not_nest() {
        Admission wide = new Admission(new Admission.Limits(8, 1_000, 20_000, 20_000), Workers.IN_PLACE);
        List<Admission.Pass> first = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            wide.enter("t", READ, 0, new CompletableFuture<Void>(), first::add);
        }
        int[] ran = {0};
        for (int i = 0; i < 10_000; i++) {
            wide.enter("t", READ, 0, new CompletableFuture<Void>(), pass -> {
                ran[0]++;
                pass.leave();
            });
        }
        first.get(0).leave();

        assertThat(ran[0]).isEqualTo(10_000);
    }
}
