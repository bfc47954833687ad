package io.kvstore.accounts;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** An answer, since when it is held, and whether the source could be asked since. */
final class Known<V> {

    private final Optional<V> value;
    private final long sinceNanos;

    /** Set while the source can't be asked: when to try again. */
    private volatile @Nullable Long retryNanos;

    Known(Optional<V> value, long sinceNanos) {
        this.value = value;
        this.sinceNanos = sinceNanos;
    }

    CompletableFuture<Optional<V>> answer() {
        return CompletableFuture.completedFuture(value);
    }

    Optional<V> value() {
        return value;
    }

    long ageNanos(long nowNanos) {
        return nowNanos - sinceNanos;
    }

    boolean isTroubled() {
        return retryNanos != null;
    }

    boolean mayAsk(long nowNanos) {
        Long retry = retryNanos;
        return retry == null || nowNanos - retry >= 0;
    }

    void retryAt(long nanos) {
        retryNanos = nanos;
    }
}
