package io.kvstore.server;

import io.kvstore.api.StoreId;
import io.kvstore.spi.BlobPage;
import io.kvstore.spi.BlobStore;
import io.kvstore.spi.CallContext;
import java.time.Duration;
import java.util.Optional;

/** How many chunks a local backend holds, for the start line. */
final class StoredChunks {

    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private StoredChunks() {}

    static long count(BlobStore backend) {
        long chunks = 0;
        CallContext context = CallContext.endingIn(PATIENCE, System::nanoTime, "");
        for (StoreId store : backend.knownStores()) {
            Optional<String> from = Optional.empty();
            do {
                BlobPage page = backend.list(store, from, context).join();
                chunks += page.keys().size();
                from = page.next();
            } while (from.isPresent());
        }
        return chunks;
    }
}
