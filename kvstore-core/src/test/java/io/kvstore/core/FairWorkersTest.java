package io.kvstore.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;

/** The failure: a small lookup waited for all that another customer had the workers do. */
class FairWorkersTest {

    private final ArrayDeque<Runnable> threads = new ArrayDeque<>();
    private final FairWorkers workers = new FairWorkers(threads::add);
    private final List<String> ran = new ArrayList<>();

    private void bring(String tenant, int pieces) {
        for (int i = 0; i < pieces; i++) {
            String name = tenant + i;
            workers.run(tenant, () -> ran.add(name));
        }
    }

    private void runAll() {
        while (!threads.isEmpty()) {
            threads.remove().run();
        }
    }

    @Test
    void a_tenants_work_waits_for_one_piece_of_anothers_whatever_that_has_brought() {
        bring("greedy", 1_000);
        bring("small", 1);

        threads.remove().run();
        threads.remove().run();

        assertThat(ran).containsExactly("greedy0", "small0");
    }

    @Test
    void tenants_take_turns_and_each_keeps_its_order() {
        bring("a", 3);
        bring("b", 2);
        bring("c", 1);

        runAll();

        assertThat(ran).containsExactly("a0", "b0", "c0", "a1", "b1", "a2");
    }

    @Test
    void who_brings_more_when_its_turn_has_come_goes_behind_the_others() {
        workers.run("a", () -> bring("a", 2));
        bring("b", 2);

        runAll();

        assertThat(ran).containsExactly("b0", "a0", "b1", "a1");
    }

    /** The failure: reads from a slow disk held all threads. */
    @Test
    void work_that_takes_long_leaves_a_thread_to_others() {
        FairWorkers leaving = new FairWorkers(threads::add, 1);
        leaving.run("slow", () -> {
            ran.add("slow begins");
            runAll(); // all other threads
            ran.add("slow ends");
        });
        leaving.run("slow", () -> ran.add("slow again"));
        leaving.run("small", () -> ran.add("small"));

        runAll();

        assertThat(ran).containsExactly("slow begins", "small", "slow ends", "slow again");
    }

    private FairWorkers whoseThreadsEndWhileItsFirstPieceRuns() {
        boolean[] closed = {false};
        FairWorkers closing = new FairWorkers(
                next -> {
                    if (closed[0]) {
                        throw new RejectedExecutionException();
                    }
                    threads.add(next);
                },
                1);
        closing.run("a", () -> {
            runAll();
            closed[0] = true;
        });
        return closing;
    }

    @Test
    void what_waits_for_work_of_its_own_tenant_is_not_lost_when_the_threads_end() {
        FairWorkers closing = whoseThreadsEndWhileItsFirstPieceRuns();
        closing.run("a", () -> ran.add("never"), () -> ran.add("otherwise"));
        closing.run("a", () -> ran.add("here"));

        runAll();

        assertThat(ran).containsExactly("otherwise", "here");
    }

    /** The failure: one that throws keeps the callers of the others waiting for ever. */
    @Test
    void of_several_that_no_thread_takes_one_that_fails_keeps_none_from_being_told() {
        FairWorkers closing = whoseThreadsEndWhileItsFirstPieceRuns();
        closing.run("a", () -> {}, () -> {
            throw new IllegalStateException("broken");
        });
        closing.run("a", () -> {}, () -> ran.add("told"));

        assertThat(org.assertj.core.api.Assertions.catchThrowable(this::runAll)).hasMessage("broken");
        assertThat(ran).containsExactly("told");
    }

    @Test
    void upkeep_has_a_turn_of_its_own() {
        bring("a", 3);
        workers.upkeep().execute(() -> ran.add("upkeep"));

        runAll();

        assertThat(ran).containsExactly("a0", "upkeep", "a1", "a2");
    }

    @Test
    void work_that_fails_takes_nothing_of_the_next_with_it() {
        workers.run("a", () -> {
            throw new IllegalStateException("broken");
        });
        bring("a", 1);
        bring("b", 1);

        assertThat(org.assertj.core.api.Assertions.catchThrowable(this::runAll)).hasMessage("broken");
        runAll();

        assertThat(ran).containsExactly("b0", "a0");
    }

    @Test
    void what_no_thread_takes_is_done_without_one_and_what_was_taken_before_still_runs() {
        boolean[] closed = {false};
        FairWorkers closing = new FairWorkers(next -> {
            if (closed[0]) {
                throw new RejectedExecutionException();
            }
            threads.add(next);
        });
        closing.run("a", () -> ran.add("before"));
        runAll();
        closed[0] = true;

        closing.run("a", () -> ran.add("never"), () -> ran.add("otherwise"));
        closing.run("a", () -> ran.add("here"));

        assertThat(ran).containsExactly("before", "otherwise", "here");
    }
}
