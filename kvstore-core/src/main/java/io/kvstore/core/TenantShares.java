package io.kvstore.core;

import java.util.HashMap;
import java.util.Map;

/**
 * Room that tenants share, counted in bytes or whatever its owner counts in. What a tenant holds is never more than what is
 * left free for all, counted after it took: alone it gets half, two greedy ones a third each, and there is always room for one
 * more (as {@link Admission} has it). Nobody waits: what finds no room is refused.
 *
 * <p>Threading: one lock, held for a map operation.
 */
final class TenantShares {

    private final long max;

    // Guarded by this; no entry for who holds nothing.
    private final Map<String, Long> held = new HashMap<>();
    private long used;

    TenantShares(long max) {
        this.max = max;
    }

    /** Takes it if the tenant's share allows. */
    boolean tryTake(String tenant, long amount) {
        return tryTake(tenant, amount, 0);
    }

    /** Takes {@code amount} if the tenant's share would allow as much as {@code spare} beyond it. */
    synchronized boolean tryTake(String tenant, long amount, long spare) {
        long mine = held.getOrDefault(tenant, 0L) + amount;
        if (mine + spare > max - used - amount - spare) {
            return false;
        }
        held.put(tenant, mine);
        used += amount;
        return true;
    }

    /** Gives back what was taken. */
    synchronized void give(String tenant, long amount) {
        used -= amount;
        held.computeIfPresent(tenant, (name, before) -> before > amount ? Long.valueOf(before - amount) : null);
    }

    synchronized long used() {
        return used;
    }

    long max() {
        return max;
    }
}
