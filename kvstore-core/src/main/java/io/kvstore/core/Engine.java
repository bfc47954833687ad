package io.kvstore.core;

import io.kvstore.api.CallOptions;
import io.kvstore.api.KVStoreException;
import io.kvstore.api.LookupQuery;
import io.kvstore.api.LookupResult;
import io.kvstore.api.PromptChunk;
import io.kvstore.api.ReadQuestion;
import io.kvstore.api.ReadResult;
import io.kvstore.api.Reason;
import io.kvstore.api.StoreId;
import io.kvstore.api.WriteResult;
import io.kvstore.spi.Blob;
import io.kvstore.spi.BlobInfo;
import io.kvstore.spi.BlobKey;
import io.kvstore.spi.BlobStore;
import io.kvstore.spi.CallContext;
import io.kvstore.spi.Peek;
import io.kvstore.spi.PutResult;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.LongSupplier;

/** What a call does: checks, limits, time, and the way between chunks and blobs. */
final class Engine {

    /** The part of its time that a lookup waits for the storage: the rest is for answering with what is sure. */
    private static final double STORAGE_SHARE = 0.8;

    private final BlobStore blobs;
    private final CallGate gate;
    private final Optional<Set<String>> allowedResources;
    private final Duration defaultTimeout;
    private final StoreObserver observer;
    private final LongSupplier nanoClock;
    private final ScheduledExecutorService timer;

    Engine(
            BlobStore blobs,
            CallGate gate,
            Optional<Set<String>> allowedResources,
            Duration defaultTimeout,
            StoreObserver observer,
            LongSupplier nanoClock,
            ScheduledExecutorService timer) {
        this.blobs = blobs;
        this.gate = gate;
        this.allowedResources = allowedResources;
        this.defaultTimeout = defaultTimeout;
        this.observer = observer;
        this.nanoClock = nanoClock;
        this.timer = timer;
    }

    CompletableFuture<LookupResult> lookup(StoreId store, LookupQuery query, CallOptions options) {
        long start = nanoClock.getAsLong();
        return call(store, options, (context, result) -> {
            result.whenComplete((answer, failure) -> {
                if (answer != null) {
                    int asked = query.tokens().blockCount();
                    observer.lookedUp(asked, answer.cachedBlocks(), answer.degraded(), nanoClock.getAsLong() - start);
                }
            });
            PrefixLookup lookup = new PrefixLookup(blobs, store, query, context, nanoClock, result);
            lookup.start();
            if (!result.isDone()) {
                long patience = (long) (context.remaining().toNanos() * STORAGE_SHARE);
                Future<?> alarm = timer.schedule(lookup::cutShort, patience, TimeUnit.NANOSECONDS);
                result.whenComplete((answer, failure) -> {
                    alarm.cancel(false);
                    lookup.cancelProbes();
                });
            }
        });
    }

    CompletableFuture<ReadResult> read(StoreId store, String location, CallOptions options) {
        return call(store, options, (context, result) -> {
            BlobKey key = parse(location);
            long start = nanoClock.getAsLong();
            CompletableFuture<Optional<Blob>> get = blobs.get(store, key, context);
            result.follow(get);
            get.whenComplete((found, failure) -> {
                if (failure != null) {
                    result.completeExceptionally(KVStoreException.of(failure));
                } else if (found.isEmpty()) {
                    result.complete(ReadResult.absent(location, nanoClock.getAsLong() - start));
                } else {
                    decode(store, key, location, found.get(), nanoClock.getAsLong() - start, context, result);
                }
            });
        });
    }

    private void decode(
            StoreId store,
            BlobKey key,
            String location,
            Blob blob,
            long storageNanos,
            CallContext context,
            Relay<ReadResult> result) {
        PromptChunk chunk;
        try {
            chunk = ChunkCodec.chunk(key, blob);
        } catch (KVStoreException e) {
            blob.close();
            if (e.reason() == Reason.DATA_LOSS) {
                blobs.deleteVersion(store, key, blob.version(), context)
                        .whenComplete((deleted, failure) -> result.completeExceptionally(e));
            } else {
                result.completeExceptionally(e);
            }
            return;
        }
        ReadResult read = ReadResult.found(location, chunk, storageNanos);
        Futures.deliver(read, result, read::close);
    }

    CompletableFuture<WriteResult> write(StoreId store, PromptChunk chunk, CallOptions options) {
        return call(store, options, (context, result) -> {
            BlobKey key = new BlockKeys(chunk.partitionKey()).key(chunk.tokens(), 0, chunk.parentHash());
            BlobInfo info = ChunkCodec.describe(chunk);
            long start = nanoClock.getAsLong();
            CompletableFuture<PutResult> put = blobs.put(store, key, info, chunk.payload(), context);
            result.follow(put);
            put.whenComplete((outcome, failure) -> {
                if (failure != null) {
                    result.completeExceptionally(KVStoreException.of(failure));
                } else if (outcome.stored().tag() != chunk.hash()) {
                    result.completeExceptionally(new KVStoreException(
                            Reason.ALREADY_EXISTS,
                            "the block is stored with hash "
                                    + Long.toUnsignedString(outcome.stored().tag()) + ", not "
                                    + Long.toUnsignedString(chunk.hash())));
                } else {
                    result.complete(new WriteResult(key.name(), !outcome.created(), nanoClock.getAsLong() - start));
                }
            });
        });
    }

    /** What fetches the items of an ordered read. */
    OrderedRead.Reader reader(CallOptions options) {
        // The stream's time is not an item's: each has the default.
        CallOptions ofItems = CallOptions.DEFAULT.withRequestId(options.requestId());
        return new OrderedRead.Reader() {
            @Override
            public CompletableFuture<ReadResult> read(ReadQuestion question) {
                return Engine.this.read(question, ofItems);
            }

            @Override
            public long expectedBytes(ReadQuestion question) {
                return Engine.this.expectedBytes(question);
            }
        };
    }

    private CompletableFuture<ReadResult> read(ReadQuestion question, CallOptions options) {
        StoreId store;
        try {
            store = new StoreId(question.resource(), question.container());
        } catch (KVStoreException e) {
            return CompletableFuture.failedFuture(e);
        }
        return read(store, question.location(), options);
    }

    private long expectedBytes(ReadQuestion question) {
        Optional<BlobKey> key = BlobKey.parse(question.location());
        if (key.isEmpty()) {
            return 0;
        }
        try {
            Peek peek = blobs.peek(new StoreId(question.resource(), question.container()), key.get());
            // Nobody knows: the typical chunk.
            return peek.isPresent() ? peek.payloadBytes() : peek.isAbsent() ? 0 : AdmittingBlobStore.ASSUMED_BYTES;
        } catch (KVStoreException e) {
            return 0;
        }
    }

    private static BlobKey parse(String location) {
        if (location.isEmpty()) {
            throw new KVStoreException(Reason.INVALID_ARGUMENT, "location: must not be empty");
        }
        return BlobKey.parse(location)
                .orElseThrow(() -> new KVStoreException(
                        Reason.INVALID_ARGUMENT, "location: malformed (expected: as a lookup or a write gave it)"));
    }

    /** Runs {@code work} in the call's time; whatever it throws is the call's failure. */
    private <T> CompletableFuture<T> call(StoreId store, CallOptions options, BiConsumer<CallContext, Relay<T>> work) {
        Duration timeout = options.timeout().orElse(defaultTimeout);
        if (timeout.isNegative() || timeout.isZero()) {
            return CompletableFuture.failedFuture(deadlineExceeded(timeout));
        }
        if (allowedResources.isPresent() && !allowedResources.get().contains(store.resource())) {
            return CompletableFuture.failedFuture(new KVStoreException(
                    Reason.NOT_FOUND, "resource_name: '" + store.resource() + "' is not known here"));
        }
        Optional<KVStoreException> refusal = gate.enter();
        if (refusal.isPresent()) {
            return CompletableFuture.failedFuture(refusal.get());
        }
        Relay<T> result = new Relay<>();
        result.whenComplete((value, failure) -> gate.leave());
        try {
            CallContext context = CallContext.endingIn(timeout, nanoClock, options.requestId());
            work.accept(context, result);
            if (!result.isDone()) {
                setAlarm(result, context.remaining(), timeout);
            }
        } catch (RuntimeException | Error e) {
            result.abandon(KVStoreException.of(e));
        }
        return result;
    }

    private void setAlarm(Relay<?> result, Duration left, Duration timeout) {
        Future<?> alarm =
                timer.schedule(() -> result.abandon(deadlineExceeded(timeout)), left.toNanos(), TimeUnit.NANOSECONDS);
        result.whenComplete((value, failure) -> alarm.cancel(false));
    }

    private static KVStoreException deadlineExceeded(Duration timeout) {
        return new KVStoreException(Reason.DEADLINE_EXCEEDED, "the call did not end within " + timeout);
    }
}
