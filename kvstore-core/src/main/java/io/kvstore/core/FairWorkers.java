package io.kvstore.core;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Threads that tenants share, one piece of work of each who waits a round: however much one has brought, another's next
 * piece waits for one of it. What is of one tenant begins in the order in which it came, and no more of it runs at once
 * than leaves others a thread: what one has wait for a disk keeps nobody else waiting.
 *
 * <p>The executor is asked once for each piece that was brought, and runs the one whose turn it is. Where all that waits
 * is of tenants who may run no more it runs none, and is asked again when one of theirs ends. As much may wait as calls
 * under way bring, which are counted elsewhere ({@link CallGate}, {@link Admission}).
 *
 * <p>Threading: one lock, held for a few map operations.
 */
final class FairWorkers implements Workers {

    private record Piece(String tenant, Runnable work, Runnable otherwise) {}

    private final Executor threads;
    private final int maxOfTenant;

    // All below guarded by this; no entry for who has nothing.
    /** In the order of their turns. */
    private final LinkedHashMap<String, ArrayDeque<Piece>> waiting = new LinkedHashMap<>();

    private final Map<String, Integer> running = new HashMap<>();

    /** Pieces that the executor was asked for, and did not run: their tenants ran all they may. */
    private int passedOver;

    /** Of one tenant as many at once as there are threads. */
    FairWorkers(Executor threads) {
        this(threads, Integer.MAX_VALUE);
    }

    /**
     * Over these threads.
     *
     * @param threads first come, first served, as pools are; stays the caller's to shut down
     * @param maxOfTenant pieces of one tenant that run at once
     */
    FairWorkers(Executor threads, int maxOfTenant) {
        this.threads = threads;
        this.maxOfTenant = maxOfTenant;
    }

    @Override
    public void run(String tenant, Runnable work, Runnable otherwise) {
        synchronized (this) {
            waiting.computeIfAbsent(tenant, name -> new ArrayDeque<>(1)).add(new Piece(tenant, work, otherwise));
        }
        askForThread();
    }

    private void askForThread() {
        try {
            threads.execute(this::runNext);
        } catch (RejectedExecutionException | OutOfMemoryError noThread) {
            giveUp(withoutThread());
        }
    }

    /** Whatever comes of one, the others' callers hear; what it threw is thrown to who brought the last. */
    private static void giveUp(List<Piece> pieces) {
        RuntimeException failure = null;
        Error error = null;
        for (Piece piece : pieces) {
            try {
                piece.otherwise().run();
            } catch (RuntimeException e) {
                failure = e;
            } catch (Error e) {
                error = e;
            }
        }
        if (error != null) {
            throw error;
        }
        if (failure != null) {
            throw failure;
        }
    }

    private void runNext() {
        Piece next = begin();
        if (next == null) {
            return;
        }
        try {
            next.work().run();
        } finally {
            if (end(next)) {
                askForThread();
            }
        }
    }

    private synchronized @Nullable Piece begin() {
        for (String tenant : waiting.keySet()) {
            if (running.getOrDefault(tenant, 0) < maxOfTenant) { // false of as many as there are threads, at most
                running.merge(tenant, 1, Integer::sum);
                return take(tenant);
            }
        }
        passedOver++;
        return null;
    }

    /** Whether a thread is to be asked for, for one that was passed over. */
    private synchronized boolean end(Piece piece) {
        running.computeIfPresent(piece.tenant(), (name, count) -> count > 1 ? Integer.valueOf(count - 1) : null);
        boolean isDue = passedOver > 0;
        if (isDue) {
            passedOver--;
        }
        return isDue;
    }

    /** As many as nobody will run: the one that a thread was asked for just now, and those that were passed over. */
    private synchronized List<Piece> withoutThread() {
        List<Piece> left = new ArrayList<>();
        for (int count = passedOver + 1; count > 0; count--) {
            left.add(take(waiting.keySet().iterator().next()));
        }
        passedOver = 0;
        return left;
    }

    /** The next of a tenant, which goes behind the others. */
    private Piece take(String tenant) {
        ArrayDeque<Piece> pieces = waiting.remove(tenant);
        if (pieces == null) {
            throw new IllegalStateException(tenant + " has nothing that waits");
        }
        Piece piece = pieces.remove();
        if (!pieces.isEmpty()) {
            waiting.put(tenant, pieces);
        }
        return piece;
    }
}
