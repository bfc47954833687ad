package io.kvstore.core;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** For what a thread of the log does on its own time. */
final class DiskWait {

    private DiskWait() {}

    /** Waits until it is so, for at most half a minute. */
    static void until(BooleanSupplier condition) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > end) {
                throw new AssertionError("it never came to be");
            }
            LockSupport.parkNanos(100_000);
        }
    }
}
