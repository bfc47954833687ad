package io.kvstore.testkit;

import io.kvstore.api.KVStoreException;
import io.kvstore.spi.Blob;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Calls that were made and not passed on yet. */
final class HeldCalls {

    private final List<Held<?>> held = new ArrayList<>();
    private @Nullable KVStoreException refusal;

    /** Makes {@code call} when released; a call cancelled before is never made. */
    synchronized <T> CompletableFuture<T> hold(Supplier<CompletableFuture<T>> call) {
        KVStoreException closed = refusal;
        if (closed != null) {
            return CompletableFuture.failedFuture(closed);
        }
        Held<T> one = new Held<>(call, new CompletableFuture<>());
        held.add(one);
        return one.answer;
    }

    /** How many calls wait, cancelled ones not counted. */
    synchronized int count() {
        return (int) held.stream().filter(one -> !one.answer.isDone()).count();
    }

    void releaseAll() {
        take(Integer.MAX_VALUE, null).forEach(Held::release);
    }

    /** Releases the call that waits longest; false when none does. */
    boolean releaseOne() {
        List<Held<?>> first = take(1, null);
        first.forEach(Held::release);
        return !first.isEmpty();
    }

    /** Fails the calls that wait, and all later ones. */
    void failAll(KVStoreException failure) {
        take(Integer.MAX_VALUE, failure).forEach(one -> one.answer.completeExceptionally(failure));
    }

    private synchronized List<Held<?>> take(int most, @Nullable KVStoreException refuseLater) {
        if (refuseLater != null) {
            refusal = refuseLater;
        }
        held.removeIf(one -> one.answer.isDone());
        List<Held<?>> oldest = held.subList(0, Math.min(most, held.size()));
        List<Held<?>> taken = List.copyOf(oldest);
        oldest.clear();
        return taken;
    }

    private record Held<T>(Supplier<CompletableFuture<T>> call, CompletableFuture<T> answer) {

        void release() {
            CompletableFuture<T> made = call.get();
            Consumer<T> deliver = value -> {
                if (!answer.complete(value) && value instanceof Optional<?> late) {
                    late.filter(Blob.class::isInstance).map(Blob.class::cast).ifPresent(Blob::close);
                }
            };
            var unused = made.whenComplete((value, failure) -> {
                if (failure == null) {
                    deliver.accept(value);
                } else {
                    answer.completeExceptionally(failure);
                }
            });
            var unusedToo = answer.whenComplete((value, failure) -> made.cancel(true));
        }
    }
}
