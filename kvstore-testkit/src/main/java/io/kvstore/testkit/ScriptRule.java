package io.kvstore.testkit;

import io.kvstore.api.KVStoreException;
import io.kvstore.api.Payload;
import io.kvstore.api.Reason;
import io.kvstore.api.StoreId;
import io.kvstore.spi.Blob;
import io.kvstore.spi.BlobKey;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * A sentence about calls of a {@link ScriptedBlobStore}: which ones, then what happens to them. It takes effect with the
 * verb.
 */
public final class ScriptRule {

    private final Script script;
    private final BlobCall.Kind kind;
    private final Predicate<BlobCall> which;
    private final long times;

    ScriptRule(Script script, BlobCall.Kind kind, long times) {
        this(script, kind, call -> call.kind() == kind, times);
    }

    private ScriptRule(Script script, BlobCall.Kind kind, Predicate<BlobCall> which, long times) {
        this.script = script;
        this.kind = kind;
        this.which = which;
        this.times = times;
    }

    /** Only calls for that key. */
    public ScriptRule of(BlobKey key) {
        Optional<BlobKey> wanted = Optional.of(key);
        return new ScriptRule(script, kind, which.and(call -> call.key().equals(wanted)), times);
    }

    /** Only calls in that store. */
    public ScriptRule in(StoreId store) {
        return new ScriptRule(script, kind, which.and(call -> call.store().equals(store)), times);
    }

    /** Only so many calls. */
    public ScriptRule times(int count) {
        return new ScriptRule(script, kind, which, count);
    }

    /** They fail and are not passed on. */
    public void fails(Reason reason) {
        fails(new KVStoreException(reason, "the test asked for this failure"));
    }

    /** They fail with {@code failure}, which may be none of kvstore's, and are not passed on. */
    public void fails(Throwable failure) {
        add(new Fault() {
            @Override
            public <T> CompletableFuture<T> answer(Supplier<CompletableFuture<T>> call) {
                return CompletableFuture.failedFuture(failure);
            }
        });
    }

    /** They are done, and then fail all the same: the answer was lost on its way. */
    public void areDoneAndFail(Reason reason) {
        KVStoreException failure = new KVStoreException(reason, "the test asked for this failure");
        add(new Fault() {
            @Override
            public <T> CompletableFuture<T> answer(Supplier<CompletableFuture<T>> call) {
                return call.get().thenCompose(value -> {
                    if (value instanceof Optional<?> got && got.isPresent() && got.get() instanceof Blob blob) {
                        blob.close();
                    }
                    return CompletableFuture.failedFuture(failure);
                });
            }
        });
    }

    /** They wait for {@link ScriptedBlobStore#releaseHeld()}, and are passed on then unless they were cancelled. */
    public void isHeld() {
        add(waitingIn(script.held));
    }

    /** They are never answered, not even when their time is spent: a storage that is frozen. */
    public void isNeverAnswered() {
        add(waitingIn(script.lost));
    }

    private static Fault waitingIn(HeldCalls place) {
        return new Fault() {
            @Override
            public <T> CompletableFuture<T> answer(Supplier<CompletableFuture<T>> call) {
                return place.hold(call);
            }
        };
    }

    /** Gets only: one bit in the middle of the payload is another, what travels with it is unchanged. */
    public void flipsABit() {
        addForBytes(bytes -> {
            if (bytes.length > 0) {
                bytes[bytes.length / 2] ^= 0x10;
            }
            return bytes;
        });
    }

    /** Gets only: the payload ends after {@code sizeBytes}, what travels with it is unchanged. */
    public void truncatesTo(int sizeBytes) {
        addForBytes(bytes -> Arrays.copyOf(bytes, Math.min(sizeBytes, bytes.length)));
    }

    /** Gets only: the payload is as long as it should be, and zeros from {@code sizeBytes} on. */
    public void zerosFrom(int sizeBytes) {
        addForBytes(bytes -> Arrays.copyOf(Arrays.copyOf(bytes, Math.min(sizeBytes, bytes.length)), bytes.length));
    }

    /** Gets only: there is nothing, as if it had been evicted. */
    public void findsNothing() {
        addForBlob(blob -> {
            blob.close();
            return Optional.empty();
        });
    }

    private void addForBytes(UnaryOperator<byte[]> change) {
        addForBlob(blob -> {
            try (blob) {
                byte[] changed = change.apply(blob.payload().toByteArray());
                return Optional.of(new Blob(blob.info(), Payload.wrap(changed), blob.tier(), blob.version()));
            }
        });
    }

    private void addForBlob(Function<Blob, Optional<Blob>> change) {
        if (kind != BlobCall.Kind.GET) {
            throw new IllegalArgumentException("kind: " + kind + " (expected: GET, which alone answers bytes)");
        }
        add(new Fault() {
            @Override
            public Optional<Blob> blob(Optional<Blob> blob) {
                return blob.flatMap(change);
            }
        });
    }

    private void add(Fault fault) {
        script.add(which, times, fault);
    }
}
