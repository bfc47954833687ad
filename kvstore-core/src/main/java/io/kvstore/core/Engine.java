package io.kvstore.core;

import io.kvstore.api.AccessPolicy.Grant;
import io.kvstore.api.CallOptions;
import io.kvstore.api.KVStoreException;
import io.kvstore.api.LookupQuery;
import io.kvstore.api.LookupResult;
import io.kvstore.api.Payload;
import io.kvstore.api.PromptChunk;
import io.kvstore.api.ReadQuestion;
import io.kvstore.api.ReadResult;
import io.kvstore.api.Reason;
import io.kvstore.api.StoreId;
import io.kvstore.api.WriteResult;
import io.kvstore.spi.BlobInfo;
import io.kvstore.spi.BlobKey;
import io.kvstore.spi.BlobStore;
import io.kvstore.spi.CallContext;
import io.kvstore.spi.Peek;
import io.kvstore.spi.PutResult;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** What a call does: the way between chunks and blobs. */
final class Engine {

    /** The part of its time that a lookup waits for the storage: the rest is for answering with what is sure. */
    private static final double STORAGE_SHARE = 0.8;

    private final BlobStore blobs;
    private final Calls calls;
    private final StoreObserver observer;
    private final LongSupplier nanoClock;
    private final ScheduledExecutorService timer;

    Engine(
            BlobStore blobs,
            Calls calls,
            StoreObserver observer,
            LongSupplier nanoClock,
            ScheduledExecutorService timer) {
        this.blobs = blobs;
        this.calls = calls;
        this.observer = observer;
        this.nanoClock = nanoClock;
        this.timer = timer;
    }

    CompletableFuture<LookupResult> lookup(StoreId store, LookupQuery query, CallOptions options) {
        long start = nanoClock.getAsLong();
        return calls.run(store, options, (context, result) -> {
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
        return calls.run(store, options, reading(store, location, BlobKey.parse(location)));
    }

    /** @param key of that location; nothing for one that is refused, once the call is allowed */
    private BiConsumer<CallContext, Relay<ReadResult>> reading(StoreId store, String location, Optional<BlobKey> key) {
        return (context, result) -> {
            BlobKey known = key.orElseThrow(() -> malformed(location));
            new ReadOperation(blobs, store, location, known, context, nanoClock, result).start();
        };
    }

    CompletableFuture<WriteResult> write(StoreId store, PromptChunk chunk, CallOptions options) {
        // The caller may close its claim when this returns, and permission may come later.
        Optional<Payload> claim = chunk.payload().shareIfOpen();
        if (claim.isEmpty()) {
            return Futures.payloadClosed();
        }
        Payload payload = claim.get();
        return Futures.owning(payload, () -> write(store, chunk, payload, options));
    }

    private CompletableFuture<WriteResult> write(
            StoreId store, PromptChunk chunk, Payload payload, CallOptions options) {
        CompletableFuture<WriteResult> write = calls.run(store, options, (context, result) -> {
            try (payload) {
                put(store, chunk, payload, context, result);
            }
        });
        write.whenComplete((stored, failure) -> payload.close());
        return write;
    }

    private void put(
            StoreId store, PromptChunk chunk, Payload payload, CallContext context, Relay<WriteResult> result) {
        BlobKey key = BlockKeys.ofThisThread(chunk.partitionKey()).key(chunk.tokens(), 0, chunk.parentHash());
        BlobInfo info = ChunkCodec.describe(chunk);
        long start = nanoClock.getAsLong();
        CompletableFuture<PutResult> put = blobs.put(store, key, info, payload, context);
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
    }

    /** What fetches the items of an ordered read. */
    OrderedRead.Reader reader(CallOptions options) {
        // The stream's time is not an item's: each has the default.
        CallOptions ofItems =
                CallOptions.DEFAULT.withRequestId(options.requestId()).withToken(options.token());
        Calls.Room ofStream = calls.ofStream();
        return question -> {
            try {
                return new StreamedRead(question, ofItems, ofStream);
            } catch (KVStoreException e) {
                return new RefusedRead(e);
            }
        };
    }

    /** A question of a stream. */
    private final class StreamedRead implements OrderedRead.Item {
        private final StoreId store;
        private final String location;
        private final Optional<BlobKey> key;
        private final CallOptions options;
        private final Calls.Room room;

        /** Asked for once, when it is first needed. Only the thread that drains touches it. */
        private @Nullable CompletableFuture<Grant> permission;

        StreamedRead(ReadQuestion question, CallOptions options, Calls.Room room) {
            this.store = new StoreId(question.resource(), question.container());
            this.location = question.location();
            this.key = BlobKey.parse(location);
            this.options = options;
            this.room = room;
        }

        @Override
        public long expectedBytes() {
            if (key.isEmpty()) {
                return 0;
            }
            // Not even a filter is filled for who may not ask.
            CompletableFuture<Grant> asked = permission();
            boolean isKnownToBeAllowed = asked.isDone() && !asked.isCompletedExceptionally();
            Peek peek = isKnownToBeAllowed ? blobs.peek(store, key.get()) : Peek.UNKNOWN;
            // Nobody knows: the typical chunk. Also where it is said to be absent, which a read does not take for
            // granted.
            return peek.isPresent() ? peek.payloadBytes() : AdmittingBlobStore.ASSUMED_BYTES;
        }

        @Override
        public CompletableFuture<ReadResult> fetch() {
            return calls.run(store, options, room, this::permission, reading(store, location, key));
        }

        private CompletableFuture<Grant> permission() {
            CompletableFuture<Grant> asked = permission;
            if (asked == null) {
                asked = calls.permission(store.resource(), options.token());
                permission = asked;
            }
            return asked;
        }
    }

    /** A question that names no store. */
    private record RefusedRead(KVStoreException why) implements OrderedRead.Item {
        @Override
        public long expectedBytes() {
            return 0;
        }

        @Override
        public CompletableFuture<ReadResult> fetch() {
            return CompletableFuture.failedFuture(why);
        }
    }

    private static KVStoreException malformed(String location) {
        return new KVStoreException(
                Reason.INVALID_ARGUMENT,
                location.isEmpty()
                        ? "location: must not be empty"
                        : "location: malformed (expected: as a lookup or a write gave it)");
    }
}
