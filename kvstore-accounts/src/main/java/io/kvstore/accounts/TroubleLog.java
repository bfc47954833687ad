package io.kvstore.accounts;

import io.kvstore.api.KVStoreException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One line a second at most, however many names a source fails for, with the number of those that got none. */
final class TroubleLog {

    private static final Logger LOG = LoggerFactory.getLogger(TroubleLog.class);
    private static final long LINE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final String what;
    private final LongSupplier nanoClock;
    private final AtomicLong nextNanos;
    private final AtomicLong untold = new AtomicLong();

    TroubleLog(String what, LongSupplier nanoClock) {
        this.what = what;
        this.nanoClock = nanoClock;
        this.nextNanos = new AtomicLong(nanoClock.getAsLong());
    }

    /** The name that failed is not logged, unless the source's message has it: names may be digests of what callers show. */
    void failed(KVStoreException failure, boolean lastGoodServes) {
        long now = nanoClock.getAsLong();
        long next = nextNanos.get();
        if (now - next < 0 || !nextNanos.compareAndSet(next, now + LINE_NANOS)) {
            untold.incrementAndGet();
            return;
        }
        LOG.warn(
                "Could not get the {}: lastGoodServes={} reason={} message='{}' untoldBefore={}",
                what,
                lastGoodServes,
                failure.reason(),
                failure.getMessage(),
                untold.getAndSet(0),
                failure.getCause());
    }
}
