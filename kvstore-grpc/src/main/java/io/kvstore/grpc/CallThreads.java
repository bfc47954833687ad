package io.kvstore.grpc;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** The threads on which messages are read, copied and handed on. */
final class CallThreads {

    private CallThreads() {}

    /**
     * A fixed pool of daemon threads. Its queue needs no limit of its own: it holds a few tasks per call; calls are limited per
     * connection, those cancelled and begun anew by {@link Transport}'s limit of resets, connections by {@link
     * GrpcServerBuilder#maxConnections}.
     */
    static ExecutorService newPool(String name, int threads) {
        AtomicInteger number = new AtomicInteger();
        return new ThreadPoolExecutor(
                threads,
                threads,
                0,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                task -> new CallThread(task, name + "-" + number.incrementAndGet()),
                // A task after the shutdown may be a claim to be closed: never dropped.
                (task, pool) -> task.run());
    }

    /** Whether the current thread is of such a pool, so that work for it may go on where it is. */
    static boolean isCurrent() {
        return Thread.currentThread() instanceof CallThread;
    }

    private static final class CallThread extends Thread {
        CallThread(Runnable task, String name) {
            super(task, name);
            setDaemon(true);
        }
    }

    /** One daemon thread for what happens at times; its tasks must be short. */
    static ScheduledExecutorService newTimer(String name) {
        return Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, name);
            thread.setDaemon(true);
            return thread;
        });
    }
}
