package io.kvstore.core;

import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * A future that answers for work done elsewhere: giving it up, by cancel or with {@link #abandon}, cancels the work it
 * follows. The JDK's own composition leaves the upstream work running.
 */
final class Relay<T> extends CompletableFuture<T> {

    private volatile @Nullable Future<?> work;

    /** Follows {@code next} from now on; a relay that was given up cancels it at once. */
    void follow(Future<?> next) {
        work = next;
        if (isCompletedExceptionally()) {
            next.cancel(true);
        }
    }

    /** Fails with {@code why} unless it is done, and stops the work. */
    void abandon(Throwable why) {
        if (completeExceptionally(why)) {
            stopWork();
        }
    }

    @Override
    public boolean cancel(boolean mayInterruptIfRunning) {
        boolean done = completeExceptionally(new CancellationException());
        if (done) {
            stopWork();
        }
        return done || isCancelled();
    }

    private void stopWork() {
        Future<?> current = work;
        if (current != null) {
            current.cancel(true);
        }
    }
}
