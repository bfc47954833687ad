package io.kvstore.spi;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * The time a call has left and whom it belongs to. Every wait of a backend on behalf of a call ends when {@link
 * #remaining()} is zero.
 */
public final class CallContext {

    private final LongSupplier nanoClock;
    private final long deadlineNanos;
    private final String requestId;

    private CallContext(LongSupplier nanoClock, long deadlineNanos, String requestId) {
        this.nanoClock = nanoClock;
        this.deadlineNanos = deadlineNanos;
        this.requestId = requestId;
    }

    /**
     * A call that ends {@code timeout} from now.
     *
     * @param nanoClock nanoseconds of a monotonic clock, as {@link System#nanoTime()}
     */
    public static CallContext endingIn(Duration timeout, LongSupplier nanoClock, String requestId) {
        // Cut to ~146 years: differences of nanoTime stay meaningful.
        long nanos =
                timeout.compareTo(Duration.ofDays(36_500)) > 0 ? Long.MAX_VALUE / 4 : Math.max(0, timeout.toNanos());
        return new CallContext(nanoClock, nanoClock.getAsLong() + nanos, requestId);
    }

    /** What is left, zero when it is spent. */
    public Duration remaining() {
        return Duration.ofNanos(Math.max(0, deadlineNanos - nanoClock.getAsLong()));
    }

    public boolean isExpired() {
        return deadlineNanos - nanoClock.getAsLong() <= 0;
    }

    /** For logs and traces; "" for none. */
    public String requestId() {
        return requestId;
    }
}
