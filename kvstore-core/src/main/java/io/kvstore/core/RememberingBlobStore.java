package io.kvstore.core;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Ticker;
import io.kvstore.api.KVStoreException;
import io.kvstore.api.Payload;
import io.kvstore.api.Reason;
import io.kvstore.api.StoreId;
import io.kvstore.api.Tier;
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
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The positive cache: remembers for a bounded time which blobs were seen stored, so that a backend which can not tell
 * without I/O need not be asked again. Never remembers absence: a blob that another process stores must not stay hidden. A
 * memory that is wrong costs one get that finds nothing, and is then forgotten.
 *
 * <p>Bounded by entries, of which one resource holds at most as many as are left free: what finds no room is not remembered,
 * until some of its own have grown old, which is looked for once a second at most.
 *
 * <p>Does nothing in front of a backend that knows by itself.
 */
final class RememberingBlobStore extends ForwardingBlobStore {

    /** Bytes of heap that an entry takes, measured with a {@link StoreId} of its own each, as requests bring them. */
    private static final int ENTRY_BYTES = 400;

    private static final int MAX_ENTRIES = 1_000_000;

    /** Shorter than any sensible rule that deletes chunks. */
    static final Duration DEFAULT_AGE = Duration.ofMinutes(10);

    /** Between clean-ups for want of room: each takes the lock of the whole memory. */
    private static final Duration CLEAN_UP_PAUSE = Duration.ofSeconds(1);

    private final Cache<StoreKey, Peek> seen;
    private final LongSupplier nanoClock;
    private final AtomicLong nextCleanUpNanos;

    /** Of entries. */
    private final TenantShares room;

    /**
     * Remembers nothing yet.
     *
     * @param maxAge how long a blob is taken to be stored after it was seen
     * @param maxEntries see {@link #entriesIn}
     * @param executor runs the memory's upkeep
     */
    RememberingBlobStore(BlobStore inner, Duration maxAge, long maxEntries, LongSupplier nanoClock, Executor executor) {
        super(inner);
        this.room = new TenantShares(maxEntries);
        this.nanoClock = nanoClock;
        this.nextCleanUpNanos = new AtomicLong(nanoClock.getAsLong());
        Ticker ticker = nanoClock::getAsLong;
        this.seen = Caffeine.newBuilder()
                .expireAfterWrite(maxAge)
                .<StoreKey, Peek>evictionListener((key, peek, cause) -> {
                    if (key != null) {
                        room.give(key.store().resource(), 1);
                    }
                })
                .ticker(ticker)
                .executor(executor)
                .build();
    }

    /** A million, or as many as a sixteenth of that heap has room for. */
    static long entriesIn(long heapBytes) {
        return Math.min(MAX_ENTRIES, heapBytes / 16 / ENTRY_BYTES);
    }

    @Override
    public Peek peek(StoreId store, BlobKey key) {
        Peek known = inner.peek(store, key);
        if (known.isSure()) {
            return known;
        }
        Peek remembered = seen.getIfPresent(new StoreKey(store, key));
        return remembered == null ? known : remembered;
    }

    @Override
    public CompletableFuture<Optional<Blob>> get(StoreId store, BlobKey key, CallContext context) {
        return noting(
                store,
                key,
                inner.get(store, key, context),
                found -> found.map(Blob::info),
                found -> found.ifPresent(Blob::close));
    }

    @Override
    public CompletableFuture<Optional<BlobInfo>> head(StoreId store, BlobKey key, CallContext context) {
        return noting(store, key, inner.head(store, key, context), found -> found, found -> {});
    }

    @Override
    public CompletableFuture<PutResult> put(
            StoreId store, BlobKey key, BlobInfo info, Payload payload, CallContext context) {
        return noting(
                store, key, inner.put(store, key, info, payload, context), put -> Optional.of(put.stored()), put -> {});
    }

    @Override
    public CompletableFuture<Boolean> delete(StoreId store, BlobKey key, CallContext context) {
        forget(store, key);
        return inner.delete(store, key, context);
    }

    @Override
    public CompletableFuture<Boolean> deleteVersion(StoreId store, BlobKey key, String version, CallContext context) {
        forget(store, key);
        return inner.deleteVersion(store, key, version, context);
    }

    @Override
    public CompletableFuture<Boolean> deleteIfDamaged(StoreId store, BlobKey key, String version, CallContext context) {
        forget(store, key);
        return inner.deleteIfDamaged(store, key, version, context);
    }

    @SuppressWarnings("NullAway") // value is null only where failure is not
    private <T> CompletableFuture<T> noting(
            StoreId store,
            BlobKey key,
            CompletableFuture<T> answer,
            Function<T, Optional<BlobInfo>> described,
            Consumer<T> close) {
        return Futures.noting(
                answer,
                (value, failure) -> {
                    if (failure == null) {
                        described
                                .apply(value)
                                .ifPresentOrElse(info -> remember(store, key, info), () -> forget(store, key));
                    } else if (isLoss(failure)) {
                        forget(store, key);
                    }
                },
                close);
    }

    private void remember(StoreId store, BlobKey key, BlobInfo info) {
        if (inner.peek(store, key).isSure()) {
            return;
        }
        StoreKey entry = new StoreKey(store, key);
        if (!hasRoom(entry)) {
            return;
        }
        if (seen.asMap().put(entry, Peek.present(info, Tier.REMOTE)) != null) {
            room.give(store.resource(), 1); // there was one already, with room of its own
        }
    }

    /** Takes room for one more, also in the place of one that is there: that stays as it is, then, until it has grown old. */
    private boolean hasRoom(StoreKey entry) {
        String resource = entry.store().resource();
        if (room.tryTake(resource, 1)) {
            return true;
        }
        if (!mayCleanUp()) {
            return false;
        }
        seen.cleanUp(); // those that have grown old go as others come, and no other may
        return room.tryTake(resource, 1);
    }

    private boolean mayCleanUp() {
        long nowNanos = nanoClock.getAsLong();
        long nextNanos = nextCleanUpNanos.get();
        return nowNanos - nextNanos >= 0
                && nextCleanUpNanos.compareAndSet(nextNanos, nowNanos + CLEAN_UP_PAUSE.toNanos());
    }

    private void forget(StoreId store, BlobKey key) {
        if (seen.asMap().remove(new StoreKey(store, key)) != null) {
            room.give(store.resource(), 1);
        }
    }

    private static boolean isLoss(@Nullable Throwable failure) {
        return failure != null && KVStoreException.of(failure).reason() == Reason.DATA_LOSS;
    }
}
