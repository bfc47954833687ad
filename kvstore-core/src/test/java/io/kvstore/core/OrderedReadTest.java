package io.kvstore.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvstore.api.KVStoreException;
import io.kvstore.api.Payload;
import io.kvstore.api.PromptChunk;
import io.kvstore.api.ReadQuestion;
import io.kvstore.api.ReadResult;
import io.kvstore.api.Reason;
import io.kvstore.api.TokenBlocks;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class OrderedReadTest {

    private static final int ITEM_BYTES = 100;

    private final List<CompletableFuture<ReadResult>> fetches = new ArrayList<>();
    private final AtomicInteger openClaims = new AtomicInteger();
    private final AtomicLong questionsOfAll = new AtomicLong();
    private final AtomicInteger ends = new AtomicInteger();
    private final Collector collector = new Collector();
    private final List<String> itemsRead = new ArrayList<>();
    private final OrderedRead.Reader reader = question -> {
        itemsRead.add(question.location());
        return new OrderedRead.Item() {
            @Override
            public long expectedBytes() {
                return question.location().equals("big") ? 10_000 : ITEM_BYTES;
            }

            @Override
            public CompletableFuture<ReadResult> fetch() {
                CompletableFuture<ReadResult> fetch = new CompletableFuture<>();
                fetches.add(fetch);
                return fetch;
            }
        };
    };
    private OrderedRead read = newRead(new OrderedRead.Limits(5 * ITEM_BYTES, 64, 1_000, 2_000));

    private OrderedRead newRead(OrderedRead.Limits limits) {
        return new OrderedRead(collector, reader, limits, questionsOfAll, ends::incrementAndGet);
    }

    private void ask(int count) {
        IntStream.range(0, count).forEach(i -> read.onNext(new ReadQuestion("r", "abc", "l" + i)));
    }

    private void answer(int fetch) {
        openClaims.incrementAndGet();
        Payload payload = Payload.of(ByteBuffer.allocate(ITEM_BYTES), openClaims::decrementAndGet);
        PromptChunk chunk = new PromptChunk(fetch, 0, TokenBlocks.of(new long[128]), payload);
        ReadResult result = ReadResult.found("l" + fetch, chunk, 0);
        if (!fetches.get(fetch).complete(result)) {
            result.close();
        }
    }

    @Test
    void no_more_than_the_window_is_fetched_ahead() {
        ask(400);
        assertThat(fetches).hasSize(5);
        IntStream.range(0, 5).forEach(this::answer);
        assertThat(fetches).as("nobody took anything").hasSize(5);
        read.request(2);
        assertThat(collector.locations).containsExactly("l0", "l1");
        assertThat(fetches).hasSize(7);
    }

    /** The failure: a location was read again for each answer before it, and once more to be fetched. */
    @Test
    void a_question_that_waits_for_room_is_read_once() {
        read.request(20);
        ask(10);
        for (int i = 0; i < 10; i++) {
            answer(i);
        }

        assertThat(collector.results).hasSize(10);
        assertThat(itemsRead).containsExactly("l0", "l1", "l2", "l3", "l4", "l5", "l6", "l7", "l8", "l9");
        collector.results.forEach(ReadResult::close);
    }

    @Test
    void answers_keep_the_order_of_the_questions_whatever_order_they_arrive_in() {
        read.request(Long.MAX_VALUE);
        ask(4);
        answer(3);
        answer(1);
        assertThat(collector.locations).isEmpty();
        answer(0);
        assertThat(collector.locations).containsExactly("l0", "l1");
        answer(2);
        assertThat(collector.locations).containsExactly("l0", "l1", "l2", "l3");
    }

    @Test
    void a_single_item_larger_than_the_window_still_goes() {
        read.request(1);
        read.onNext(new ReadQuestion("r", "abc", "big"));
        read.onNext(new ReadQuestion("r", "abc", "l1"));
        assertThat(fetches).hasSize(1);
    }

    @Test
    void it_is_complete_when_the_last_answer_is_delivered() {
        ask(1);
        read.onComplete();
        answer(0);
        assertThat(collector.completed).isFalse();
        read.request(1);
        assertThat(collector.completed).isTrue();
        assertThat(ends).hasValue(1);
    }

    @Test
    void an_empty_read_completes() {
        read.onComplete();
        assertThat(collector.completed).isTrue();
    }

    @Test
    void a_failed_fetch_is_answered_in_its_place() {
        read.request(3);
        ask(2);
        fetches.get(0).completeExceptionally(new KVStoreException(Reason.UNAVAILABLE, "down"));
        answer(1);
        assertThat(collector.results.get(0).failure().orElseThrow().reason()).isEqualTo(Reason.UNAVAILABLE);
        assertThat(collector.results.get(1).isFound()).isTrue();
    }

    @Test
    void cancelling_lets_go_of_what_was_fetched_and_of_what_arrives_later() {
        ask(5);
        answer(0);
        answer(1);
        read.cancel();
        assertThat(openClaims).hasValue(0);
        answer(2);
        assertThat(openClaims).hasValue(0);
        assertThat(fetches.get(3)).isCancelled();
        assertThat(questionsOfAll).hasValue(0);
        assertThat(ends).hasValue(1);
    }

    @Test
    void too_many_unanswered_questions_end_the_stream_and_nothing_leaks() {
        ask(5);
        answer(0);
        ask(1_100);
        assertThat(KVStoreException.of(java.util.Objects.requireNonNull(collector.failure))
                        .reason())
                .isEqualTo(Reason.RESOURCE_EXHAUSTED);
        assertThat(openClaims).hasValue(0);
        assertThat(questionsOfAll).hasValue(0);
    }

    @Test
    void all_streams_together_have_a_limit_too() {
        ask(900);
        OrderedRead first = read;
        read = newRead(new OrderedRead.Limits(5 * ITEM_BYTES, 64, 1_000, 1_000));
        ask(200);
        assertThat(collector.failure).isNotNull();
        first.cancel();
        assertThat(questionsOfAll).hasValue(0);
    }

    /** The failure: a few streams that were not read had all there was, and whoever asked next lost its stream. */
    @Test
    void streams_that_nobody_reads_leave_room_for_the_questions_of_others() {
        List<OrderedRead> unread = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            unread.add(read);
            ask(1_000);
            read = newRead(new OrderedRead.Limits(5 * ITEM_BYTES, 64, 1_000, 2_000));
        }
        collector.failure = null;

        ask(200);

        assertThat(collector.failure).isNull();
        read.cancel();
        unread.forEach(OrderedRead::cancel);
        assertThat(questionsOfAll).hasValue(0);
    }

    @Test
    void asking_for_nothing_is_an_error() {
        read.request(0);
        assertThat(collector.failure).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void a_thousand_answers_that_are_there_at_once_do_not_nest() {
        OrderedRead eager = new OrderedRead(
                collector,
                question -> new OrderedRead.Item() {
                    @Override
                    public long expectedBytes() {
                        return 0;
                    }

                    @Override
                    public CompletableFuture<ReadResult> fetch() {
                        return CompletableFuture.completedFuture(ReadResult.absent(question.location(), 0));
                    }
                },
                new OrderedRead.Limits(1, 64, 100_000, 100_000),
                questionsOfAll,
                ends::incrementAndGet);
        for (int i = 0; i < 50_000; i++) {
            eager.onNext(new ReadQuestion("r", "abc", "l" + i));
        }
        eager.request(50_000);
        eager.onComplete();

        assertThat(collector.results).hasSize(50_000);
        assertThat(collector.completed).isTrue();
    }

    private static final class Collector implements Flow.Subscriber<ReadResult> {
        final List<ReadResult> results = new ArrayList<>();
        final List<String> locations = new ArrayList<>();
        boolean completed;

        @Nullable
        Throwable failure;

        @Override
        public void onSubscribe(Flow.Subscription subscription) {}

        @Override
        public void onNext(ReadResult result) {
            results.add(result);
            locations.add(result.location());
            result.close();
        }

        @Override
        public void onError(Throwable cause) {
            failure = cause;
        }

        @Override
        public void onComplete() {
            completed = true;
        }
    }
}
