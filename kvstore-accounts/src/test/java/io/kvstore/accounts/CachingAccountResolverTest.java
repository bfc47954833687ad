package io.kvstore.accounts;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvstore.api.KVStoreException;
import io.kvstore.api.Reason;
import io.kvstore.api.ResourceAccounts;
import io.kvstore.testkit.ManualClock;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class CachingAccountResolverTest {

    private static final Freshness FRESHNESS = new Freshness(
            Duration.ofSeconds(10), Duration.ofSeconds(20), Duration.ofMinutes(10), Duration.ofSeconds(5));

    private final ManualClock clock = new ManualClock();
    private final ScriptedResolver source = new ScriptedResolver();
    private final CachingAccountResolver resolver =
            CachingAccountResolver.over(source, source::names, FRESHNESS, clock, clock.scheduler());

    private String accountOf(String resource) {
        CompletableFuture<ResourceAccounts> answer = resolver.resolve(resource);
        assertThat(answer).as("answered at once").isCompleted();
        return nameIn(answer);
    }

    private static String nameIn(CompletableFuture<ResourceAccounts> answer) {
        return answer.join().accounts().get(0).name();
    }

    private Reason reasonOf(String resource) {
        CompletableFuture<ResourceAccounts> answer = resolver.resolve(resource);
        assertThat(answer).as("answered at once").isCompletedExceptionally();
        return reasonOf(answer);
    }

    private static Reason reasonOf(CompletableFuture<ResourceAccounts> answer) {
        return answer.handle((accounts, failure) -> {
                    assertThat(failure).isNotNull();
                    return KVStoreException.of(failure).reason();
                })
                .join();
    }

    @Test
    void what_is_fresh_is_not_asked_for_again() {
        source.knows("acme", "a1");
        for (int i = 0; i < 5; i++) {
            assertThat(accountOf("acme")).isEqualTo("a1");
            clock.advance(Duration.ofSeconds(1));
        }

        assertThat(source.asked).containsExactly("acme");
    }

    @Test
    void an_older_answer_is_given_at_once_and_refreshed_meanwhile() {
        source.knows("acme", "a1");
        accountOf("acme");
        clock.advance(Duration.ofSeconds(15));
        source.knows("acme", "a2");
        source.holding.add("acme");

        assertThat(accountOf("acme")).isEqualTo("a1");
        assertThat(accountOf("acme")).isEqualTo("a1");
        assertThat(source.timesAsked("acme")).isEqualTo(2);
        source.release("acme");

        assertThat(accountOf("acme")).isEqualTo("a2");
    }

    @Test
    void a_change_is_seen_within_the_stale_time_even_by_who_comes_seldom() {
        source.knows("acme", "a1");
        accountOf("acme");
        source.knows("acme", "a2");
        clock.advance(Duration.ofSeconds(20));

        assertThat(accountOf("acme")).isEqualTo("a2");
    }

    @Test
    void a_resource_that_is_removed_is_not_found_from_then_on() {
        source.knows("acme", "a1");
        accountOf("acme");
        source.known.clear();
        clock.advance(Duration.ofSeconds(20));

        assertThat(reasonOf("acme")).isEqualTo(Reason.NOT_FOUND);
    }

    @Test
    void the_last_good_answer_serves_while_the_source_is_down_up_to_its_bound() {
        source.knows("acme", "a1");
        accountOf("acme");
        source.down = true;
        for (int minute = 0; minute < 9; minute++) {
            clock.advance(Duration.ofMinutes(1));
            assertThat(accountOf("acme")).isEqualTo("a1");
        }
        clock.advance(Duration.ofMinutes(1));

        assertThat(reasonOf("acme")).isEqualTo(Reason.UNAVAILABLE);
        source.down = false;
        clock.advance(RefreshingCache.PAUSE);
        assertThat(accountOf("acme")).isEqualTo("a1");
    }

    @Test
    void an_outage_does_not_make_the_source_asked_more_than_once_a_pause() {
        source.knows("acme", "a1");
        accountOf("acme");
        source.down = true;
        clock.advance(Duration.ofSeconds(20));
        for (int i = 0; i < 50; i++) {
            accountOf("acme");
            reasonOf("never-seen");
        }
        assertThat(source.timesAsked("acme")).isEqualTo(2);
        assertThat(source.timesAsked("never-seen")).isEqualTo(1);

        source.down = false;
        clock.advance(RefreshingCache.PAUSE);
        assertThat(reasonOf("never-seen")).isEqualTo(Reason.NOT_FOUND);
        accountOf("acme");
        assertThat(source.timesAsked("acme")).isEqualTo(3);
    }

    @Test
    void a_source_that_hangs_has_failed_when_its_time_is_up() {
        source.knows("acme", "a1");
        accountOf("acme");
        clock.advance(Duration.ofSeconds(20));
        source.holding.add("acme");
        source.holding.add("new");
        CompletableFuture<ResourceAccounts> old = resolver.resolve("acme");
        CompletableFuture<ResourceAccounts> first = resolver.resolve("new");
        assertThat(old).isNotDone();

        clock.advance(RefreshingCache.LOAD_TIME);

        assertThat(nameIn(old)).isEqualTo("a1");
        assertThat(reasonOf(first)).isEqualTo(Reason.UNAVAILABLE);
        assertThat(source.held.get("acme")).as("the question is taken back").isCancelled();
        // From here on nobody waits.
        clock.advance(RefreshingCache.PAUSE);
        assertThat(accountOf("acme")).isEqualTo("a1");
        assertThat(clock.pendingTasks())
                .as("of the question under way, and of the next reading of names")
                .isEqualTo(2);
    }

    @Test
    void a_resource_whose_source_hangs_delays_no_other() {
        source.holding.add("slow");
        source.knows("fast", "f1");
        CompletableFuture<ResourceAccounts> slow = resolver.resolve("slow");

        assertThat(accountOf("fast")).isEqualTo("f1");
        assertThat(reasonOf("unknown")).isEqualTo(Reason.NOT_FOUND);
        assertThat(slow).isNotDone();
    }

    @Test
    void those_who_ask_the_same_at_once_cost_one_question_and_a_cancel_is_its_callers_own() {
        source.knows("acme", "a1");
        source.holding.add("acme");
        CompletableFuture<ResourceAccounts> gone = resolver.resolve("acme");
        CompletableFuture<ResourceAccounts> stays = resolver.resolve("acme");

        gone.cancel(true);
        source.release("acme");

        assertThat(nameIn(stays)).isEqualTo("a1");
        assertThat(source.asked).containsExactly("acme");
    }

    @Test
    void an_unknown_name_is_remembered_for_a_short_time() {
        for (int i = 0; i < 10; i++) {
            assertThat(reasonOf("soon")).isEqualTo(Reason.NOT_FOUND);
        }
        assertThat(source.asked).containsExactly("soon");

        source.knows("soon", "s1");
        clock.advance(Duration.ofSeconds(5));
        assertThat(accountOf("soon")).isEqualTo("s1");
    }

    @Test
    void a_flood_of_invented_names_neither_hammers_the_source_nor_pushes_out_who_is_known() {
        source.knows("acme", "a1");
        accountOf("acme");
        int refused = 0;
        for (int i = 0; i < 50_000; i++) {
            Reason reason = reasonOf("invented-" + i);
            refused += reason == Reason.RESOURCE_EXHAUSTED ? 1 : 0;
        }

        assertThat(refused).isEqualTo(50_000 - RefreshingCache.UNKNOWN_BURST);
        assertThat(source.asked).hasSize(1 + RefreshingCache.UNKNOWN_BURST);
        assertThat(accountOf("acme")).isEqualTo("a1");
        assertThat(source.timesAsked("acme")).isEqualTo(1);

        clock.advance(Duration.ofSeconds(1));
        source.knows("new", "n1");
        assertThat(accountOf("new")).isEqualTo("n1");
    }

    /** The failure: after a restart, under a flood of invented names, nobody gets in who was not asked for before it. */
    @Test
    void names_that_are_expected_get_in_whatever_was_invented_before() {
        RefreshingCache<String> cache = new RefreshingCache<>(
                "test",
                name -> CompletableFuture.completedFuture(
                        name.equals("acme") ? Optional.of("a1") : Optional.<String>empty()),
                FRESHNESS,
                clock,
                clock.scheduler());
        cache.expect(Set.of("acme"));
        for (int i = 0; i < RefreshingCache.UNKNOWN_BURST; i++) {
            assertThat(cache.get("invented-" + i)).isCompletedWithValue(Optional.empty());
        }
        assertThat(cache.get("one-more")).isCompletedExceptionally();

        assertThat(cache.get("acme")).isCompletedWithValue(Optional.of("a1"));
        assertThat(cache.get("one-more"))
                .as("nothing is given back that was not taken")
                .isCompletedExceptionally();
    }

    private void invent(int count, String name) {
        for (int i = 0; i < count; i++) {
            reasonOf(name + "-" + i);
        }
    }

    /** The failure: as long as somebody invents names, a customer that is new to this server is refused. */
    @Test
    void a_resource_that_is_listed_gets_in_whatever_is_invented() {
        source.knows("acme", "a1");
        source.knows("late", "l1");
        source.listed = CompletableFuture.completedFuture(Set.of("acme", "late"));
        clock.advance(CachingAccountResolver.NAMES_PERIOD);
        invent(2 * RefreshingCache.UNKNOWN_BURST, "invented");
        assertThat(accountOf("acme")).isEqualTo("a1");

        source.listed = CompletableFuture.failedFuture(new KVStoreException(Reason.UNAVAILABLE, "down"));
        clock.advance(CachingAccountResolver.NAMES_PERIOD);
        invent(2 * RefreshingCache.UNKNOWN_BURST, "more");
        assertThat(accountOf("late")).as("what was listed last counts").isEqualTo("l1");

        source.knows("new", "n1");
        assertThat(reasonOf("new")).isEqualTo(Reason.RESOURCE_EXHAUSTED);
        source.listed = CompletableFuture.completedFuture(Set.of("new"));
        clock.advance(CachingAccountResolver.NAMES_PERIOD);
        invent(2 * RefreshingCache.UNKNOWN_BURST, "again");
        assertThat(accountOf("new")).isEqualTo("n1");
    }

    @Test
    void a_listing_under_way_ends_with_the_resolver() {
        source.listed = new CompletableFuture<>();
        clock.advance(CachingAccountResolver.NAMES_PERIOD);

        resolver.close();

        assertThat(source.listed).isCancelled();
    }

    @Test
    void names_that_are_known_cost_nothing_of_what_unknown_ones_may_cost() {
        for (int i = 0; i < 3 * RefreshingCache.UNKNOWN_BURST; i++) {
            source.knows("customer-" + i, "a" + i);
            assertThat(accountOf("customer-" + i)).isEqualTo("a" + i);
        }
    }

    @Test
    void names_being_asked_for_at_once_are_bounded_and_refreshes_have_room_of_their_own() {
        source.knows("acme", "a1");
        accountOf("acme");
        for (int i = 0; i < RefreshingCache.MAX_FIRST_LOADS; i++) {
            source.holding.add("held-" + i);
            assertThat(resolver.resolve("held-" + i)).isNotDone();
        }
        assertThat(reasonOf("one-more")).isEqualTo(Reason.RESOURCE_EXHAUSTED);

        source.knows("acme", "a2");
        clock.advance(Duration.ofSeconds(3));
        assertThat(accountOf("acme")).isEqualTo("a1");
        clock.advance(RefreshingCache.LOAD_TIME);
        assertThat(reasonOf("one-more")).isEqualTo(Reason.NOT_FOUND);
        clock.advance(Duration.ofSeconds(12));
        assertThat(accountOf("acme")).isEqualTo("a2");
    }

    @Test
    void a_source_that_throws_or_answers_nothing_has_failed() {
        RefreshingCache<String> broken = new RefreshingCache<>(
                "test",
                name -> {
                    if (name.equals("throws")) {
                        throw new IllegalStateException("secret");
                    }
                    return CompletableFuture.completedFuture(null);
                },
                FRESHNESS,
                clock,
                clock.scheduler());
        for (String name : new String[] {"throws", "nothing"}) {
            broken.get(name)
                    .handle((value, failure) -> {
                        assertThat(KVStoreException.of(failure).reason()).isEqualTo(Reason.INTERNAL);
                        return assertThat(KVStoreException.of(failure)).hasMessageNotContaining("secret");
                    })
                    .join();
        }
    }

    @Test
    void a_closed_resolver_answers_nobody_and_closes_its_source() {
        source.knows("acme", "a1");
        accountOf("acme");
        source.holding.add("held");
        CompletableFuture<ResourceAccounts> held = resolver.resolve("held");

        resolver.close();
        resolver.close();

        assertThat(reasonOf(held)).isEqualTo(Reason.UNAVAILABLE);
        assertThat(reasonOf("acme")).isEqualTo(Reason.UNAVAILABLE);
        assertThat(source.closed).isTrue();
    }
}
