package io.kvstore.accounts;

import java.util.function.LongSupplier;

/** So many at once, and so many a second after that. */
final class RefillingBudget {

    private static final double NANOS_PER_SECOND = 1e9;

    private final LongSupplier nanoClock;
    private final double max;
    private final double perSecond;

    private double left;
    private long filledNanos;

    RefillingBudget(int max, int perSecond, LongSupplier nanoClock) {
        this.nanoClock = nanoClock;
        this.max = max;
        this.perSecond = perSecond;
        this.left = max;
        this.filledNanos = nanoClock.getAsLong();
    }

    synchronized boolean take() {
        long now = nanoClock.getAsLong();
        left = Math.min(max, left + (now - filledNanos) / NANOS_PER_SECOND * perSecond);
        filledNanos = now;
        if (left < 1) {
            return false;
        }
        left--;
        return true;
    }

    synchronized void giveBack() {
        left = Math.min(max, left + 1);
    }
}
