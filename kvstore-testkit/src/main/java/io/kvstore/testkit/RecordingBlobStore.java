package io.kvstore.testkit;

import io.kvstore.api.Payload;
import io.kvstore.api.StoreId;
import io.kvstore.spi.Blob;
import io.kvstore.spi.BlobInfo;
import io.kvstore.spi.BlobKey;
import io.kvstore.spi.BlobPage;
import io.kvstore.spi.BlobStore;
import io.kvstore.spi.CallContext;
import io.kvstore.spi.KeyRange;
import io.kvstore.spi.Peek;
import io.kvstore.spi.PutResult;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * Remembers every call that could cost I/O and passes it on: for tests that say how often a backend is touched. Peeks cost
 * nothing and are not remembered.
 *
 * <p>Threading: safe for many threads. Memory grows with the calls until {@link #reset()}.
 */
public final class RecordingBlobStore implements BlobStore {

    private final BlobStore next;
    private final List<BlobCall> calls = new ArrayList<>();
    private int underWay;
    private int cancelled;

    private RecordingBlobStore(BlobStore next) {
        this.next = next;
    }

    /** Records the calls on their way to {@code next}, which it closes. */
    public static RecordingBlobStore over(BlobStore next) {
        return new RecordingBlobStore(next);
    }

    /** Records the calls to an empty {@link FakeBlobStore}. */
    public static RecordingBlobStore inMemory() {
        return over(new FakeBlobStore());
    }

    /** All calls so far, in the order they were made. */
    public synchronized List<BlobCall> calls() {
        return List.copyOf(calls);
    }

    /** The calls of one kind so far, in the order they were made. */
    public synchronized List<BlobCall> callsOf(BlobCall.Kind kind) {
        return calls.stream().filter(call -> call.kind() == kind).toList();
    }

    /** How many calls of one kind there were. */
    public int countOf(BlobCall.Kind kind) {
        return callsOf(kind).size();
    }

    /** How many calls are not answered yet. */
    public synchronized int underWayCount() {
        return underWay;
    }

    /** How many calls were cancelled before they were answered: whether a cancel reaches the backend. */
    public synchronized int cancelledCount() {
        return cancelled;
    }

    /** Forgets the calls and the cancels so far, not what is under way. */
    public synchronized void reset() {
        calls.clear();
        cancelled = 0;
    }

    @Override
    public Peek peek(StoreId store, BlobKey key) {
        return next.peek(store, key);
    }

    @Override
    public boolean answersOnIoThreads() {
        return next.answersOnIoThreads();
    }

    @Override
    public CompletableFuture<Optional<Blob>> get(StoreId store, BlobKey key, CallContext context) {
        begin(BlobCall.of(BlobCall.Kind.GET, store, key));
        return watched(next.get(store, key, context));
    }

    @Override
    public CompletableFuture<Optional<BlobInfo>> head(StoreId store, BlobKey key, CallContext context) {
        begin(BlobCall.of(BlobCall.Kind.HEAD, store, key));
        return watched(next.head(store, key, context));
    }

    @Override
    public CompletableFuture<PutResult> put(
            StoreId store, BlobKey key, BlobInfo info, Payload payload, CallContext context) {
        begin(BlobCall.of(BlobCall.Kind.PUT, store, key));
        return watched(next.put(store, key, info, payload, context));
    }

    @Override
    public CompletableFuture<Boolean> delete(StoreId store, BlobKey key, CallContext context) {
        begin(BlobCall.of(BlobCall.Kind.DELETE, store, key));
        return watched(next.delete(store, key, context));
    }

    /** Remembered as a {@link BlobCall.Kind#DELETE}. */
    @Override
    public CompletableFuture<Boolean> deleteVersion(StoreId store, BlobKey key, String version, CallContext context) {
        begin(BlobCall.of(BlobCall.Kind.DELETE, store, key));
        return watched(next.deleteVersion(store, key, version, context));
    }

    /** Remembered as a {@link BlobCall.Kind#DELETE}. */
    @Override
    public CompletableFuture<Boolean> deleteIfDamaged(StoreId store, BlobKey key, String version, CallContext context) {
        begin(BlobCall.of(BlobCall.Kind.DELETE, store, key));
        return watched(next.deleteIfDamaged(store, key, version, context));
    }

    @Override
    public CompletableFuture<BlobPage> list(StoreId store, KeyRange range, Optional<String> from, CallContext context) {
        begin(BlobCall.listing(store));
        return watched(next.list(store, range, from, context));
    }

    private synchronized void begin(BlobCall call) {
        calls.add(call);
        underWay++;
    }

    /** The same future, so that a cancel goes straight to the work. */
    private <T> CompletableFuture<T> watched(CompletableFuture<T> answer) {
        var unused = answer.whenComplete((value, failure) -> end(answer.isCancelled()));
        return answer;
    }

    private synchronized void end(boolean byCancel) {
        underWay--;
        if (byCancel) {
            cancelled++;
        }
    }

    @Override
    public void close() {
        next.close();
    }

    @Override
    public String toString() {
        return "RecordingBlobStore[" + next + "]";
    }
}
