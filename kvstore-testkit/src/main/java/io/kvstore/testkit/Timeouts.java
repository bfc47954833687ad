package io.kvstore.testkit;

import io.kvstore.api.KVStoreException;
import io.kvstore.api.Reason;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** How a call of a fake ends when its time is spent. */
final class Timeouts {

    private static final Duration LONGEST = Duration.ofDays(36_500);

    private Timeouts() {}

    /** Nanoseconds, cut to a hundred years: a longer duration has no number of nanoseconds. */
    static long nanos(Duration timeout) {
        return (timeout.compareTo(LONGEST) > 0 ? LONGEST : timeout).toNanos();
    }

    static KVStoreException failure() {
        return new KVStoreException(Reason.DEADLINE_EXCEEDED, "the call's time is spent");
    }

    /** Fails {@code answer} after {@code timeoutNanos} of real time, unless it is done by then. */
    static void failAfter(CompletableFuture<?> answer, long timeoutNanos) {
        CompletableFuture<Boolean> alarm = new CompletableFuture<>();
        var unused = alarm.completeOnTimeout(true, timeoutNanos, TimeUnit.NANOSECONDS)
                .thenAccept(spent -> {
                    if (spent) {
                        answer.completeExceptionally(failure());
                    }
                });
        // Lets go of the timer, and so of the answer, as soon as there is one.
        var unusedToo = answer.whenComplete((value, failure) -> alarm.complete(false));
    }
}
