package io.kvstore.azure;

import io.kvstore.api.KVStoreException;
import io.kvstore.api.Reason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Bounds the direct memory of payloads that are read: from before the first byte is asked for, when the storage has
 * said how many there are, until the payload's last claim is closed. What finds no room waits, for a while.
 *
 * <p>Tenants that wait take turns, and one may hold as much as is free for all, counted before it takes: alone it gets
 * half, and there is room for one more tenant (the rule of the engine's admission). One that holds nothing yet waits
 * for no share, and nobody behind it gets what it waits for. A payload larger than all of it goes alone.
 *
 * <p>Within a tenant room is given in the order in which the reads began, not in that of their answers: who reads
 * blocks in order holds the later ones until the earlier have come, and if those found no room neither would ever move.
 * An answer may overtake only while as much as it takes is left for the one it overtakes.
 *
 * <p>Threading: one lock, held for a few map operations; futures complete outside it, on the thread that gives room
 * back.
 */
final class ReadMemory {

    private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

    private final long maxBytes;
    private final Duration patience;
    private final ScheduledExecutorService timer;

    // All below guarded by this.
    private final Map<String, Tenant> tenants = new HashMap<>();
    /** Those of them that wait, whose turn it is first. */
    private final LinkedHashMap<String, Tenant> waiting = new LinkedHashMap<>();

    private long heldBytes;
    private long begun;

    /**
     * None is held yet.
     *
     * @param maxBytes of all payloads together
     * @param patience how long a read waits for room
     * @param timer ends waits; stays the caller's
     */
    ReadMemory(long maxBytes, Duration patience, ScheduledExecutorService timer) {
        this.maxBytes = maxBytes;
        this.patience = patience;
        this.timer = timer;
    }

    /** For a read that begins. */
    synchronized Place enter(String tenantName) {
        Tenant tenant = tenants.computeIfAbsent(tenantName, Tenant::new);
        Place place = new Place(tenant, begun++);
        tenant.withoutRoom.add(place);
        return place;
    }

    synchronized long heldBytes() {
        return heldBytes;
    }

    /** Reads that wait for room. */
    synchronized int waitingReads() {
        return waiting.values().stream()
                .mapToInt(tenant -> tenant.waiting.size())
                .sum();
    }

    /** Takes what fits for those who wait. Guarded by this. */
    private List<Place> give() {
        List<Place> given = new ArrayList<>();
        List<Tenant> served = new ArrayList<>();
        do {
            served.clear();
            Iterator<Tenant> turns = waiting.values().iterator();
            while (turns.hasNext()) {
                Tenant tenant = turns.next();
                Place first = tenant.waiting.firstEntry().getValue();
                if (fits(tenant, first)) {
                    take(first);
                    given.add(first);
                    turns.remove();
                    served.add(tenant);
                } else if (tenant.heldBytes == 0 && tenant.isEarliest(first)) {
                    break; // or small ones of others would take for ever what a large one waits for
                }
            }
            // Behind those that were not served.
            served.stream()
                    .filter(tenant -> !tenant.waiting.isEmpty())
                    .forEach(tenant -> waiting.put(tenant.name, tenant));
        } while (!served.isEmpty());
        return given;
    }

    private boolean fits(Tenant tenant, Place place) {
        long freeBytes = maxBytes - heldBytes;
        if (!tenant.isEarliest(place)) {
            return tenant.heldBytes + 3 * place.bytes <= freeBytes; // then the same once more keeps the tenant's share
        }
        if (tenant.heldBytes == 0) {
            return heldBytes == 0 || place.bytes <= freeBytes;
        }
        return tenant.heldBytes + place.bytes <= freeBytes;
    }

    private void take(Place place) {
        place.state = State.HOLDS;
        place.tenant.withoutRoom.remove(place);
        place.tenant.waiting.remove(place.number);
        place.tenant.heldBytes += place.bytes;
        heldBytes += place.bytes;
    }

    private static void tell(List<Place> given) {
        given.forEach(place -> place.room.complete(null));
    }

    private enum State {
        BEGUN,
        WAITS,
        HOLDS,
        LEFT
    }

    /** What one read holds. */
    final class Place implements AutoCloseable {
        private final Tenant tenant;
        private final long number;
        private final CompletableFuture<@Nullable Void> room = new CompletableFuture<>();
        private long bytes;
        private State state = State.BEGUN;

        private Place(Tenant tenant, long number) {
            this.tenant = tenant;
            this.number = number;
        }

        /**
         * Asks for room, once, or again for the same. The future completes when there is some; it fails with {@link Reason#RESOURCE_EXHAUSTED}
         * and a retry delay when there is none for too long, and does not complete when the place is closed.
         */
        CompletableFuture<@Nullable Void> room(long payloadBytes) {
            List<Place> given;
            synchronized (ReadMemory.this) {
                if (state != State.BEGUN && bytes != payloadBytes) {
                    return CompletableFuture.failedFuture(
                            new KVStoreException(Reason.UNAVAILABLE, "the blob was changed while it was read"));
                }
                if (state != State.BEGUN) {
                    return room;
                }
                state = State.WAITS;
                bytes = payloadBytes;
                tenant.waiting.put(number, this);
                waiting.putIfAbsent(tenant.name, tenant);
                given = give();
            }
            tell(given);
            if (!room.isDone()) {
                setAlarm();
            }
            return room;
        }

        private void setAlarm() {
            try {
                Future<?> alarm = timer.schedule(this::refuse, patience.toNanos(), TimeUnit.NANOSECONDS);
                room.whenComplete((given, failure) -> alarm.cancel(false));
            } catch (RejectedExecutionException e) {
                room.completeExceptionally(new KVStoreException(Reason.UNAVAILABLE, "the store is closed", e));
                close();
            }
        }

        private void refuse() {
            boolean late;
            synchronized (ReadMemory.this) {
                late = state != State.WAITS;
            }
            if (!late
                    && room.completeExceptionally(new KVStoreException(
                            Reason.RESOURCE_EXHAUSTED,
                            "no room for a payload of " + bytes + " bytes within " + patience.toMillis()
                                    + " ms (limit: " + maxBytes + " of all that are read and not yet sent)",
                            RETRY_AFTER,
                            null))) {
                close();
            }
        }

        /** Gives back what it holds, or the turn of who still waits. Closing again does nothing. */
        @Override
        public void close() {
            List<Place> given;
            synchronized (ReadMemory.this) {
                if (state == State.LEFT) {
                    return;
                }
                if (state == State.HOLDS) {
                    heldBytes -= bytes;
                    tenant.heldBytes -= bytes;
                }
                state = State.LEFT;
                tenant.withoutRoom.remove(this);
                tenant.waiting.remove(number);
                if (tenant.waiting.isEmpty()) {
                    waiting.remove(tenant.name, tenant);
                }
                if (tenant.heldBytes == 0 && tenant.withoutRoom.isEmpty()) {
                    tenants.remove(tenant.name, tenant);
                }
                given = give();
            }
            room.cancel(false); // and with it its alarm
            tell(given);
        }
    }

    private static final class Tenant {
        final String name;
        /** In the order in which they began. */
        final LinkedHashSet<Place> withoutRoom = new LinkedHashSet<>();
        /** Those of them whose size is known. */
        final TreeMap<Long, Place> waiting = new TreeMap<>();

        long heldBytes;

        Tenant(String name) {
            this.name = name;
        }

        boolean isEarliest(Place place) {
            return withoutRoom.iterator().next() == place;
        }
    }
}
