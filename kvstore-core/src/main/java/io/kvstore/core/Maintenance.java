package io.kvstore.core;

import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The thread for what nobody waits for: sealing full segments and reclaiming space. */
final class Maintenance {

    private static final Logger LOG = LoggerFactory.getLogger(Maintenance.class);

    private final Sealing sealing;
    private final ExecutorService thread;
    private final AtomicBoolean scheduled = new AtomicBoolean();
    private volatile @Nullable Reclaimer reclaimer;
    private volatile boolean closing;

    Maintenance(Sealing sealing, ThreadFactory threads) {
        this.sealing = sealing;
        this.thread = Executors.newSingleThreadExecutor(threads);
    }

    /** From now on space is reclaimed. */
    void reclaimWith(Reclaimer strategy) {
        reclaimer = strategy;
        changed();
    }

    /** Seals a segment that nothing is appended to any more, and closes the file. */
    void seal(Segment segment, DiskFile file) {
        thread.execute(() -> {
            sealing.retry();
            sealing.seal(segment, file, Map.of());
            // Due or not: the round that the last delete asked for may have run before, and passed this one by.
            reclaimSoon();
        });
    }

    /** Something was committed. */
    void changed() {
        Reclaimer strategy = reclaimer;
        if (strategy != null && strategy.isDue()) {
            reclaimSoon();
        }
    }

    private void reclaimSoon() {
        Reclaimer strategy = reclaimer;
        if (strategy != null && !closing && scheduled.compareAndSet(false, true)) {
            try {
                thread.execute(() -> reclaim(strategy));
            } catch (RejectedExecutionException e) {
                LOG.debug("closing: space is reclaimed after the next start");
            }
        }
    }

    private void reclaim(Reclaimer strategy) {
        scheduled.set(false);
        try {
            Segment next = strategy.next();
            while (next != null && !closing && strategy.reclaim(next)) {
                sealing.retry(); // there may be room for footers now
                next = strategy.next();
            }
        } catch (RuntimeException | Error e) {
            LOG.error("a defect stopped the reclaiming of space until the next change", e);
        }
    }

    /** Starts no new reclaiming; segments are still sealed. */
    void stopReclaiming() {
        closing = true;
    }

    boolean isStopping() {
        return closing;
    }

    /** Ends after what was asked for; false when that takes longer. */
    boolean close(long timeoutNanos) throws InterruptedException {
        closing = true;
        thread.shutdown();
        return thread.awaitTermination(timeoutNanos, TimeUnit.NANOSECONDS);
    }
}
