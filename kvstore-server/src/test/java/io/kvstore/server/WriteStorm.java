package io.kvstore.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvstore.api.BlockHasher;
import io.kvstore.api.BlockLocation;
import io.kvstore.api.KVStore;
import io.kvstore.api.LookupQuery;
import io.kvstore.api.LookupResult;
import io.kvstore.api.Payload;
import io.kvstore.api.PromptChunk;
import io.kvstore.api.ReadResult;
import io.kvstore.api.TokenBlocks;
import io.kvstore.testkit.Prompts;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/** Writes without pause while something happens to the server, and remembers what was acknowledged. */
final class WriteStorm {

    private static final int IN_FLIGHT = 16;
    private static final int MAX_WRITES = 20_000;
    private static final int MAX_PAYLOAD_BYTES = 200_000;

    private record Attempt(TokenBlocks tokens, long hash, AtomicBoolean acknowledged) {

        int payloadBytes() {
            return (int) Long.remainderUnsigned(hash, MAX_PAYLOAD_BYTES);
        }
    }

    private final Prompts prompts;
    private final List<Attempt> attempts = new ArrayList<>();
    private int checked;

    WriteStorm(long seed) {
        this.prompts = Prompts.seeded(seed);
    }

    /**
     * Writes with a fixed number of calls in flight until the first one fails.
     *
     * @param acknowledgements how many writes of this run are acknowledged before {@code strike} happens
     */
    void run(KVStore store, int acknowledgements, Runnable strike) throws InterruptedException {
        Semaphore room = new Semaphore(IN_FLIGHT);
        AtomicBoolean failed = new AtomicBoolean();
        AtomicInteger acknowledged = new AtomicInteger();
        for (int i = 0; i < MAX_WRITES && !failed.get(); i++) {
            room.acquire();
            Attempt attempt = nextAttempt();
            try (PromptChunk chunk = new PromptChunk(
                    attempt.hash(), 0, attempt.tokens(), prompts.payload(attempt.hash(), attempt.payloadBytes()))) {
                var unused = store.write(chunk).whenComplete((result, failure) -> {
                    if (failure == null) {
                        attempt.acknowledged().set(true);
                        if (acknowledged.incrementAndGet() == acknowledgements) {
                            strike.run();
                        }
                    } else {
                        failed.set(true);
                    }
                    room.release();
                });
            }
        }
        room.acquire(IN_FLIGHT);
        assertThat(failed).as("the storm outlives the server").isTrue();
        assertThat(acknowledged.get()).isGreaterThanOrEqualTo(acknowledgements);
    }

    private Attempt nextAttempt() {
        TokenBlocks tokens = prompts.blocks(1);
        Attempt attempt = new Attempt(tokens, BlockHasher.chain("", tokens)[0], new AtomicBoolean());
        attempts.add(attempt);
        return attempt;
    }

    /** Checks what was written since the last check; how many were acknowledged. */
    int checkNew(KVStore store) {
        int acknowledged = check(store, attempts.subList(checked, attempts.size()));
        checked = attempts.size();
        return acknowledged;
    }

    /** Checks all that was ever written; how many were acknowledged. */
    int checkAll(KVStore store) {
        return check(store, attempts);
    }

    private int check(KVStore store, List<Attempt> of) {
        int acknowledged = 0;
        for (Attempt attempt : of) {
            LookupResult found = store.lookup(LookupQuery.of(attempt.tokens())).join();
            if (attempt.acknowledged().get()) {
                acknowledged++;
                assertThat(found.cachedBlocks()).as("acknowledged").isEqualTo(1);
            }
            for (BlockLocation block : found.blocks()) {
                assertWhole(store, attempt, block);
            }
        }
        return acknowledged;
    }

    private void assertWhole(KVStore store, Attempt attempt, BlockLocation block) {
        assertThat(block.hash()).isEqualTo(attempt.hash());
        try (ReadResult result = store.read(block.location()).join()) {
            PromptChunk chunk = result.chunk().orElseThrow();
            Payload payload = chunk.payload();
            assertThat(chunk.tokens()).isEqualTo(attempt.tokens());
            assertThat(payload.sizeBytes()).isEqualTo(attempt.payloadBytes());
            assertThat(prompts.verify(payload, attempt.hash())).isTrue();
        }
    }
}
