package io.kvstore.core;

import java.util.concurrent.Executor;

/**
 * Where work goes that must not hold up the thread that brings it: a thread that carries the bytes of all, or the timer
 * that ends everybody's calls.
 */
interface Workers {

    /** For what is of no tenant: it has a place in the round, as a tenant has. No resource is called so. */
    String NOBODY = "";

    /** For calls that were refused late: of names that somebody may have made up, who together have one place. */
    String REFUSED = "?";

    /** For the start of calls that were let in: behind no upkeep, and behind no refusals. */
    String ADMITTED = "!";

    /** Here and now, where the thread that brings the work may do it. */
    Workers IN_PLACE = (tenant, work, otherwise) -> work.run();

    /**
     * Runs {@code work} when it is that tenant's turn.
     *
     * @param otherwise run instead, on this thread or another that brings work, where no worker takes it: a store that
     *     is closed
     */
    void run(String tenant, Runnable work, Runnable otherwise);

    /** Runs {@code work} when it is that tenant's turn; where no worker takes it, on a thread that brings work. */
    default void run(String tenant, Runnable work) {
        run(tenant, work, work);
    }

    /** For upkeep of what all tenants share. */
    default Executor upkeep() {
        return work -> run(NOBODY, work);
    }
}
