package io.kvstore.azure;

import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.core.IntervalFunction;
import io.kvstore.api.KVStoreException;
import io.kvstore.api.Reason;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.util.context.Context;

/**
 * Spares an account that is down, and the callers who would wait for it: when half of the last {@value #WINDOW_CALLS}
 * calls failed for its sake, calls fail at once. So does a call that is given up while the storage is silent; over
 * another transport than Netty nobody sees that, and only failures count. After a second one call is let through to
 * see; each time it fails, the wait doubles, up to half a minute.
 */
final class AccountBreaker {

    private static final Logger LOG = LoggerFactory.getLogger(AccountBreaker.class);
    private static final int WINDOW_CALLS = 16;
    private static final int MIN_CALLS = 8;
    private static final Duration FIRST_WAIT = Duration.ofSeconds(1);
    private static final Duration MAX_WAIT = Duration.ofSeconds(30);

    /**
     * Whoever gives up says something about the storage only if no connection could be made, or if no byte has come or
     * gone for so long since one was begun: a deadline may be short, a transfer long, and the wait for our turn at a
     * connection or for memory is our own.
     */
    private static final Duration PATIENCE = Duration.ofSeconds(1);

    private final CircuitBreaker breaker;
    private final LongSupplier nanoClock;

    /** For the log alone. */
    private volatile String lastFailure = "none";

    AccountBreaker(String account, LongSupplier nanoClock) {
        this.nanoClock = nanoClock;
        this.breaker = CircuitBreaker.of(
                account,
                CircuitBreakerConfig.custom()
                        .clock(new NanoClock(nanoClock))
                        .currentTimestampFunction(clock -> nanoClock.getAsLong(), TimeUnit.NANOSECONDS)
                        .slidingWindowType(CircuitBreakerConfig.SlidingWindowType.COUNT_BASED)
                        .slidingWindowSize(WINDOW_CALLS)
                        .minimumNumberOfCalls(MIN_CALLS)
                        .failureRateThreshold(50)
                        .permittedNumberOfCallsInHalfOpenState(1)
                        .waitIntervalFunctionInOpenState(IntervalFunction.ofExponentialBackoff(FIRST_WAIT, 2, MAX_WAIT))
                        .build());
        breaker.getEventPublisher()
                .onStateTransition(event -> LOG.warn(
                        "Storage account {}: account={} lastFailure={}",
                        switch (event.getStateTransition().getToState()) {
                            case OPEN -> "is down, calls fail at once";
                            case HALF_OPEN -> "is tried again";
                            default -> "is up";
                        },
                        account,
                        lastFailure));
    }

    /** The work, unless the account is known to be down. */
    <T> Mono<T> guard(Mono<T> work) {
        return Mono.defer(() -> {
            if (!breaker.tryAcquirePermission()) {
                return Mono.error(new KVStoreException(
                        Reason.UNAVAILABLE, "the storage is down, or was a moment ago", FIRST_WAIT, null));
            }
            Permit permit = new Permit();
            return work.contextWrite(Context.of(CallProgress.KEY, permit.progress))
                    .doOnSuccess(answer -> permit.answered())
                    .doOnError(permit::failed)
                    .doOnCancel(permit::givenUp);
        });
    }

    /** Whether calls fail at once. */
    boolean isOpen() {
        return breaker.getState() == CircuitBreaker.State.OPEN;
    }

    /** One call that was let through: tells the breaker once how it ended. */
    private final class Permit {
        private final long startNanos = nanoClock.getAsLong();
        private final CallProgress progress = new CallProgress();
        private final AtomicBoolean ended = new AtomicBoolean();

        void answered() {
            if (ended.compareAndSet(false, true)) {
                breaker.onSuccess(sinceStartNanos(), TimeUnit.NANOSECONDS);
            }
        }

        void failed(Throwable failure) {
            if (AzureFailures.isOfTheAccount(failure)) {
                down(AzureFailures.inShort(failure), failure);
            } else {
                answered(); // with a refusal
            }
        }

        void givenUp() {
            if (progress.unreached() || progress.silentNanos(nanoClock.getAsLong()) >= PATIENCE.toNanos()) {
                down("no answer in time", new KVStoreException(Reason.UNAVAILABLE, "no answer in time"));
            } else if (ended.compareAndSet(false, true)) {
                breaker.releasePermission();
            }
        }

        private void down(String inShort, Throwable failure) {
            if (ended.compareAndSet(false, true)) {
                lastFailure = inShort;
                breaker.onError(sinceStartNanos(), TimeUnit.NANOSECONDS, failure);
            }
        }

        private long sinceStartNanos() {
            return nanoClock.getAsLong() - startNanos;
        }
    }

    @Override
    public String toString() {
        return breaker.getState().name();
    }

    /** The instants that the library asks for, from the clock that everything else here has. */
    private static final class NanoClock extends Clock {
        private final LongSupplier nanoClock;
        private final long startNanos;

        NanoClock(LongSupplier nanoClock) {
            this.nanoClock = nanoClock;
            this.startNanos = nanoClock.getAsLong();
        }

        @Override
        public Instant instant() {
            // Readings may overflow, and the library compares instants.
            return Instant.EPOCH.plusNanos(nanoClock.getAsLong() - startNanos);
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }
    }
}
