package io.kvstore.core;

import io.kvstore.api.KVStoreException;
import io.kvstore.api.Payload;
import io.kvstore.api.Reason;
import io.kvstore.api.StoreId;
import io.kvstore.spi.BlobInfo;
import io.kvstore.spi.BlobKey;
import io.kvstore.spi.CallContext;
import io.kvstore.spi.PutResult;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Stores a blob unless one of that name is stored. */
final class PutOperation extends PayloadOperation {

    private final CallContext context;
    private final boolean summedHere;
    private final CompletableFuture<PutResult> answer = new CompletableFuture<>();

    /** Completes with the commit: the puts that came second wait for it, whatever our caller does to his future. */
    private final CompletableFuture<PutResult> outcome = new CompletableFuture<>();

    /**
     * The put of one blob.
     *
     * @param payload a claim that is this operation's own
     * @param summedHere whether the record gets the checksum of the bytes that are written; else it is the info's, and has to
     *     be theirs
     */
    PutOperation(StoreId store, BlobKey key, BlobInfo info, Payload payload, CallContext context, boolean summedHere) {
        super(store, key, info, payload);
        this.context = context;
        this.summedHere = summedHere;
    }

    CompletableFuture<PutResult> answer() {
        return answer;
    }

    @Override
    @Nullable
    RecordHeader prepare(LogState state) {
        if (context.isExpired()) {
            throw new KVStoreException(Reason.DEADLINE_EXCEEDED, "local disk: no time left to write");
        }
        LogOperation earlier = state.pending(store(), key());
        if (earlier instanceof PutOperation winner) {
            follow(winner, state);
            return null;
        }
        BlobInfo stored = earlier == null ? stored(state) : null;
        if (stored != null) {
            letGo();
            settle(state, new PutResult(false, stored));
            return null;
        }
        if (!state.index().admits(store())) {
            throw DiskFailures.full(
                    "it holds as many containers as it can, " + RecordIndex.MAX_STORES_OF_RESOURCE + " of a resource, "
                            + RecordIndex.MAX_STORES + " in all",
                    null);
        }
        return RecordHeader.put(state.nextSequence(), store(), key(), info());
    }

    /** A record whose header is damaged counts as absent: this put replaces it. */
    private @Nullable BlobInfo stored(LogState state) {
        try {
            return state.reader().info(store(), key());
        } catch (InternalError e) { // an unreadable page, see Segment.unreadable
            return null;
        } catch (KVStoreException e) {
            if (e.reason() == Reason.DATA_LOSS) {
                return null;
            }
            throw e;
        }
    }

    /** Being told that a blob is stored is an acknowledgement too: it waits until that is true for good. */
    private void follow(PutOperation winner, LogState state) {
        letGo();
        winner.outcome.whenComplete((result, failure) -> {
            if (result != null) {
                settle(state, new PutResult(false, result.stored()));
            } else if (failure != null) {
                refused(state, KVStoreException.of(failure));
            }
        });
    }

    @Override
    boolean isSummedHere() {
        return summedHere;
    }

    @Override
    boolean isBudgeted() {
        return true;
    }

    @Override
    void apply(LogState state, RecordHeader header, Segment segment, int offset) {
        state.index().put(store(), IndexEntry.of(header, segment, offset));
    }

    @Override
    void succeeded(LogState state, RecordHeader header) {
        settle(state, new PutResult(true, header.info()));
    }

    private void settle(LogState state, PutResult result) {
        outcome.complete(result);
        state.answer(store(), () -> answer.complete(result));
    }

    @Override
    void refused(LogState state, KVStoreException failure) {
        outcome.completeExceptionally(failure);
        state.answer(store(), () -> answer.completeExceptionally(failure));
    }
}
