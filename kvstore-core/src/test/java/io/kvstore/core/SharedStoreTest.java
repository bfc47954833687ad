package io.kvstore.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvstore.api.CallOptions;
import io.kvstore.api.KVStore;
import io.kvstore.api.Payload;
import io.kvstore.api.PromptChunk;
import io.kvstore.api.ReadResult;
import io.kvstore.api.StoreId;
import io.kvstore.testkit.BlobCall.Kind;
import io.kvstore.testkit.ManualClock;
import io.kvstore.testkit.PromptChain;
import io.kvstore.testkit.Prompts;
import io.kvstore.testkit.RecordingBlobStore;
import io.kvstore.testkit.ScriptedBlobStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Flow;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Two servers over one store far away: what one has written the other learns of from its next listing only. */
class SharedStoreTest {

    private static final StoreId STORE = new StoreId("acme", "llama");

    private final ManualClock clock = new ManualClock();
    private final ScriptedBlobStore backend = ScriptedBlobStore.farAway();
    private final RecordingBlobStore recorded = RecordingBlobStore.over(backend);
    private final Prompts prompts = Prompts.seeded(13);
    private final CoreKVStores writing = open();
    private final CoreKVStores reading = open();
    private final KVStore writer = writing.store(STORE);
    private final KVStore reader = reading.store(STORE);

    private CoreKVStores open() {
        return CoreKVStores.builder(recorded)
                .nanoClock(clock)
                .timer(clock.scheduler())
                .build();
    }

    /** The reader's filter is filled while nothing is stored. */
    @BeforeEach
    void fillFilter() {
        assertThat(reader.lookup(prompts.chain(1).query()).join().cachedBlocks())
                .isZero();
        recorded.reset();
    }

    @AfterEach
    void close() {
        backend.heal();
        backend.releaseHeld();
        writing.close();
        reading.close();
    }

    private List<String> write(PromptChain chain, int blocks) {
        List<String> locations = new ArrayList<>();
        for (int i = 0; i < blocks; i++) {
            try (PromptChunk chunk = chain.chunk(i, Payload.wrap(prompts.payloadBytes(i, 1_000)))) {
                locations.add(writer.write(chunk).join().location());
            }
        }
        return locations;
    }

    /** The failure: found=false of a stored chunk, for as long as the reader's filter was old. */
    @Test
    void a_chunk_that_another_server_wrote_is_read_at_once() {
        String location = write(prompts.chain(1), 1).get(0);

        try (ReadResult read = reader.read(location).join()) {
            assertThat(prompts.verify(read.chunk().orElseThrow().payload(), 0)).isTrue();
        }
    }

    @Test
    void what_was_read_is_found_by_the_next_lookup() {
        PromptChain chain = prompts.chain(1);
        String location = write(chain, 1).get(0);
        assertThat(reader.lookup(chain.query()).join().cachedBlocks()).isZero();

        reader.read(location).join().close();

        assertThat(reader.lookup(chain.query()).join().cachedBlocks()).isEqualTo(1);
    }

    /** The failure: after an idle hour lookups missed all of it for as long as the listing took, or failed. */
    @Test
    void a_lookup_finds_what_is_older_than_the_filters_age_while_the_store_cannot_be_listed() {
        PromptChain chain = prompts.chain(3);
        write(chain, 3);
        assertThat(reader.lookup(chain.query()).join().cachedBlocks()).isZero();
        backend.every(Kind.LIST).isHeld();

        clock.advance(Duration.ofMinutes(10));

        assertThat(reader.lookup(chain.query()).join().cachedBlocks()).isEqualTo(3);
    }

    @Test
    void a_read_of_what_nobody_stored_is_one_request() {
        PromptChain elsewhere = prompts.chain(1);
        String location = new BlockKeys(elsewhere.partitionKey())
                .key(elsewhere.tokens(), 0, 0)
                .name();

        assertThat(reader.read(location).join().isFound()).isFalse();
        assertThat(recorded.calls()).extracting(call -> call.kind()).containsExactly(Kind.GET);
    }

    /** The failure: what the filter ruled out counted as 0 bytes of the window, and came in all the same. */
    @Test
    void a_stream_bounds_what_it_fetches_ahead_of_chunks_that_another_server_wrote() {
        List<String> locations = write(prompts.chain(40), 40);
        backend.every(Kind.GET).isHeld();
        Patient patient = new Patient();

        reader.readAll(locations, CallOptions.DEFAULT).subscribe(patient);

        assertThat(backend.heldCount() * AdmittingBlobStore.ASSUMED_BYTES).isBetween(1L, 16L << 20);
        patient.subscription.cancel();
    }

    /** Takes nothing yet. */
    private static final class Patient implements Flow.Subscriber<ReadResult> {

        @SuppressWarnings("NullAway.Init") // set when it subscribes
        Flow.Subscription subscription;

        @Override
        public void onSubscribe(Flow.Subscription given) {
            subscription = given;
        }

        @Override
        public void onNext(ReadResult result) {
            result.close();
        }

        @Override
        public void onError(Throwable failure) {}

        @Override
        public void onComplete() {}
    }
}
