package io.kvstore.bench;

import io.kvstore.api.BlockHasher;
import io.kvstore.api.BlockLocation;
import io.kvstore.api.CallOptions;
import io.kvstore.api.KVStore;
import io.kvstore.api.KVStoreException;
import io.kvstore.api.LookupQuery;
import io.kvstore.api.LookupResult;
import io.kvstore.api.Payload;
import io.kvstore.api.PromptChunk;
import io.kvstore.api.ReadResult;
import io.kvstore.api.TokenBlocks;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Semaphore;
import java.util.function.LongSupplier;

/**
 * Does with a prompt what an inference engine does: looks it up, reads what is stored, writes what is not, and compares every
 * answer with what it must be. One prompt is done before the next begins, so that a trace's counts are exact; the writes of
 * one prompt overlap.
 */
final class PromptPlayer {

    /** Writes under way at once, in calls. */
    static final int MAX_WRITES_IN_FLIGHT = 128;

    private static final long MAX_WRITE_BYTES_IN_FLIGHT = 64L << 20;
    private static final CallOptions PATIENT = CallOptions.DEFAULT.withTimeout(Duration.ofMinutes(2));

    private final KVStore store;
    private final String partition;
    private final BlockPayloads payloads;
    private final boolean readHits;
    private final Tally tally;
    private final LongSupplier nanoClock;
    private final int writesInFlight;

    /** Plays prompts of one partition; {@code readHits} asks for the payloads of what is found. */
    PromptPlayer(
            KVStore store,
            String partition,
            BlockPayloads payloads,
            boolean readHits,
            Tally tally,
            LongSupplier nanoClock) {
        this.store = store;
        this.partition = partition;
        this.payloads = payloads;
        this.readHits = readHits;
        this.tally = tally;
        this.nanoClock = nanoClock;
        this.writesInFlight = writesInFlight(payloads.payloadBytes());
    }

    /** How many writes may be under way at once, by their number and their bytes. */
    static int writesInFlight(int payloadBytes) {
        return (int) Math.max(1, Math.min(MAX_WRITES_IN_FLIGHT, MAX_WRITE_BYTES_IN_FLIGHT / Math.max(1, payloadBytes)));
    }

    /**
     * Plays one prompt.
     *
     * @param expectedHits what the model says must be found
     * @throws KVStoreException when the store cannot be asked at all
     */
    void play(TokenBlocks tokens, int expectedHits) {
        if (tokens.tokenCount() == 0) {
            return;
        }
        long[] hashes = BlockHasher.chain(partition, tokens);
        LookupResult found = lookup(tokens);
        tally.lookedUp(hashes.length, found.cachedBlocks(), expectedHits);
        if (found.degraded()) {
            tally.differs("a lookup was cut short by storage trouble");
        }
        if (found.cachedBlocks() != expectedHits) {
            tally.differs("a lookup of " + hashes.length + " blocks found " + found.cachedBlocks() + " (expected: "
                    + expectedHits + ")");
        }
        if (readHits && found.cachedBlocks() > 0) {
            read(tokens, hashes, found.blocks());
        }
        write(tokens, hashes, Math.min(found.cachedBlocks(), hashes.length));
    }

    private LookupResult lookup(TokenBlocks tokens) {
        long start = nanoClock.getAsLong();
        LookupResult found = outcome(() -> store.lookup(LookupQuery.of(tokens).inPartition(partition), PATIENT)
                .join());
        tally.timed(Tally.Call.LOOKUP, nanoClock.getAsLong() - start);
        return found;
    }

    private void read(TokenBlocks tokens, long[] hashes, List<BlockLocation> blocks) {
        long start = nanoClock.getAsLong();
        OrderedRead results = new OrderedRead((result, i) -> {
            if (i >= blocks.size() || !result.location().equals(blocks.get(i).location())) {
                tally.differs("an ordered read answered out of order at " + i);
            } else {
                compare(result, tokens, hashes, i);
            }
        });
        store.readAll(blocks.stream().map(BlockLocation::location).toList(), PATIENT)
                .subscribe(results);
        int answers = outcome(() -> results.done().join());
        long elapsed = nanoClock.getAsLong() - start;
        tally.timed(Tally.Call.READ, elapsed);
        tally.spentReading(elapsed);
        if (answers != blocks.size()) {
            tally.differs("an ordered read gave " + answers + " answers (expected: " + blocks.size() + ")");
        }
    }

    private void compare(ReadResult result, TokenBlocks tokens, long[] hashes, int i) {
        if (i >= hashes.length || result.chunk().isEmpty()) {
            tally.differs("block " + i + " was found and could not be read"
                    + result.failure()
                            .map(failure -> ": " + failure.getMessage())
                            .orElse(""));
            return;
        }
        PromptChunk chunk = result.chunk().get();
        boolean right = chunk.hash() == hashes[i]
                && chunk.parentHash() == (i == 0 ? 0 : hashes[i - 1])
                && chunk.partitionKey().equals(partition)
                && chunk.tokens().equals(tokens.block(i))
                && payloads.matches(hashes[i], chunk.payload().buffer());
        if (right) {
            tally.readBlock();
        } else {
            tally.differs("block " + i + " came back with another content, hash " + Long.toHexString(hashes[i]));
        }
    }

    private void write(TokenBlocks tokens, long[] hashes, int from) {
        if (from == hashes.length) {
            return;
        }
        long start = nanoClock.getAsLong();
        Semaphore room = new Semaphore(writesInFlight);
        for (int i = from; i < hashes.length; i++) {
            room.acquireUninterruptibly();
            writeBlock(tokens, hashes, i, room);
        }
        // All permits back: every write of this prompt is acknowledged before the next lookup.
        room.acquireUninterruptibly(writesInFlight);
        tally.spentWriting(nanoClock.getAsLong() - start);
    }

    private void writeBlock(TokenBlocks tokens, long[] hashes, int i, Semaphore room) {
        try (Payload payload = payloads.of(hashes[i])) {
            PromptChunk chunk =
                    new PromptChunk(hashes[i], i == 0 ? 0 : hashes[i - 1], partition, tokens.block(i), "", payload);
            long start = nanoClock.getAsLong();
            var unused = store.write(chunk, PATIENT).whenComplete((result, failure) -> {
                tally.timed(Tally.Call.WRITE, nanoClock.getAsLong() - start);
                if (failure != null) {
                    tally.differs(
                            "a write failed: " + KVStoreException.of(failure).getMessage());
                } else if (result.alreadyStored()) {
                    tally.differs("a block that was not found was stored already, hash " + Long.toHexString(hashes[i]));
                } else {
                    tally.wroteBlock();
                }
                room.release();
            });
        }
    }

    private static <T> T outcome(java.util.function.Supplier<T> call) {
        try {
            return call.get();
        } catch (CompletionException e) {
            throw KVStoreException.of(e);
        }
    }
}
