package io.kvstore.testkit;

import io.kvstore.api.KVStoreException;
import io.kvstore.api.Payload;
import io.kvstore.api.Reason;
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
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * A {@link BlobStore} whose calls go wrong as a test says:
 *
 * <pre>{@code
 * ScriptedBlobStore backend = ScriptedBlobStore.inMemory();
 * backend.next(BlobCall.Kind.PUT).fails(Reason.UNAVAILABLE);
 * backend.every(BlobCall.Kind.GET).of(key).flipsABit();
 * backend.every(BlobCall.Kind.HEAD).isHeld();     // until backend.releaseHeld()
 * }</pre>
 *
 * <p>What is not scripted is passed on as it is. Of several rules for a call the one given last applies; a rule for the next
 * call is used up by it.
 *
 * <p>Threading: safe for many threads.
 */
public final class ScriptedBlobStore implements BlobStore {

    private final BlobStore next;
    private final boolean remote;
    private final HeldCalls held = new HeldCalls();
    private final HeldCalls lost = new HeldCalls();
    private final Script script = new Script(held, lost);

    private ScriptedBlobStore(BlobStore next, boolean remote) {
        this.next = next;
        this.remote = remote;
    }

    /** Scripts the calls on their way to {@code next}, which it closes. */
    public static ScriptedBlobStore over(BlobStore next) {
        return new ScriptedBlobStore(next, false);
    }

    /** Scripts the calls to an empty {@link FakeBlobStore}. */
    public static ScriptedBlobStore inMemory() {
        return over(new FakeBlobStore());
    }

    /** As {@link #inMemory()}, with a memory that knows nothing: peeks are UNKNOWN and no store is known, as of a backend far
     * away. */
    public static ScriptedBlobStore farAway() {
        return new ScriptedBlobStore(new FakeBlobStore(), true);
    }

    /** Says what happens to the next call of that kind. */
    public ScriptRule next(BlobCall.Kind kind) {
        return new ScriptRule(script, kind, 1);
    }

    /** Says what happens to all calls of that kind from now on. */
    public ScriptRule every(BlobCall.Kind kind) {
        return new ScriptRule(script, kind, Long.MAX_VALUE);
    }

    /** Drops all rules; what is held stays held. */
    public void heal() {
        script.clear();
    }

    /** How many calls are held now. */
    public int heldCount() {
        return held.count();
    }

    /** Passes on the calls that are held now, in the order they were made. Rules that hold stay. */
    public void releaseHeld() {
        held.releaseAll();
    }

    /** Passes on the call that is held longest; false when none is. */
    public boolean releaseOne() {
        return held.releaseOne();
    }

    @Override
    public Peek peek(StoreId store, BlobKey key) {
        return remote ? Peek.UNKNOWN : next.peek(store, key);
    }

    @Override
    public CompletableFuture<Optional<Blob>> get(StoreId store, BlobKey key, CallContext context) {
        Optional<Fault> fault = script.take(BlobCall.of(BlobCall.Kind.GET, store, key));
        if (fault.isEmpty()) {
            return next.get(store, key, context);
        }
        return fault.get().answer(() -> mapped(next.get(store, key, context), fault.get()));
    }

    /** The answer with its bytes changed; its cancel reaches the work. */
    private static CompletableFuture<Optional<Blob>> mapped(CompletableFuture<Optional<Blob>> got, Fault fault) {
        CompletableFuture<Optional<Blob>> answer = new CompletableFuture<>();
        var unused = got.whenComplete((blob, failure) -> {
            if (failure != null) {
                answer.completeExceptionally(failure);
                return;
            }
            Optional<Blob> changed = fault.blob(blob);
            if (!answer.complete(changed)) {
                changed.ifPresent(Blob::close);
            }
        });
        var unusedToo = answer.whenComplete((blob, failure) -> got.cancel(true));
        return answer;
    }

    @Override
    public CompletableFuture<Optional<BlobInfo>> head(StoreId store, BlobKey key, CallContext context) {
        return scripted(BlobCall.of(BlobCall.Kind.HEAD, store, key), () -> next.head(store, key, context));
    }

    @Override
    public CompletableFuture<PutResult> put(
            StoreId store, BlobKey key, BlobInfo info, Payload payload, CallContext context) {
        Optional<Payload> own = payload.shareIfOpen();
        if (own.isEmpty()) {
            return next.put(store, key, info, payload, context);
        }
        CompletableFuture<PutResult> answer = scripted(
                BlobCall.of(BlobCall.Kind.PUT, store, key), () -> next.put(store, key, info, own.get(), context));
        // A held put needs the bytes until it is passed on.
        var unused = answer.whenComplete((stored, failure) -> own.get().close());
        return answer;
    }

    @Override
    public CompletableFuture<Boolean> delete(StoreId store, BlobKey key, CallContext context) {
        return scripted(BlobCall.of(BlobCall.Kind.DELETE, store, key), () -> next.delete(store, key, context));
    }

    /** A {@link BlobCall.Kind#DELETE}, as to scripts. */
    @Override
    public CompletableFuture<Boolean> deleteVersion(StoreId store, BlobKey key, String version, CallContext context) {
        return scripted(
                BlobCall.of(BlobCall.Kind.DELETE, store, key), () -> next.deleteVersion(store, key, version, context));
    }

    /** A {@link BlobCall.Kind#DELETE}, as to scripts. */
    @Override
    public CompletableFuture<Boolean> deleteIfDamaged(StoreId store, BlobKey key, String version, CallContext context) {
        return scripted(
                BlobCall.of(BlobCall.Kind.DELETE, store, key),
                () -> next.deleteIfDamaged(store, key, version, context));
    }

    @Override
    public CompletableFuture<BlobPage> list(StoreId store, KeyRange range, Optional<String> from, CallContext context) {
        return scripted(BlobCall.listing(store), () -> next.list(store, range, from, context));
    }

    private <T> CompletableFuture<T> scripted(BlobCall call, Supplier<CompletableFuture<T>> passOn) {
        return script.take(call).map(fault -> fault.answer(passOn)).orElseGet(passOn);
    }

    /** Fails what is held or was never to be answered with {@link Reason#UNAVAILABLE}, then closes what is beneath. */
    @Override
    public void close() {
        KVStoreException closed = new KVStoreException(Reason.UNAVAILABLE, "the blob store is closed");
        held.failAll(closed);
        lost.failAll(closed);
        next.close();
    }

    @Override
    public String toString() {
        return "ScriptedBlobStore[" + next + "]";
    }
}
