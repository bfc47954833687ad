package io.kvstore.core;

import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/**
 * Threads that tenants share, one piece of work of each who waits a round: however much one has brought, another's next piece
 * waits for one of it. What is of one tenant begins in the order in which it came.
 *
 * <p>The executor is asked to run as many pieces as were brought, and each time runs the one whose turn it is. As much may
 * wait as calls under way bring, which are counted elsewhere ({@link CallGate}, {@link Admission}).
 *
 * <p>Threading: one lock, held for two map operations.
 */
final class FairWorkers implements Workers {

    private record Piece(Runnable work, Runnable otherwise) {}

    private final Executor threads;

    // Guarded by this; in the order of their turns, no entry for who has nothing.
    private final LinkedHashMap<String, ArrayDeque<Piece>> waiting = new LinkedHashMap<>();

    /** @param threads first come, first served, as pools are; stays the caller's to shut down */
    FairWorkers(Executor threads) {
        this.threads = threads;
    }

    @Override
    public void run(String tenant, Runnable work, Runnable otherwise) {
        add(tenant, new Piece(work, otherwise));
        try {
            threads.execute(this::runNext);
        } catch (RejectedExecutionException | OutOfMemoryError noThread) {
            take().otherwise().run(); // this piece, or the one that waits in its stead
        }
    }

    private synchronized void add(String tenant, Piece piece) {
        waiting.computeIfAbsent(tenant, name -> new ArrayDeque<>(1)).add(piece);
    }

    private void runNext() {
        take().work().run();
    }

    /** Never without one: as many are taken as were added. */
    private synchronized Piece take() {
        Iterator<Map.Entry<String, ArrayDeque<Piece>>> round =
                waiting.entrySet().iterator();
        Map.Entry<String, ArrayDeque<Piece>> first = round.next();
        String tenant = first.getKey();
        ArrayDeque<Piece> pieces = first.getValue();
        round.remove();
        Piece piece = pieces.remove();
        if (!pieces.isEmpty()) {
            waiting.put(tenant, pieces); // behind the others
        }
        return piece;
    }
}
