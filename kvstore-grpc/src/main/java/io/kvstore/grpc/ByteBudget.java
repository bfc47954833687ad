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

/**
 * Bounds the payload bytes in one direction, for the whole server and for each tenant in it.
 *
 * <p>A tenant is let in while what it has in flight is no more than what is left free for all, counted after it came in:
 * alone it gets half; greedy ones that take turns get equal parts, and as much is left for one more. Its first is let in beyond
 * that share too. Nothing is taken back: greedy ones that come one after another and give nothing back leave half as much each
 * time, so that after about six there is no room until calls that do not move end. What is given back then goes to those who hold
 * nothing first, and the queue has room of its own for them.
 *
 * <p>A tenant at its share waits without holding up others; among tenants with room the first come is the first served, large
 * or small, so that large ones do not starve; but whoever has nothing in flight passes those for whom there is no room.
 * Something larger than a limit is let in alone: when nothing of its tenant, or of the server, is in flight.
 *
 * <p>Where so many tenants hold something that one who holds nothing waits all the same, the budget {@link #isStarved}, and
 * calls that do not move end sooner ({@link Patience}).
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
    private final Map<String, Long> waitingByTenant = new HashMap<>();
    private final Deque<Waiter> waiters = new ArrayDeque<>();
    private long usedBytes;
    private long waitingBytes;

    /** Whether somebody waits who holds nothing; as of the last look at those who wait. */
    private volatile boolean starved;

    /**
     * A budget.
     *
     * @param maxBytes of all tenants together
     * @param maxTenantBytes of each at most, however much is free
     * @param maxWaitingBytes of those who wait, at most half of it of one tenant, and half as much again of such as hold nothing;
     *     beyond it {@link #acquire} refuses, but one waiter is always let in
     */
    ByteBudget(long maxBytes, long maxTenantBytes, long maxWaitingBytes) {
        this.maxBytes = maxBytes;
        this.maxTenantBytes = maxTenantBytes;
        this.maxWaitingBytes = maxWaitingBytes;
    }

    /**
     * Asks for bytes. The future completes when there is room; cancelling it, or completing it with a failure, gives the place
     * in the queue up. Fails with {@link Reason#RESOURCE_EXHAUSTED} and a retry delay when there is no room and too much waits
     * already.
     */
    CompletableFuture<Permit> acquire(String tenant, long bytes) {
        Waiter waiter = new Waiter(tenant, bytes);
        List<Admission> admitted;
        boolean refused;
        synchronized (this) {
            waiters.add(waiter);
            countWaiting(tenant, bytes);
            admitted = admissible();
            refused = tooMuchWaits(tenant, bytes) && waiters.remove(waiter);
            if (refused) {
                countWaiting(tenant, -bytes);
            }
        }
        hand(admitted);
        return refused ? CompletableFuture.failedFuture(exhausted()) : waiter;
    }

    private void countWaiting(String tenant, long bytes) {
        waitingBytes += bytes;
        waitingByTenant.merge(tenant, bytes, (before, more) -> before + more == 0 ? null : before + more);
    }

    private boolean tooMuchWaits(String tenant, long bytes) {
        long ofTenant = waitingByTenant.getOrDefault(tenant, 0L);
        boolean isNewcomer = ofTenant == bytes && !usedByTenant.containsKey(tenant);
        long limit = isNewcomer ? maxWaitingBytes + maxWaitingBytes / 2 : maxWaitingBytes;
        return (waitingBytes > bytes && waitingBytes > limit) || (ofTenant > bytes && ofTenant > maxWaitingBytes / 2);
    }

    /** Takes bytes that are there already, whatever the limits say: what is in memory is counted. */
    synchronized Permit force(String tenant, long bytes) {
        return take(tenant, bytes);
    }

    /** Whether more is in flight than the server's limit allows; one message alone never is too much. */
    synchronized boolean isOverdrawn(long ownBytes) {
        return usedBytes > maxBytes && usedBytes > ownBytes;
    }

    /** Whether even small messages are too much: beyond the limit there is a quarter of it for them. */
    synchronized boolean isOverdrawnBySmall(long ownBytes) {
        return usedBytes - maxBytes > maxBytes / 4 && usedBytes > ownBytes;
    }

    /** Whether less than a quarter is free. */
    synchronized boolean isScarce() {
        return usedBytes > maxBytes - maxBytes / 4;
    }

    /** Whether more of the tenant is in flight than it may ever have; one message alone never is too much. */
    synchronized boolean isOverdrawn(String tenant, long ownBytes) {
        return isOverdrawn(tenant, ownBytes, maxTenantBytes);
    }

    private boolean isOverdrawn(String tenant, long ownBytes, long limit) {
        long used = usedByTenant.getOrDefault(tenant, 0L);
        return !tenant.equals(NO_TENANT) && used > limit && used > ownBytes;
    }

    private boolean isBeyondShare(String tenant, long ofTenant, long ofAll) {
        return !tenant.equals(NO_TENANT) && ofTenant > Math.min(maxTenantBytes, maxBytes - ofAll);
    }

    /** Whether somebody who holds nothing waits for room. Takes no lock. */
    boolean isStarved() {
        return starved;
    }

    synchronized long usedBytes() {
        return usedBytes;
    }

    static KVStoreException exhausted() {
        return exhausted("too many payload bytes in flight; retry later");
    }

    static KVStoreException exhausted(String message) {
        return new KVStoreException(Reason.RESOURCE_EXHAUSTED, message, RETRY_AFTER, null);
    }

    private Permit take(String tenant, long bytes) {
        count(tenant, bytes);
        return new Permit(this, tenant, bytes);
    }

    private void count(String tenant, long bytes) {
        if (bytes != 0) {
            usedBytes += bytes;
            usedByTenant.merge(tenant, bytes, (before, more) -> before + more == 0 ? null : before + more);
        }
    }

    private void resize(Permit permit, long bytes, boolean last) {
        List<Admission> admitted = List.of();
        synchronized (this) {
            if (permit.closed) {
                return;
            }
            long more = bytes - permit.bytes;
            permit.bytes = bytes;
            permit.closed = last;
            count(permit.tenant, more);
            if (more < 0 && !waiters.isEmpty()) {
                admitted = admissible();
            }
        }
        hand(admitted);
    }

    private static void hand(List<Admission> admitted) {
        for (Admission admission : admitted) {
            // A waiter that gave up meanwhile gives the bytes back, which may admit others.
            if (!admission.waiter.complete(admission.permit)) {
                admission.permit.close();
            }
        }
    }

    // Guarded by this.
    private List<Admission> admissible() {
        List<Admission> admitted = new ArrayList<>();
        boolean newcomerWaits = false;
        boolean heldUp = starved && !admitNewcomers(admitted);
        Iterator<Waiter> queue = waiters.iterator();
        while (queue.hasNext()) {
            Waiter waiter = queue.next();
            long used = usedByTenant.getOrDefault(waiter.tenant, 0L);
            if (used > 0 && isBeyondShare(waiter.tenant, used + waiter.bytes, usedBytes + waiter.bytes)) {
                continue;
            }
            if (!hasRoom(waiter) || (heldUp && used > 0)) {
                heldUp = true;
                newcomerWaits |= used == 0;
                continue;
            }
            queue.remove();
            admit(waiter, admitted);
        }
        starved = newcomerWaits;
        return admitted;
    }

    /**
     * Lets in who holds nothing, one after the other, before all who hold something, wherever in the queue they are: else these
     * take what is given back, and who comes last gets none of it. False when there is no room for the next of them.
     */
    private boolean admitNewcomers(List<Admission> admitted) {
        Iterator<Waiter> queue = waiters.iterator();
        while (queue.hasNext()) {
            Waiter waiter = queue.next();
            if (usedByTenant.containsKey(waiter.tenant)) {
                continue;
            }
            if (!hasRoom(waiter)) {
                return false;
            }
            queue.remove();
            admit(waiter, admitted);
        }
        return true;
    }

    private boolean hasRoom(Waiter waiter) {
        return usedBytes == 0 || usedBytes + waiter.bytes <= maxBytes;
    }

    private void admit(Waiter waiter, List<Admission> admitted) {
        countWaiting(waiter.tenant, -waiter.bytes);
        admitted.add(new Admission(waiter, take(waiter.tenant, waiter.bytes)));
    }

    private void forget(Waiter waiter) {
        List<Admission> admitted;
        synchronized (this) {
            if (!waiters.remove(waiter)) {
                return;
            }
            countWaiting(waiter.tenant, -waiter.bytes);
            admitted = admissible();
        }
        hand(admitted);
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

        @Override
        public boolean completeExceptionally(Throwable failure) {
            boolean completed = super.completeExceptionally(failure);
            forget(this);
            return completed;
        }
    }

    /** Bytes that count against the budget until they are given back. Closing again does nothing. */
    static final class Permit implements AutoCloseable {

        private final ByteBudget budget;
        private final String tenant;

        // Both guarded by the budget.
        private long bytes;
        private boolean closed;

        private Permit(ByteBudget budget, String tenant, long bytes) {
            this.budget = budget;
            this.tenant = tenant;
            this.bytes = bytes;
        }

        long bytes() {
            synchronized (budget) {
                return bytes;
            }
        }

        /**
         * Whether these bytes have grown to too many, for the server or, by half as much again as it may have, for the tenant: what
         * was let in at the limit may grow a little. Alone they never are.
         */
        boolean isOverdrawn() {
            synchronized (budget) {
                long limit = budget.maxTenantBytes + budget.maxTenantBytes / 2;
                return budget.isOverdrawn(bytes) || budget.isOverdrawn(tenant, bytes, limit);
            }
        }

        /** Whether the tenant has more than its share, or all have more than there is. */
        boolean isBeyondShare() {
            synchronized (budget) {
                long used = budget.usedByTenant.getOrDefault(tenant, 0L);
                return budget.isOverdrawn(bytes) || budget.isBeyondShare(tenant, used, budget.usedBytes);
            }
        }

        /** Counts this many from now on, whatever the limits say; nothing when closed. */
        void resize(long newBytes) {
            budget.resize(this, newBytes, false);
        }

        @Override
        public void close() {
            budget.resize(this, 0, true);
        }
    }
}
