package io.kvstore.core;

import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/** One line a second at most of what may happen for every name that a client makes up. Lock-free. */
final class LogLimit {

    private static final long LINE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final LongSupplier nanoClock;
    private final AtomicLong nextNanos;
    private final AtomicLong untold = new AtomicLong();

    LogLimit(LongSupplier nanoClock) {
        this.nanoClock = nanoClock;
        this.nextNanos = new AtomicLong(nanoClock.getAsLong());
    }

    /** How many lines were left out since the last one, when this one may be written; empty when it is left out too. */
    OptionalLong passing() {
        long now = nanoClock.getAsLong();
        long next = nextNanos.get();
        if (now - next < 0 || !nextNanos.compareAndSet(next, now + LINE_NANOS)) {
            untold.incrementAndGet();
            return OptionalLong.empty();
        }
        return OptionalLong.of(untold.getAndSet(0));
    }
}
