package io.kvstore.testkit;

import io.kvstore.api.BlockLocation;
import io.kvstore.api.KVStoreException;
import io.kvstore.api.LookupQuery;
import io.kvstore.api.LookupResult;
import io.kvstore.api.PromptChunk;
import io.kvstore.api.ReadResult;
import io.kvstore.api.Reason;
import io.kvstore.api.StoreId;
import io.kvstore.api.Tier;
import io.kvstore.api.TokenBlocks;
import io.kvstore.api.WriteResult;
import io.kvstore.spi.BlobKey;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The reference model: what is stored, and the longest run of it, in one map under one lock. */
final class StoredChunks implements AutoCloseable {

    private final Map<Place, PromptChunk> chunks = new HashMap<>();
    private boolean closed;

    synchronized LookupResult lookup(StoreId store, LookupQuery query) {
        checkOpen();
        List<BlockLocation> run = new ArrayList<>();
        long parentHash = 0;
        for (int i = 0; i < query.tokens().blockCount(); i++) {
            TokenBlocks block = query.tokens().block(i);
            BlobKey key = ReferenceKeys.blobKey(query.partitionKey(), parentHash, block);
            PromptChunk chunk = chunks.get(new Place(store, key));
            if (chunk == null || (i < query.expectedHashCount() && query.expectedHash(i) != chunk.hash())) {
                break;
            }
            run.add(new BlockLocation(chunk.hash(), key.name(), chunk.payload().sizeBytes(), Tier.MEMORY));
            parentHash = chunk.hash();
        }
        return new LookupResult(run, false, 0);
    }

    synchronized ReadResult read(StoreId store, String location) {
        checkOpen();
        BlobKey key = BlobKey.parse(location).orElseThrow(() -> malformed(location));
        PromptChunk chunk = chunks.get(new Place(store, key));
        return chunk == null ? ReadResult.absent(location, 0) : ReadResult.found(location, shared(chunk), 0);
    }

    /** Takes {@code chunk} over, whatever the outcome. */
    synchronized WriteResult write(StoreId store, PromptChunk chunk) {
        BlobKey key = ReferenceKeys.blobKey(chunk.partitionKey(), chunk.parentHash(), chunk.tokens());
        Place place = new Place(store, key);
        PromptChunk stored = closed ? null : chunks.putIfAbsent(place, chunk);
        if (closed || stored != null) {
            chunk.close();
        }
        checkOpen();
        if (stored != null && stored.hash() != chunk.hash()) {
            throw new KVStoreException(
                    Reason.ALREADY_EXISTS,
                    "chunk.hash: " + Long.toHexString(chunk.hash()) + " (expected: the stored block's, "
                            + Long.toHexString(stored.hash()) + ")");
        }
        return new WriteResult(key.name(), stored != null, 0);
    }

    /** The same chunk with a claim of its own on the payload. */
    static PromptChunk shared(PromptChunk chunk) {
        return new PromptChunk(
                chunk.hash(),
                chunk.parentHash(),
                chunk.partitionKey(),
                chunk.tokens(),
                chunk.completionId(),
                chunk.payload().share());
    }

    private static KVStoreException malformed(String location) {
        return new KVStoreException(
                Reason.INVALID_ARGUMENT,
                "location: " + location.length()
                        + " characters that no lookup gave (expected: one that a lookup gave)");
    }

    private void checkOpen() {
        if (closed) {
            throw new KVStoreException(Reason.UNAVAILABLE, "the stores are closed");
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        chunks.values().forEach(PromptChunk::close);
        chunks.clear();
    }

    private record Place(StoreId store, BlobKey key) {}
}
