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
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.LongSupplier;

/**
 * Answers "not stored" from memory, by a Bloom filter per store, in front of a backend that only a question can tell
 * what it holds: whether a blob that the filter rules out is stored is not asked any further. A blob that is to be read
 * is always asked for.
 *
 * <p>A filter is filled from what is stored, when its store is first asked for, and by every put. Until it is filled it
 * rules nothing out. When it grows full it is filled anew at four times the size, which also forgets what was deleted;
 * as other processes may write to the store, also when it is old; see {@link StoreFilter}.
 *
 * <p>Does nothing in front of a backend that knows by itself.
 */
final class FilteringBlobStore extends ForwardingBlobStore {

    /** Stores whose filters are held; the least used ones are forgotten beyond, and filled again when asked for. */
    private static final int MAX_STORES = 65_536;

    /**
     * After so long without a question, or the age of a filter where that is longer, what there was says nothing any
     * more, and goes. Not sooner, as it knows when a listing that failed may be tried again.
     */
    private static final Duration MIN_IDLE = StoreFilter.LONGEST_PAUSE;

    /** Stores that are listed at the same time because their filters are soon too old; of one tenant half. */
    private static final int PARALLEL_REFRESHES = 4;

    private final Cache<StoreId, StoreFilter> filters;
    private final StoreFilter.Shared shared;

    /**
     * Has no filter yet.
     *
     * @param maxAge how old a filter may get, as others write to the backend as well
     * @param memory bytes that the filters of all stores may take, with a share for each resource
     * @param timer tells when a page of a listing that failed is to be asked for again
     * @param workers begin to walk the listing when a filter has grown full or old, and ask for such pages
     */
    FilteringBlobStore(
            BlobStore inner,
            Duration maxAge,
            TenantShares memory,
            LongSupplier nanoClock,
            ScheduledExecutorService timer,
            Workers workers) {
        super(inner);
        Turns refreshes = new Turns(PARALLEL_REFRESHES, workers);
        this.shared = new StoreFilter.Shared(
                inner, maxAge, memory, refreshes, nanoClock, timer, workers, new LogLimit(nanoClock));
        this.filters = Caffeine.newBuilder()
                .maximumSize(MAX_STORES)
                .expireAfterAccess(maxAge.compareTo(MIN_IDLE) > 0 ? maxAge : MIN_IDLE)
                .ticker(nanoClock::getAsLong)
                .<StoreId, StoreFilter>removalListener((store, filter, cause) -> {
                    if (filter != null) {
                        filter.close();
                    }
                })
                .executor(workers.upkeep())
                .build();
    }

    private StoreFilter filter(StoreId store) {
        StoreFilter known = filters.getIfPresent(store);
        return known != null ? known : filters.get(store, id -> new StoreFilter(id, shared));
    }

    @Override
    public Peek peek(StoreId store, BlobKey key) {
        Peek known = inner.peek(store, key);
        return known.isSure() ? known : filter(store).peek(key);
    }

    /**
     * Goes on whatever the filter says: whoever asks has a location, from a write or a lookup of any server, and that
     * is better evidence than a listing of some minutes ago. What is found so is no longer ruled out.
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
        if (filter != null) {
            filter.add(key);
        }
    }

    @Override
    public CompletableFuture<Optional<BlobInfo>> head(StoreId store, BlobKey key, CallContext context) {
        boolean ruledOut =
                !inner.peek(store, key).isSure() && filter(store).peek(key).isAbsent();
        return ruledOut ? CompletableFuture.completedFuture(Optional.empty()) : inner.head(store, key, context);
    }

    @Override
    public CompletableFuture<PutResult> put(
            StoreId store, BlobKey key, BlobInfo info, Payload payload, CallContext context) {
        // Before the put, so that no reader is ever told less than what is stored; a put that fails is a false
        // positive.
        learn(store, key);
        CompletableFuture<PutResult> put = inner.put(store, key, info, payload, context);
        Relay<PutResult> result = new Relay<>();
        result.follow(put);
        put.whenComplete((outcome, failure) -> {
            // After it too: a filling that began in between may have listed before the blob was visible.
            learn(store, key);
            growIfFull(store);
            Futures.pass(outcome, failure, result);
        });
        return result;
    }

    private void growIfFull(StoreId store) {
        StoreFilter filter = filters.getIfPresent(store);
        if (filter != null) {
            filter.growIfFull();
        }
    }

    /** Stops all fillings first: they would go on asking. */
    @Override
    public void close() {
        filters.asMap().values().forEach(StoreFilter::close);
        super.close();
    }
}
