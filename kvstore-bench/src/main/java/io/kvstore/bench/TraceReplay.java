package io.kvstore.bench;

import io.kvstore.api.KVStore;
import java.io.IOException;
import java.util.Optional;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;

/** Plays the requests of a trace, in file order, against a store and a model. */
final class TraceReplay {

    private final Tally tally = new Tally();
    private final TraceModel model = new TraceModel();
    private final PromptPlayer player;

    /** A replay into a partition that nobody else writes to: the model starts empty. */
    TraceReplay(KVStore store, String partition, int payloadBytes, boolean readHits, LongSupplier nanoClock) {
        BlockPayloads payloads = new BlockPayloads(payloadBytes, PromptPlayer.writesInFlight(payloadBytes));
        this.player = new PromptPlayer(store, partition, payloads, readHits, tally, nanoClock);
    }

    /**
     * Plays at most {@code maxRequests}.
     *
     * @param onDone told how many are done, after each
     * @throws IOException when the trace cannot be read
     */
    void run(TraceReader trace, long maxRequests, LongConsumer onDone) throws IOException {
        for (long done = 1; done <= maxRequests; done++) {
            Optional<TraceRequest> request = trace.next();
            if (request.isEmpty()) {
                return;
            }
            player.play(request.get().tokens(), model.hits(request.get()));
            model.store(request.get());
            onDone.accept(done);
        }
    }

    Tally tally() {
        return tally;
    }

    /** Blocks that must be stored now. */
    long distinctBlocks() {
        return model.distinctBlocks();
    }
}
