package io.kvstore.testkit;

import io.kvstore.api.KVStoreException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.IntFunction;
import java.util.function.Supplier;

/** Waits that end: a store that never answers fails a test instead of hanging it. */
final class Await {

    /** Far beyond what any call here takes, so that only a call that never ends runs into it. */
    static final long PATIENCE_SECONDS = 60;

    private Await() {}

    /** The value of {@code future}. */
    static <T> T get(Future<T> future) {
        try {
            return future.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException | CancellationException e) {
            throw new AssertionError("expected: an answer, came: " + KVStoreException.of(e), e);
        } catch (TimeoutException e) {
            throw new AssertionError("no answer within " + PATIENCE_SECONDS + " s", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }

    /** What fails {@code call}: its future, or the making of a value that goes with the call. */
    static KVStoreException failureOf(Supplier<? extends Future<?>> call) {
        Future<?> future;
        try {
            future = call.get();
        } catch (KVStoreException e) {
            return e;
        }
        try {
            Object answer = future.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            throw new AssertionError("expected: a failure, came: " + answer);
        } catch (ExecutionException | CancellationException e) {
            return KVStoreException.of(e);
        } catch (TimeoutException e) {
            throw new AssertionError("no answer within " + PATIENCE_SECONDS + " s", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }

    /** Runs {@code work} on {@code threads} threads that start together; its answers in order of their index. */
    static <T> List<T> atOnce(int threads, IntFunction<T> work) {
        ExecutorService crowd = Executors.newFixedThreadPool(threads);
        try {
            CountDownLatch ready = new CountDownLatch(threads);
            List<Future<T>> running = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                int index = i;
                running.add(crowd.submit(() -> {
                    ready.countDown();
                    ready.await();
                    return work.apply(index);
                }));
            }
            List<T> answers = new ArrayList<>();
            for (Future<T> one : running) {
                answers.add(get(one));
            }
            return answers;
        } finally {
            crowd.shutdownNow();
        }
    }
}
