package io.kvstore.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvstore.api.CallOptions;
import io.kvstore.api.KVStore;
import io.kvstore.api.KVStoreException;
import io.kvstore.api.ReadQuestion;
import io.kvstore.api.ReadResult;
import io.kvstore.api.Reason;
import io.kvstore.api.StoreId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Ordered reads: each question answered once, in its place, as the subscriber takes the answers. */
abstract class KVStoreReadAllTests extends KVStoreIsolationTests {

    @Test
    void many_locations_are_answered_in_the_order_asked() {
        PromptChain chain = prompts.chain(64);
        List<String> locations = new ArrayList<>(writeAll(store, chain));
        Collections.shuffle(locations, new Random(1));

        List<ReadResult> results = readAll(store, locations);

        assertThat(results).extracting(ReadResult::location).containsExactlyElementsOf(locations);
        List<String> inOrder = lookup(store, chain.query()).blocks().stream()
                .map(block -> block.location())
                .toList();
        results.forEach(result -> assertBlock(result, chain, inOrder.indexOf(result.location())));
    }

    @Test
    void large_payloads_are_answered_in_the_order_asked() {
        PromptChain chain = prompts.chain(24);
        List<String> locations = new ArrayList<>();
        for (int i = 0; i < 24; i++) {
            locations.add(write(store, chain.chunk(i, payload(i, 1_200_000))).location());
        }

        try (ReadCollector results = ReadCollector.of(store.readAll(locations, CallOptions.DEFAULT))) {
            for (int i = 0; i < 24; i++) {
                results.request(1);
                assertBlock(results.next(), chain, i, i, 1_200_000);
            }
            assertThat(results.all()).isEmpty();
        }
    }

    @Test
    void no_question_ends_at_once() {
        assertThat(readAll(store, List.of())).isEmpty();
    }

    @Test
    void the_same_location_twice_is_answered_twice() {
        PromptChain chain = prompts.chain(1);
        String location = writeBlock(store, chain, 0);

        List<ReadResult> results = readAll(store, Collections.nCopies(40, location));

        assertThat(results).hasSize(40);
        results.forEach(result -> assertBlock(result, chain, 0));
    }

    @Test
    void bad_and_absent_items_are_answered_in_their_place_and_the_stream_goes_on() {
        PromptChain chain = prompts.chain(1);
        String good = writeBlock(store, chain, 0);
        String absent = writeBlock(stores.store(new StoreId("tenant-b", "kv-cache")), prompts.chain(1), 0);
        List<ReadQuestion> questions = new ArrayList<>();
        for (String bad : malformed(good)) {
            questions.add(ReadQuestion.of(STORE, bad));
            questions.add(ReadQuestion.of(STORE, good));
            questions.add(ReadQuestion.of(STORE, absent));
        }

        List<ReadResult> results = readAll(questions);

        assertThat(results).hasSameSizeAs(questions);
        for (int i = 0; i < results.size(); i += 3) {
            assertFailed(results.get(i), Reason.INVALID_ARGUMENT);
            assertBlock(results.get(i + 1), chain, 0);
            assertThat(results.get(i + 2).isFound()).isFalse();
            assertThat(results.get(i + 2).failure()).isEmpty();
        }
    }

    @Test
    void a_bad_resource_or_container_is_answered_in_its_place() {
        PromptChain chain = prompts.chain(1);
        String good = writeBlock(store, chain, 0);
        List<ReadQuestion> questions = new ArrayList<>();
        for (String bad : List.of("", "..", "a/b", "\0", "-a", "a".repeat(64))) {
            questions.add(new ReadQuestion(bad, STORE.container(), good));
            questions.add(new ReadQuestion(STORE.resource(), bad, good));
        }
        questions.add(ReadQuestion.of(STORE, good));

        List<ReadResult> results = readAll(questions);

        assertThat(results).hasSameSizeAs(questions);
        results.subList(0, results.size() - 1).forEach(result -> assertFailed(result, Reason.INVALID_ARGUMENT));
        assertBlock(results.get(results.size() - 1), chain, 0);
    }

    @Test
    void one_stream_reads_across_stores() {
        List<ReadQuestion> questions = new ArrayList<>();
        List<PromptChain> chains = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            StoreId id = new StoreId("tenant-" + i % 3, "cache-" + i % 2);
            chains.add(prompts.chain(1));
            questions.add(ReadQuestion.of(id, writeBlock(stores.store(id), chains.get(i), 0)));
        }

        List<ReadResult> results = readAll(questions);

        assertThat(results).hasSize(20);
        for (int i = 0; i < 20; i++) {
            assertBlock(results.get(i), chains.get(i), 0);
        }
    }

    @Test
    void no_result_comes_before_it_is_requested() {
        PromptChain chain = prompts.chain(10);
        List<String> locations = writeAll(store, chain);

        try (ReadCollector results = ReadCollector.of(store.readAll(locations, CallOptions.DEFAULT))) {
            for (int i = 0; i < 10; i++) {
                results.request(1);
                assertBlock(results.next(), chain, i);
            }
            Await.get(results.ended());
        }
    }

    @Test
    void all_questions_are_taken_before_any_result_is() {
        PromptChain chain = prompts.chain(8);
        List<String> locations = writeAll(store, chain);
        List<ReadQuestion> questions = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            questions.add(ReadQuestion.of(STORE, locations.get(i % 8)));
        }
        QuestionSource source = QuestionSource.of(questions);

        try (ReadCollector results = ReadCollector.of(stores.readAll(source, CallOptions.DEFAULT))) {
            Await.get(source.taken());
            List<ReadResult> all = results.all();
            assertThat(all).hasSize(1_000);
            for (int i = 0; i < 1_000; i++) {
                assertBlock(all.get(i), chain, i % 8);
            }
        }
    }

    @Test
    void a_stream_is_used_in_lock_step() {
        PromptChain chain = prompts.chain(12);
        List<String> locations = writeAll(store, chain);
        QuestionSource source = new QuestionSource();

        try (ReadCollector results = ReadCollector.of(stores.readAll(source, CallOptions.DEFAULT))) {
            for (int i = 0; i < 12; i++) {
                source.ask(ReadQuestion.of(STORE, locations.get(i)));
                results.request(1);
                assertBlock(results.next(), chain, i);
            }
            source.complete();
            Await.get(results.ended());
        }
    }

    @Test
    void the_next_result_may_be_requested_from_within_the_one_before() {
        // A publisher that answers each request by a call of its own runs out of stack here.
        String location = writeBlock(store, prompts.chain(1), 0);

        try (ReadCollector results =
                ReadCollector.oneByOne(store.readAll(Collections.nCopies(3_000, location), CallOptions.DEFAULT))) {
            List<ReadResult> all = results.rest();
            assertThat(all).hasSize(3_000).allMatch(ReadResult::isFound);
            all.forEach(ReadResult::close);
        }
    }

    @Test
    void the_timeout_of_a_stream_ends_it_whatever_is_still_to_be_asked() {
        QuestionSource source = new QuestionSource();
        CallOptions options = CallOptions.DEFAULT.withTimeout(Duration.ofMillis(20));

        try (ReadCollector results = ReadCollector.of(stores.readAll(source, options))) {
            results.request(1);

            assertThat(Await.failureOf(results::ended).reason()).isEqualTo(Reason.DEADLINE_EXCEEDED);
            Await.get(source.cancelled());
        }
    }

    @Test
    void a_stream_cancelled_half_way_stops_asking_and_later_calls_work() {
        PromptChain chain = prompts.chain(40);
        List<String> locations = writeAll(store, chain);
        for (int round = 0; round < 10; round++) {
            QuestionSource source = new QuestionSource();
            locations.forEach(location -> source.ask(ReadQuestion.of(STORE, location)));
            try (ReadCollector results = ReadCollector.of(stores.readAll(source, CallOptions.DEFAULT))) {
                results.request(1 + round);
                assertBlock(results.next(), chain, 0);
                results.cancel();
                results.cancel();
                Await.get(source.cancelled());
            }
        }

        assertThat(readAll(store, locations)).hasSize(40).allSatisfy(result -> {
            assertThat(result.isFound()).isTrue();
            result.close();
        });
    }

    @Test
    void a_stream_cancelled_before_any_request_stops_asking() {
        QuestionSource source = new QuestionSource();
        ReadCollector results = ReadCollector.of(stores.readAll(source, CallOptions.DEFAULT));

        results.cancel();

        Await.get(source.cancelled());
        results.close();
    }

    @Test
    void questions_that_fail_end_the_stream() {
        QuestionSource source = new QuestionSource();
        try (ReadCollector results = ReadCollector.of(stores.readAll(source, CallOptions.DEFAULT))) {
            results.request(10);
            source.fail(new KVStoreException(Reason.UNAVAILABLE, "no more questions"));
            assertThat(Await.failureOf(results::ended)).isNotNull();
        }
    }

    @Test
    void a_second_subscriber_is_refused() {
        var publisher = store.readAll(List.of(writeBlock(store, prompts.chain(1), 0)), CallOptions.DEFAULT);
        try (ReadCollector first = ReadCollector.of(publisher);
                ReadCollector second = ReadCollector.of(publisher)) {
            assertThat(Await.failureOf(second::ended)).isNotNull();
            List<ReadResult> results = first.all();
            assertThat(results).hasSize(1);
            results.forEach(ReadResult::close);
        }
    }

    @Test
    void a_request_for_no_result_ends_the_stream_with_an_error() {
        String location = writeBlock(store, prompts.chain(1), 0);
        for (long count : new long[] {0, -1, Long.MIN_VALUE}) {
            try (ReadCollector results = ReadCollector.of(store.readAll(List.of(location), CallOptions.DEFAULT))) {
                results.request(count);
                assertThat(Await.failureOf(results::ended)).isNotNull();
            }
        }
    }

    private static List<ReadResult> readAll(KVStore from, List<String> locations) {
        try (ReadCollector results = ReadCollector.of(from.readAll(locations, CallOptions.DEFAULT))) {
            return results.all();
        }
    }

    private List<ReadResult> readAll(List<ReadQuestion> questions) {
        try (ReadCollector results =
                ReadCollector.of(stores.readAll(QuestionSource.of(questions), CallOptions.DEFAULT))) {
            List<ReadResult> all = results.all();
            assertThat(all)
                    .extracting(ReadResult::location)
                    .containsExactlyElementsOf(
                            questions.stream().map(ReadQuestion::location).toList());
            return all;
        }
    }

    private static void assertFailed(ReadResult result, Reason reason) {
        assertThat(result.isFound()).isFalse();
        assertThat(result.failure()).map(KVStoreException::reason).contains(reason);
    }
}
