package io.kvstore.core;

import io.kvstore.api.KVStoreException;
import io.kvstore.api.Reason;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * Decides which operation goes to the backend next.
 *
 * <p>A tenant may hold as many places as are free for all, counted before it enters: alone it takes up to half of them, two
 * greedy ones a third each, and there is always room for one more tenant (the dynamic thresholds of Choudhury and Hahne,
 * 1998, with alpha = 1). Waiting tenants take turns; within a tenant reads go before writes, except that every eighth turn
 * is a write's, so that writes never starve.
 *
 * <p>Threading: one lock, held for a few map operations; operations start outside it. What had to wait starts on the
 * workers: what ends before may end on any thread, the timer that ends everybody's calls among them.
 */
final class Admission {

    /** Reads are what a user waits for; writes can wait a little. */
    enum Kind {
        READ,
        WRITE
    }

    /** The limits. Operations are counted, bytes are payload bytes. */
    record Limits(int maxOperations, long maxBytes, int maxQueuedPerTenant, int maxQueued) {
        static final Limits DEFAULT = new Limits(256, 512L << 20, 4_096, 65_536);
    }

    /** An operation that was let in; leaves once. */
    interface Pass {
        void leave();
    }

    private static final int MIN_OPERATIONS = 4;
    private static final int WRITE_TURN = 8;
    private static final Duration RETRY_AFTER = Duration.ofMillis(100);

    private final Limits limits;
    private final Workers workers;

    // All below guarded by this.
    private final Map<String, Tenant> tenants = new HashMap<>();
    private final LinkedHashMap<String, Tenant> waiting = new LinkedHashMap<>();
    private final ArrayDeque<Ticket> admitted = new ArrayDeque<>();
    private boolean starting;
    private int operations;
    private long bytes;
    private int queued;

    /** @param workers start what had to wait */
    Admission(Limits limits, Workers workers) {
        this.limits = limits;
        this.workers = workers;
    }

    /**
     * Runs {@code start} now, or on a worker when its turn comes, or fails {@code result} when the queue is full.
     * {@code start} must not throw.
     */
    Ticket enter(String tenantName, Kind kind, long size, CompletableFuture<?> result, Consumer<Pass> start) {
        Ticket ticket;
        synchronized (this) {
            Tenant tenant = tenants.computeIfAbsent(tenantName, Tenant::new);
            ticket = new Ticket(tenant, kind, size, start);
            if (tenant.queued == 0 && fits(tenant, size)) {
                take(ticket);
            } else if (tenant.queued < limits.maxQueuedPerTenant() && queued < limits.maxQueued()) {
                tenant.queue(kind).add(ticket);
                tenant.queued++;
                queued++;
                waiting.put(tenantName, tenant);
                return ticket;
            } else {
                forgetIfIdle(tenant);
                ticket.state = State.REFUSED;
            }
        }
        if (ticket.state == State.RUNNING) {
            start.accept(ticket);
        } else {
            result.completeExceptionally(new KVStoreException(
                    Reason.RESOURCE_EXHAUSTED,
                    "too many operations wait for the storage (limit: " + limits.maxQueuedPerTenant()
                            + " of one resource, " + limits.maxQueued() + " in all)",
                    RETRY_AFTER,
                    null));
        }
        return ticket;
    }

    private boolean fits(Tenant tenant, long size) {
        boolean operationFits = operations < limits.maxOperations()
                && tenant.operations < Math.max(MIN_OPERATIONS, limits.maxOperations() - operations);
        // Something larger than what is left may always go alone, or it never would.
        boolean bytesFit = tenant.operations == 0
                ? bytes == 0 || bytes + size <= limits.maxBytes()
                : tenant.bytes + size <= limits.maxBytes() - bytes;
        return operationFits && bytesFit;
    }

    private void take(Ticket ticket) {
        ticket.state = State.RUNNING;
        operations++;
        bytes += ticket.bytes;
        ticket.tenant.operations++;
        ticket.tenant.bytes += ticket.bytes;
    }

    private void leave(Ticket ticket) {
        synchronized (this) {
            if (ticket.state != State.RUNNING) {
                return;
            }
            ticket.state = State.LEFT;
            operations--;
            bytes -= ticket.bytes;
            ticket.tenant.operations--;
            ticket.tenant.bytes -= ticket.bytes;
            forgetIfIdle(ticket.tenant);
            admitWaiting();
            if (starting || admitted.isEmpty()) {
                return; // an operation that ends while it starts comes by here: without this, each would nest in the
                // last
            }
            starting = true;
        }
        // Of many tenants, in the order of their turns; in place for the last calls of a store that is closed.
        workers.run(Workers.ADMITTED, this::startAdmitted);
    }

    private void startAdmitted() {
        while (true) {
            Ticket next;
            synchronized (this) {
                next = admitted.poll();
                if (next == null) {
                    starting = false;
                    return;
                }
            }
            next.start.accept(next);
        }
    }

    /** Lets in what fits, one of each waiting tenant a round, in the order in which they have waited. */
    private void admitWaiting() {
        boolean progress = !waiting.isEmpty();
        while (progress) {
            progress = false;
            List<Tenant> served = new ArrayList<>();
            Iterator<Tenant> turn = waiting.values().iterator();
            while (turn.hasNext() && operations < limits.maxOperations()) {
                Tenant tenant = turn.next();
                Ticket first = tenant.next();
                if (!fits(tenant, first.bytes)) {
                    continue;
                }
                tenant.remove(first);
                queued--;
                take(first);
                admitted.add(first);
                turn.remove();
                served.add(tenant);
                progress = true;
            }
            // Behind those that were not served.
            served.stream().filter(tenant -> tenant.queued > 0).forEach(tenant -> waiting.put(tenant.name, tenant));
        }
    }

    private void forgetIfIdle(Tenant tenant) {
        if (tenant.operations == 0 && tenant.queued == 0) {
            tenants.remove(tenant.name);
        }
    }

    private enum State {
        QUEUED,
        RUNNING,
        LEFT,
        REFUSED
    }

    /** One operation. */
    final class Ticket implements Pass {
        private final Tenant tenant;
        private final Kind kind;
        private final long bytes;
        private final Consumer<Pass> start;
        private State state = State.QUEUED;

        private Ticket(Tenant tenant, Kind kind, long bytes, Consumer<Pass> start) {
            this.tenant = tenant;
            this.kind = kind;
            this.bytes = bytes;
            this.start = start;
        }

        @Override
        public void leave() {
            Admission.this.leave(this);
        }

        /** Gives up the place in the queue; false when it never had one, or has left it. True once; also when refused. */
        boolean withdraw() {
            synchronized (Admission.this) {
                if (state == State.REFUSED) {
                    state = State.LEFT;
                    return true;
                }
                if (state != State.QUEUED) {
                    return false;
                }
                state = State.LEFT;
                tenant.remove(this);
                queued--;
                if (tenant.queued == 0) {
                    waiting.remove(tenant.name);
                }
                forgetIfIdle(tenant);
                return true;
            }
        }
    }

    private static final class Tenant {
        final String name;
        final Map<Kind, ArrayDeque<Ticket>> queues = new EnumMap<>(Kind.class);
        int operations;
        long bytes;
        int queued;
        private int turns;

        Tenant(String name) {
            this.name = name;
            for (Kind kind : Kind.values()) {
                queues.put(kind, new ArrayDeque<>(1)); // one a call, as a rule, and empty
            }
        }

        /** The one whose turn it is; there is one. */
        Ticket next() {
            ArrayDeque<Ticket> reads = queue(Kind.READ);
            ArrayDeque<Ticket> writes = queue(Kind.WRITE);
            boolean writesTurn = reads.isEmpty() || (!writes.isEmpty() && turns % WRITE_TURN == WRITE_TURN - 1);
            return writesTurn ? writes.element() : reads.element();
        }

        void remove(Ticket ticket) {
            queue(ticket.kind).remove(ticket);
            queued--;
            turns++;
        }

        private ArrayDeque<Ticket> queue(Kind kind) {
            ArrayDeque<Ticket> queue = queues.get(kind);
            if (queue == null) {
                throw new IllegalStateException("every kind has a queue");
            }
            return queue;
        }
    }
}
