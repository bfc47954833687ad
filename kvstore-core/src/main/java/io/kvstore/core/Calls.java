package io.kvstore.core;

import io.kvstore.api.AccessPolicy;
import io.kvstore.api.AccessPolicy.Grant;
import io.kvstore.api.CallOptions;
import io.kvstore.api.CallerToken;
import io.kvstore.api.KVStoreException;
import io.kvstore.api.Reason;
import io.kvstore.api.StoreId;
import io.kvstore.spi.CallContext;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** How every call begins and ends: let in, allowed, bounded in time, counted out. */
final class Calls {

    private static final Duration QUOTA_RETRY = Duration.ofMillis(100);

    private final Room single;
    private final CallGate items;
    private final AccessPolicy policy;
    private final Duration defaultTimeout;
    private final LongSupplier nanoClock;
    private final ScheduledExecutorService timer;
    private final Workers workers;

    /**
     * Where calls are counted.
     *
     * @param gate all of them
     * @param quota those of each resource
     */
    record Room(CallGate gate, Quota quota) {}

    /**
     * Of one engine.
     *
     * @param gate counts calls that are not part of a stream
     * @param items counts those that are
     * @param workers run calls whose permission came late: the thread that brings it is the policy's, not ours to keep
     */
    Calls(
            CallGate gate,
            CallGate items,
            AccessPolicy policy,
            Duration defaultTimeout,
            LongSupplier nanoClock,
            ScheduledExecutorService timer,
            Workers workers) {
        this.single = new Room(gate, new CallQuota());
        this.items = items;
        this.policy = policy;
        this.defaultTimeout = defaultTimeout;
        this.nanoClock = nanoClock;
        this.timer = timer;
        this.workers = workers;
    }

    /** For a call of its own. */
    Room single() {
        return single;
    }

    /** For all items of a stream. */
    Room ofStream() {
        return new Room(items, new StreamQuota(single.quota()));
    }

    /** Asks the policy whether a call may be made; failed where it may not. */
    CompletableFuture<Grant> permission(String resource, CallerToken token) {
        try {
            return policy.check(resource, token);
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    /** Runs {@code work} in the call's time if the policy allows it; whatever it throws is the call's failure. */
    <T> CompletableFuture<T> run(StoreId store, CallOptions options, BiConsumer<CallContext, Relay<T>> work) {
        return run(store, options, single, () -> permission(store.resource(), options.token()), work);
    }

    /**
     * The same for a call that is counted there.
     *
     * @param permission asked once the call is let in
     */
    <T> CompletableFuture<T> run(
            StoreId store,
            CallOptions options,
            Room room,
            Supplier<CompletableFuture<Grant>> permission,
            BiConsumer<CallContext, Relay<T>> work) {
        Duration timeout = options.timeout().orElse(defaultTimeout);
        if (timeout.isNegative() || timeout.isZero()) {
            return CompletableFuture.failedFuture(deadlineExceeded(timeout));
        }
        Optional<KVStoreException> refusal = room.gate().enter();
        if (refusal.isPresent()) {
            return CompletableFuture.failedFuture(refusal.get());
        }
        Relay<T> result = new Relay<>();
        result.whenComplete((value, failure) -> room.gate().leave());
        try {
            CallContext context = CallContext.endingIn(timeout, nanoClock, options.requestId());
            CompletableFuture<Grant> decision = permission.get();
            if (decision.isDone()) {
                begin(store.resource(), decision, room.quota(), context, result, work);
            } else {
                result.follow(decision);
                Runnable begin = () -> begin(store.resource(), decision, room.quota(), context, result, work);
                Runnable closed = () -> result.abandon(new KVStoreException(Reason.UNAVAILABLE, "the store is closed"));
                // Who is refused may have made the name up: such names have one place in the round.
                decision.whenComplete((grant, failure) ->
                        workers.run(failure == null ? store.resource() : Workers.REFUSED, begin, closed));
            }
            if (!result.isDone()) {
                setAlarm(result, context.remaining(), timeout);
            }
        } catch (RuntimeException | Error e) {
            result.abandon(KVStoreException.of(e));
        }
        return result;
    }

    private static <T> void begin(
            String resource,
            CompletableFuture<Grant> decision,
            Quota quota,
            CallContext context,
            Relay<T> result,
            BiConsumer<CallContext, Relay<T>> work) {
        if (result.isDone()) {
            return; // given up while the policy was asked
        }
        try {
            Grant grant = decision.join();
            if (grant.maxCalls() > 0) {
                enter(resource, grant.maxCalls(), quota, result);
            }
            work.accept(context, result);
        } catch (RuntimeException | Error e) {
            result.abandon(KVStoreException.of(e));
        }
    }

    private static void enter(String resource, int maxCalls, Quota quota, Relay<?> result) {
        if (!quota.enter(resource, maxCalls)) {
            throw new KVStoreException(
                    Reason.RESOURCE_EXHAUSTED,
                    "too many calls of the resource under way (limit: " + maxCalls + ")",
                    QUOTA_RETRY,
                    null);
        }
        result.whenComplete((value, failure) -> quota.leave(resource));
    }

    private void setAlarm(Relay<?> result, Duration left, Duration timeout) {
        Future<?> alarm =
                timer.schedule(() -> result.abandon(deadlineExceeded(timeout)), left.toNanos(), TimeUnit.NANOSECONDS);
        result.whenComplete((value, failure) -> alarm.cancel(false));
    }

    private static KVStoreException deadlineExceeded(Duration timeout) {
        return new KVStoreException(Reason.DEADLINE_EXCEEDED, "the call did not end within " + timeout);
    }
}
