package io.kvstore.azure;

import io.kvstore.api.KVStore;
import io.kvstore.testkit.BlobCall;
import io.kvstore.testkit.Prompts;
import io.kvstore.testkit.RecordingBlobStore;
import java.util.concurrent.TimeUnit;

/**
 * Waits for the existence filter of a store that is far away: it is filled by a listing in the background, and before that a
 * lookup asks for more than the last block of a chain.
 */
final class ReadyFilter {

    private static final long PATIENCE_SECONDS = 60;

    private ReadyFilter() {}

    /** Asks for what is not stored until that costs no request. */
    static void await(KVStore store, RecordingBlobStore backend) throws Exception {
        long deadlineNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        for (long seed = 1_000_000; ; seed++) {
            int before = backend.countOf(BlobCall.Kind.HEAD);
            store.lookup(Prompts.seeded(seed).chain(1).query()).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            if (backend.countOf(BlobCall.Kind.HEAD) == before) {
                return;
            }
            if (System.nanoTime() - deadlineNanos > 0) {
                throw new AssertionError("no filter within " + PATIENCE_SECONDS + " s");
            }
        }
    }
}
