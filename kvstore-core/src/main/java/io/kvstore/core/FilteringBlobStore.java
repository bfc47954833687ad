package io.kvstore.core;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.kvstore.api.Payload;
import io.kvstore.api.StoreId;
import io.kvstore.spi.Blob;
import io.kvstore.spi.BlobInfo;
import io.kvstore.spi.BlobKey;
import io.kvstore.spi.BlobStore;
import io.kvstore.spi.CallContext;
import io.kvstore.spi.Peek;
import io.kvstore.spi.PutResult;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;

/**
 * Answers "not stored" from memory, by a Bloom filter per store: whether a blob that the filter rules out is stored is not
 * asked any further. A blob that is to be read is always asked for.
 *
 * <p>A filter is filled from what is stored, when its store is first asked for, and by every put. Until it is filled it rules
 * nothing out. When it grows full it is filled anew at four times the size, which also forgets what was deleted; in front of a
 * backend that only a question can tell what it holds, and that other processes may write to, also when it is old.
 */
final class FilteringBlobStore extends ForwardingBlobStore {

    /** Stores whose filters are held; the least used ones are forgotten beyond, and filled again when asked for. */
    private static final int MAX_STORES = 65_536;

    private final Cache<StoreId, StoreFilter> filters;
    private final Duration maxAge;
    private final SpaceBudget memory;
    private final LongSupplier nanoClock;
    private final LogLimit warnings;
    private final Executor executor;

    /**
     * Fills the filters of all stores that a local backend knows, so that they are ready before the first question.
     *
     * @param maxAge how old a filter may get in front of a backend that others write to as well
     * @param memory bytes that the filters of all stores may take
     * @param executor walks the listing when a filter has grown full or old
     */
    FilteringBlobStore(
            BlobStore inner, Duration maxAge, SpaceBudget memory, LongSupplier nanoClock, Executor executor) {
        super(inner);
        this.maxAge = maxAge;
        this.memory = memory;
        this.nanoClock = nanoClock;
        this.warnings = new LogLimit(nanoClock);
        this.executor = executor;
        this.filters = Caffeine.newBuilder()
                .maximumSize(MAX_STORES)
                .<StoreId, StoreFilter>removalListener((store, filter, cause) -> {
                    if (filter != null) {
                        filter.close();
                    }
                })
                .executor(executor)
                .build();
        inner.knownStores().forEach(store -> filter(store).fillIfNone());
    }

    private StoreFilter filter(StoreId store) {
        StoreFilter known = filters.getIfPresent(store);
        return known != null
                ? known
                : filters.get(store, id -> new StoreFilter(id, inner, maxAge, memory, nanoClock, warnings));
    }

    private boolean rulesOut(StoreId store, BlobKey key) {
        return rulesOut(filter(store), store, key);
    }

    private boolean rulesOut(StoreFilter filter, StoreId store, BlobKey key) {
        filter.fillIfNone();
        boolean ruledOut = filter.rulesOut(key);
        // What would find a chunk of another process is a no that turns out old. A backend that knows by itself needs
        // none of this.
        if (ruledOut && !inner.peek(store, key).isSure()) {
            filter.refreshIfOld(executor);
        }
        return ruledOut;
    }

    @Override
    public Peek peek(StoreId store, BlobKey key) {
        StoreFilter filter = filter(store);
        boolean sharp = filter.isSharp();
        if (rulesOut(filter, store, key)) {
            return Peek.ABSENT;
        }
        Peek known = inner.peek(store, key);
        return sharp && !known.isSure() ? Peek.LIKELY : known;
    }

    /**
     * Goes on whatever the filter says: whoever asks has a location, from a write or a lookup of any server, and that is better
     * evidence than a listing of some minutes ago. What is found so is no longer ruled out.
     */
    @Override
    public CompletableFuture<Optional<Blob>> get(StoreId store, BlobKey key, CallContext context) {
        return Futures.noting(
                inner.get(store, key, context),
                (found, failure) -> {
                    if (found != null && found.isPresent()) {
                        learn(store, key);
                    }
                },
                found -> found.ifPresent(Blob::close));
    }

    private void learn(StoreId store, BlobKey key) {
        StoreFilter filter = filters.getIfPresent(store);
        if (filter != null && filter.rulesOut(key)) {
            filter.add(key);
        }
    }

    @Override
    public CompletableFuture<Optional<BlobInfo>> head(StoreId store, BlobKey key, CallContext context) {
        return rulesOut(store, key)
                ? CompletableFuture.completedFuture(Optional.empty())
                : inner.head(store, key, context);
    }

    @Override
    public CompletableFuture<PutResult> put(
            StoreId store, BlobKey key, BlobInfo info, Payload payload, CallContext context) {
        // Before the put, so that no reader is ever told less than what is stored; a put that fails is a false
        // positive.
        filter(store).add(key);
        CompletableFuture<PutResult> put = inner.put(store, key, info, payload, context);
        Relay<PutResult> result = new Relay<>();
        result.follow(put);
        put.whenComplete((outcome, failure) -> {
            // After it too: a filling that began in between may have listed before the blob was visible.
            StoreFilter filter = filter(store);
            filter.add(key);
            filter.growIfFull(executor);
            Futures.pass(outcome, failure, result);
        });
        return result;
    }
}
