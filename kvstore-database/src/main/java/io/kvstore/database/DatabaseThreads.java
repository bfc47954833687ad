package io.kvstore.database;

import io.kvstore.api.KVStoreException;
import io.kvstore.api.Reason;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Where the database is asked: a few threads, a bounded queue in front of them. Foreign errors are translated here. */
final class DatabaseThreads implements AutoCloseable {

    static final int THREADS = 4;

    /** More than all names that are asked for at once. */
    private static final int MAX_WAITING = 2_048;

    private static final Duration RETRY = Duration.ofSeconds(1);

    private final ResourceDatabase database;
    private final ThreadPoolExecutor threads;

    DatabaseThreads(ResourceDatabase database) {
        this.database = database;
        AtomicInteger number = new AtomicInteger();
        this.threads = new ThreadPoolExecutor(
                THREADS, THREADS, 1, TimeUnit.MINUTES, new ArrayBlockingQueue<>(MAX_WAITING), task -> {
                    Thread thread = new Thread(task, "kvstore-database-" + number.incrementAndGet());
                    thread.setDaemon(true);
                    return thread;
                });
    }

    <T> CompletableFuture<Optional<T>> ask(ResourceDatabase.Work<Optional<T>> work) {
        CompletableFuture<Optional<T>> answer = new CompletableFuture<>();
        try {
            threads.execute(() -> run(work, answer));
        } catch (RejectedExecutionException e) {
            answer.completeExceptionally(unavailable(e));
        }
        return answer;
    }

    private <T> void run(ResourceDatabase.Work<Optional<T>> work, CompletableFuture<Optional<T>> answer) {
        if (answer.isDone()) {
            return; // nobody waits any more
        }
        try {
            answer.complete(database.transaction(work));
        } catch (SQLException e) {
            answer.completeExceptionally(unavailable(e));
        } catch (RuntimeException e) {
            // What somebody wrote into the tables by hand: how is for the log, not for clients.
            answer.completeExceptionally(
                    new KVStoreException(Reason.UNAVAILABLE, "what the database of resources says cannot be used", e));
        }
    }

    private static KVStoreException unavailable(Throwable cause) {
        return new KVStoreException(Reason.UNAVAILABLE, "the database of resources cannot be asked", RETRY, cause);
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
