package io.kvstore.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvstore.api.KVStores;
import io.kvstore.api.StoreId;
import io.kvstore.api.TokenBlocks;
import io.kvstore.testkit.MemoryKVStores;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TraceReplayTest {

    static Path first200Requests() throws URISyntaxException {
        return Path.of(Objects.requireNonNull(TraceReplayTest.class.getResource("trace-200.jsonl"))
                .toURI());
    }

    @Test
    void the_first_200_requests_of_the_trace_reach_exactly_the_published_counts() throws Exception {
        try (KVStores stores = new MemoryKVStores();
                TraceReader trace = new TraceReader(first200Requests())) {
            TraceReplay replay =
                    new TraceReplay(stores.store(new StoreId("r", "trace")), "p", 64, true, System::nanoTime);
            replay.run(trace, 1_000, done -> {});
            assertThat(replay.tally().firstDifferences()).isEmpty();
            assertThat(replay.tally().asked()).isEqualTo(21_640);
            assertThat(replay.tally().hit()).isEqualTo(1_288);
            assertThat(replay.tally().read()).isEqualTo(1_288);
            assertThat(replay.tally().written()).isEqualTo(21_640 - 1_288).isEqualTo(replay.distinctBlocks());
        }
    }

    @Test
    void a_replay_can_stop_early_and_counts_the_requests_of_a_trace() throws Exception {
        assertThat(TraceReader.count(first200Requests(), Long.MAX_VALUE)).isEqualTo(200);
        assertThat(TraceReader.count(first200Requests(), 7)).isEqualTo(7);
    }

    @Test
    void the_model_of_block_numbers_agrees_with_the_model_that_compares_tokens() throws Exception {
        TraceModel numbers = new TraceModel();
        PrefixModel tokens = new PrefixModel();
        try (TraceReader trace = new TraceReader(first200Requests())) {
            for (Optional<TraceRequest> next = trace.next(); next.isPresent(); next = trace.next()) {
                TraceRequest request = next.get();
                assertThat(numbers.hits(request)).isEqualTo(tokens.hits(request.tokens()));
                numbers.store(request);
                tokens.store(request.tokens());
            }
        }
        assertThat(numbers.distinctBlocks()).isEqualTo(tokens.distinctBlocks());
    }

    @Test
    void equal_block_numbers_are_equal_tokens_and_no_others_are() {
        Map<TokenBlocks, Integer> seen = new HashMap<>();
        for (int id = 0; id < 200; id++) {
            TraceRequest request = new TraceRequest(512, List.of(id));
            TokenBlocks tokens = request.tokens();
            assertThat(new TraceRequest(512, List.of(id)).tokens()).isEqualTo(tokens);
            for (int block = 0; block < 4; block++) {
                assertThat(request.blockNumber(block)).isEqualTo(id * 4 + block);
                assertThat(seen.put(tokens.block(block), id)).isNull();
            }
        }
    }

    @Test
    void an_id_that_stands_for_two_prefixes_is_refused_as_no_count_would_be_right() {
        TraceModel model = new TraceModel();
        model.hits(new TraceRequest(1_024, List.of(1, 2)));
        assertThatThrownBy(() -> model.hits(new TraceRequest(1_024, List.of(3, 2))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("2 follows both 1 and 3");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "not json",
                "[1]",
                "{\"hash_ids\":[1]}",
                "{\"input_length\":513,\"hash_ids\":[1]}",
                "{\"input_length\":512,\"hash_ids\":[1,2]}",
                "{\"input_length\":512,\"hash_ids\":[-1]}",
                "{\"input_length\":512,\"hash_ids\":[99999999999]}",
                "{\"input_length\":512,\"hash_ids\":\"x\"}",
                "{\"input_length\":512,\"hash_ids\":[1"
            })
    void a_line_that_is_no_request_is_refused_with_file_and_line(String line, @TempDir Path dir) throws IOException {
        Path file =
                Files.writeString(dir.resolve("t.jsonl"), "{\"input_length\":1,\"hash_ids\":[0]}\n\n" + line + "\n");
        try (TraceReader trace = new TraceReader(file)) {
            assertThat(trace.next()).isPresent();
            assertThatThrownBy(trace::next).isInstanceOf(IOException.class).hasMessageStartingWith(file + ", line 3: ");
        }
    }

    @Test
    void fields_that_are_not_needed_may_hold_anything(@TempDir Path dir) throws IOException {
        Path file = Files.writeString(
                dir.resolve("t.jsonl"), "{\"x\":{\"y\":[1,{}]},\"hash_ids\":[7],\"z\":null,\"input_length\":300}");
        List<TraceRequest> requests = new ArrayList<>();
        try (TraceReader trace = new TraceReader(file)) {
            trace.next().ifPresent(requests::add);
        }
        assertThat(requests).containsExactly(new TraceRequest(300, List.of(7)));
        assertThat(requests.get(0).blockCount()).isEqualTo(2);
    }
}
