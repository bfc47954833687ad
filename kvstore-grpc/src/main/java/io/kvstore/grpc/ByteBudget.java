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

    /** Who has no more than this part of all is not refused for what others hold: it is as good as nothing. */
    private static final int LARGE_SHARE = 16;

    private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

    private final long maxBytes;
    private final long maxTenantBytes;
    private final long maxWaitingBytes;
    private final Map<String, TenantBytes> tenants = new HashMap<>();
    private final Deque<Waiter> waiters = new ArrayDeque<>();
    private long usedBytes;
    private long waitingBytes;

    /** Nobody who waits asks for less. */
    private long leastWaitingBytes = Long.MAX_VALUE;

    /** Tenants that wait and hold nothing. */
    private int newcomers;

    /** How often those who wait were looked through. */
    private long looks;

    /** Whether somebody waits who holds nothing; as of the last look at those who wait. */
    private volatile boolean starved;

    /**
     * A budget.
     *
     * @param maxBytes of all tenants together
     * @param maxTenantBytes of each at most, however much is free
     * @param maxWaitingBytes of those who wait: one tenant has no more of it than is left free for others, as of what is
     *     in flight. Beyond it there is half as much for tenants that wait for little, and again for such as wait with one
     *     alone; {@link #acquire} refuses the others, but one waiter is always let in
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
        Waiter waiter;
        List<Admission> admitted;
        boolean refused;
        synchronized (this) {
            waiter = new Waiter(tenant(tenant), bytes);
            waiters.add(waiter);
            countWaiting(waiter, 1);
            admitted = admissible();
            refused = tooMuchWaits(waiter) && waiters.remove(waiter);
            if (refused) {
                countWaiting(waiter, -1);
            }
        }
        hand(admitted);
        return refused ? CompletableFuture.failedFuture(exhausted()) : waiter;
    }

    private TenantBytes tenant(String name) {
        return tenants.computeIfAbsent(name, TenantBytes::new);
    }

    /** Counts one who waits, or, with -1, who waits no longer. */
    private void countWaiting(Waiter waiter, int one) {
        TenantBytes tenant = waiter.tenant;
        waitingBytes += one * waiter.bytes;
        leastWaitingBytes = waiters.isEmpty() ? Long.MAX_VALUE : Math.min(leastWaitingBytes, waiter.bytes);
        newcomers -= tenant.isNewcomer() ? 1 : 0;
        tenant.waiters += one;
        tenant.waitingBytes += one * waiter.bytes;
        tenant.leastWaitingBytes = Math.min(tenant.leastWaitingBytes, waiter.bytes);
        newcomers += tenant.isNewcomer() ? 1 : 0;
        forgetIfIdle(tenant);
    }

    private void forgetIfIdle(TenantBytes tenant) {
        if (tenant.usedBytes == 0 && tenant.waiters == 0) {
            tenants.remove(tenant.name);
        }
    }

    private boolean tooMuchWaits(Waiter waiter) {
        long ofTenant = waiter.tenant.waitingBytes;
        if (ofTenant == waiter.bytes) {
            return waitingBytes > waiter.bytes && waitingBytes > 2 * maxWaitingBytes;
        }
        if (ofTenant <= maxWaitingBytes / LARGE_SHARE) {
            return waitingBytes > maxWaitingBytes + maxWaitingBytes / 2;
        }
        return ofTenant > Math.min(maxWaitingBytes / 2, maxWaitingBytes - waitingBytes);
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

    /** Whether the tenant has so much that others would have a use for it. */
    private boolean isLarge(String tenant) {
        return usedBy(tenant) > maxBytes / LARGE_SHARE;
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
        long used = usedBy(tenant);
        return !tenant.equals(NO_TENANT) && used > limit && used > ownBytes;
    }

    private long usedBy(String tenant) {
        TenantBytes known = tenants.get(tenant);
        return known == null ? 0 : known.usedBytes;
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
            TenantBytes counted = tenant(tenant);
            usedBytes += bytes;
            newcomers -= counted.isNewcomer() ? 1 : 0;
            counted.usedBytes += bytes;
            newcomers += counted.isNewcomer() ? 1 : 0;
            forgetIfIdle(counted);
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

    /**
     * Whom what is free lets in. Of a tenant of which not even the least would be, none is looked at any more, and
     * nobody once not even the least of all has room: looking at 10,000 that wait, at each give-back and under the
     * lock, took 67 us.
     */
    // Guarded by this.
    private List<Admission> admissible() {
        List<Admission> admitted = new ArrayList<>();
        if (starved && !admitNewcomers(admitted)) {
            return admitted;
        }
        boolean heldUp = false;
        looks++;
        long least = Long.MAX_VALUE;
        int left = waiters.size();
        Iterator<Waiter> queue = waiters.iterator();
        while (left > 0 && hasRoom(leastWaitingBytes)) {
            Waiter waiter = queue.next();
            TenantBytes tenant = waiter.tenant;
            if (!tenant.isLookedAt(looks)) {
                continue;
            }
            left--;
            if (isLetIn(tenant, waiter.bytes, heldUp)) {
                queue.remove();
                admit(waiter, admitted);
                tenant.letIn();
                continue;
            }
            heldUp |= !isBeyondShare(tenant, waiter.bytes);
            tenant.leftWaiting(waiter.bytes);
            if (!isLetIn(tenant, tenant.leastWaitingBytes, heldUp)) {
                left -= tenant.passOver();
            }
            least = Math.min(least, tenant.leastWaitingBytes);
        }
        if (left == 0) {
            leastWaitingBytes = least;
        }
        starved = newcomers > 0;
        return admitted;
    }

    private boolean isLetIn(TenantBytes tenant, long more, boolean heldUp) {
        return hasRoom(more) && !isBeyondShare(tenant, more) && !(heldUp && tenant.usedBytes > 0);
    }

    private boolean isBeyondShare(TenantBytes tenant, long more) {
        return tenant.usedBytes > 0 && isBeyondShare(tenant.name, tenant.usedBytes + more, usedBytes + more);
    }

    /**
     * Lets in who holds nothing, one after the other, before all who hold something, wherever in the queue they are:
     * else these take what is given back, and who comes last gets none of it. False when there is no room for one of
     * them.
     */
    private boolean admitNewcomers(List<Admission> admitted) {
        long least = Long.MAX_VALUE;
        Iterator<Waiter> queue = waiters.iterator();
        while (newcomers > 0 && hasRoom(leastWaitingBytes) && queue.hasNext()) {
            Waiter waiter = queue.next();
            if (waiter.tenant.usedBytes == 0 && hasRoom(waiter.bytes)) {
                queue.remove();
                admit(waiter, admitted);
            } else {
                least = Math.min(least, waiter.bytes);
            }
        }
        if (!queue.hasNext()) {
            leastWaitingBytes = least;
        }
        return newcomers == 0;
    }

    private boolean hasRoom(long more) {
        return usedBytes == 0 || usedBytes + more <= maxBytes;
    }

    private void admit(Waiter waiter, List<Admission> admitted) {
        Permit permit = take(waiter.tenant.name, waiter.bytes);
        countWaiting(waiter, -1);
        admitted.add(new Admission(waiter, permit));
    }

    private void forget(Waiter waiter) {
        List<Admission> admitted;
        synchronized (this) {
            if (!waiters.remove(waiter)) {
                return;
            }
            countWaiting(waiter, -1);
            admitted = admissible();
        }
        hand(admitted);
    }

    private record Admission(Waiter waiter, Permit permit) {}

    private final class Waiter extends CompletableFuture<Permit> {
        final TenantBytes tenant;
        final long bytes;

        Waiter(TenantBytes tenant, long bytes) {
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
         * was let in at the limit may grow a little. Of a tenant that has little they are not, until a quarter more than the server
         * may have is in flight. Alone they never are.
         */
        boolean isOverdrawn() {
            synchronized (budget) {
                long limit = budget.maxTenantBytes + budget.maxTenantBytes / 2;
                return budget.isOverdrawn(tenant, bytes, limit)
                        || budget.isOverdrawnBySmall(bytes)
                        || (budget.isOverdrawn(bytes) && budget.isLarge(tenant));
            }
        }

        /** Whether the tenant has more than its share, or all have more than there is. */
        boolean isBeyondShare() {
            synchronized (budget) {
                return budget.isOverdrawn(bytes)
                        || budget.isBeyondShare(tenant, budget.usedBy(tenant), budget.usedBytes);
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
