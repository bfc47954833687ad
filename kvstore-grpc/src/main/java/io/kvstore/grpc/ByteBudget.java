package io.kvstore.grpc;

import io.kvstore.api.KVStoreException;
import io.kvstore.api.Reason;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Bounds the payload bytes in one direction, for the whole server and for each tenant in it.
 *
 * <p>A tenant at its share waits without holding up others; among tenants with room the first come is the first served, large
 * or small, so that large ones do not starve. Something larger than a limit is let in alone: when nothing of its tenant,
 * or of the server, is in flight.
 *
 * <p>Threading: safe for many threads. Futures complete on the thread that gives bytes back.
 */
final class ByteBudget {

    /** Counts against the server alone: for bytes whose tenant is not known yet. */
    static final String NO_TENANT = "";

    private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

    private final long maxBytes;
    private final long maxTenantBytes;
    private final long maxWaitingBytes;
    private final Map<String, Long> usedByTenant = new HashMap<>();
    private final Deque<Waiter> waiters = new ArrayDeque<>();
    private long usedBytes;
    private long waitingBytes;

    /**
     * A budget.
     *
     * @param maxBytes of all tenants together
     * @param maxTenantBytes of each
     * @param maxWaitingBytes of those who wait; beyond it {@link #acquire} refuses, but one waiter is always let in
     */
    ByteBudget(long maxBytes, long maxTenantBytes, long maxWaitingBytes) {
        this.maxBytes = maxBytes;
        this.maxTenantBytes = maxTenantBytes;
        this.maxWaitingBytes = maxWaitingBytes;
    }

    /**
     * Asks for bytes. The future completes when there is room; cancelling it gives the place in the queue up. Fails with
     * {@link Reason#RESOURCE_EXHAUSTED} and a retry delay when too much waits already.
     */
    CompletableFuture<Permit> acquire(String tenant, long bytes) {
        Waiter waiter = new Waiter(tenant, bytes);
        synchronized (this) {
            if (waitingBytes > 0 && waitingBytes + bytes > maxWaitingBytes) {
                return CompletableFuture.failedFuture(exhausted());
            }
            waiters.add(waiter);
            waitingBytes += bytes;
        }
        admit();
        return waiter;
    }

    /** Takes bytes that are there already, whatever the limits say: what is in memory is counted. */
    synchronized Permit force(String tenant, long bytes) {
        return take(tenant, bytes);
    }

    /** Whether more is in flight than the server's limit allows; one message alone never is too much. */
    synchronized boolean isOverdrawn(long ownBytes) {
        return usedBytes > maxBytes && usedBytes > ownBytes;
    }

    /** Whether more of the tenant is in flight than its share; one message alone never is too much. */
    synchronized boolean isOverdrawn(String tenant, long ownBytes) {
        long used = usedByTenant.getOrDefault(tenant, 0L);
        return used > maxTenantBytes && used > ownBytes;
    }

    synchronized long usedBytes() {
        return usedBytes;
    }

    synchronized int waitingCount() {
        return waiters.size();
    }

    static KVStoreException exhausted() {
        return new KVStoreException(
                Reason.RESOURCE_EXHAUSTED, "too many payload bytes in flight; retry later", RETRY_AFTER, null);
    }

    private Permit take(String tenant, long bytes) {
        usedBytes += bytes;
        usedByTenant.merge(tenant, bytes, Long::sum);
        return new Permit(this, tenant, bytes);
    }

    private void giveBack(String tenant, long bytes) {
        synchronized (this) {
            usedBytes -= bytes;
            usedByTenant.computeIfPresent(tenant, (name, used) -> used == bytes ? null : used - bytes);
        }
        admit();
    }

    private void admit() {
        for (Admission admission : admissible()) {
            // A waiter that was cancelled meanwhile gives the bytes back, which may admit others.
            if (!admission.waiter.complete(admission.permit)) {
                admission.permit.close();
            }
        }
    }

    private synchronized List<Admission> admissible() {
        List<Admission> admitted = new ArrayList<>();
        Iterator<Waiter> queue = waiters.iterator();
        while (queue.hasNext()) {
            Waiter waiter = queue.next();
            if (!waiter.tenant.equals(NO_TENANT)
                    && !fits(usedByTenant.getOrDefault(waiter.tenant, 0L), waiter.bytes, maxTenantBytes)) {
                continue;
            }
            if (!fits(usedBytes, waiter.bytes, maxBytes)) {
                break;
            }
            queue.remove();
            waitingBytes -= waiter.bytes;
            admitted.add(new Admission(waiter, take(waiter.tenant, waiter.bytes)));
        }
        return admitted;
    }

    private static boolean fits(long used, long bytes, long limit) {
        return used == 0 || used + bytes <= limit;
    }

    private void forget(Waiter waiter) {
        synchronized (this) {
            if (waiters.remove(waiter)) {
                waitingBytes -= waiter.bytes;
            }
        }
        admit();
    }

    private record Admission(Waiter waiter, Permit permit) {}

    private final class Waiter extends CompletableFuture<Permit> {
        final String tenant;
        final long bytes;

        Waiter(String tenant, long bytes) {
            this.tenant = tenant;
            this.bytes = bytes;
        }

        @Override
        public boolean cancel(boolean mayInterruptIfRunning) {
            boolean cancelled = super.cancel(mayInterruptIfRunning);
            forget(this);
            return cancelled;
        }
    }

    /** Bytes that count against the budget until they are given back. Closing again does nothing. */
    static final class Permit implements AutoCloseable {

        private final ByteBudget budget;
        private final String tenant;
        private final long bytes;
        private final AtomicBoolean closed = new AtomicBoolean();

        private Permit(ByteBudget budget, String tenant, long bytes) {
            this.budget = budget;
            this.tenant = tenant;
            this.bytes = bytes;
        }

        long bytes() {
            return bytes;
        }

        @Override
        public void close() {
            if (closed.compareAndSet(false, true)) {
                budget.giveBack(tenant, bytes);
            }
        }
    }
}
