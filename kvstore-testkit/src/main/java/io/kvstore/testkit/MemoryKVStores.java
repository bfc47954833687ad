package io.kvstore.testkit;

import io.kvstore.api.CallOptions;
import io.kvstore.api.KVStore;
import io.kvstore.api.KVStoreException;
import io.kvstore.api.KVStores;
import io.kvstore.api.ReadQuestion;
import io.kvstore.api.ReadResult;
import io.kvstore.api.Reason;
import io.kvstore.api.StoreId;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A {@link KVStores} in maps: the fake for tests of code that uses kvstore, and the plainest reading of its contract. Passes
 * {@link KVStoreContract}. Every resource and container exists; what is stored is never evicted and lives until {@link
 * #close()}.
 *
 * <p>Calls are answered at once, on the calling thread, unless the test says otherwise:
 *
 * <ul>
 *   <li>{@link #failNext(Reason)} fails the next call;
 *   <li>{@link #hold()} leaves calls unanswered until {@link #release()}. A held call still ends when its timeout passes
 *       (30 s by default) or when it is cancelled. A held write is not stored before it is released.
 * </ul>
 *
 * <p>Threading: safe for many threads. Payloads are not copied: a claim on what was written is kept, and shared with those
 * who read.
 */
public final class MemoryKVStores implements KVStores {

    private static final long DEFAULT_TIMEOUT_NANOS = TimeUnit.SECONDS.toNanos(30);

    private final StoredChunks chunks = new StoredChunks();
    private final Deque<Reason> failures = new ArrayDeque<>();
    private final List<Runnable> heldCalls = new ArrayList<>();
    private boolean holding;
    private boolean closed;

    /** Fails the next call, or the next item of an ordered read, with {@code reason}. Several add up, in order. */
    public synchronized void failNext(Reason reason) {
        failures.add(reason);
    }

    /** From now on calls are taken and not answered. */
    public synchronized void hold() {
        holding = true;
    }

    /** Answers the calls that were held, in the order they were made, and from now on each at once. */
    public void release() {
        List<Runnable> released;
        synchronized (this) {
            holding = false;
            released = List.copyOf(heldCalls);
            heldCalls.clear();
        }
        released.forEach(Runnable::run);
    }

    /** How many calls are held now, those that timed out or were cancelled meanwhile included. */
    public synchronized int heldCount() {
        return heldCalls.size();
    }

    @Override
    public KVStore store(StoreId id) {
        return new MemoryKVStore(this, chunks, id);
    }

    @Override
    public Flow.Publisher<ReadResult> readAll(Flow.Publisher<ReadQuestion> questions, CallOptions options) {
        return new OrderedAnswers(questions, this::answer, options);
    }

    private CompletableFuture<ReadResult> answer(ReadQuestion question) {
        return call(
                CallOptions.DEFAULT,
                () -> chunks.read(new StoreId(question.resource(), question.container()), question.location()));
    }

    /** Does {@code work} now or when released, unless the call ends before. */
    <T> CompletableFuture<T> call(CallOptions options, Supplier<T> work) {
        CompletableFuture<T> answer = new CompletableFuture<>();
        long timeoutNanos = options.timeout().map(Timeouts::nanos).orElse(DEFAULT_TIMEOUT_NANOS);
        if (timeoutNanos <= 0) {
            answer.completeExceptionally(Timeouts.failure());
            return answer;
        }
        synchronized (this) {
            KVStoreException refusal = refusal();
            if (refusal != null) {
                answer.completeExceptionally(refusal);
                return answer;
            }
            if (holding) {
                heldCalls.add(() -> settle(answer, work));
                Timeouts.failAfter(answer, timeoutNanos);
                return answer;
            }
        }
        settle(answer, work);
        return answer;
    }

    private synchronized @Nullable KVStoreException refusal() {
        if (closed) {
            return new KVStoreException(Reason.UNAVAILABLE, "the stores are closed");
        }
        Reason scripted = failures.poll();
        return scripted == null ? null : new KVStoreException(scripted, "the test asked for this failure");
    }

    private <T> void settle(CompletableFuture<T> answer, Supplier<T> work) {
        if (answer.isDone()) {
            return;
        }
        try {
            T value = work.get();
            if (!answer.complete(value) && value instanceof ReadResult late) {
                late.close();
            }
        } catch (RuntimeException e) {
            answer.completeExceptionally(KVStoreException.of(e));
        }
    }

    /** Fails the held calls with {@link Reason#UNAVAILABLE} and closes every stored payload. */
    @Override
    public void close() {
        synchronized (this) {
            closed = true;
        }
        chunks.close();
        release();
    }
}
