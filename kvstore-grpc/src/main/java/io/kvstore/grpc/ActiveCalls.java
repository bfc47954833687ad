package io.kvstore.grpc;

import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.kvstore.api.KVStoreException;
import io.kvstore.api.Reason;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts the calls under way, so that a shutdown waits for these and not for the watchers of the health service, which never
 * end by themselves, and has each look at the clock, so that none waits for ever: one sweep over all costs less than a timer
 * for each.
 */
final class ActiveCalls implements ServerInterceptor {

    private static final Logger log = LoggerFactory.getLogger(ActiveCalls.class);

    private final LongSupplier nanoClock;
    private final Set<TimedCall> timed = ConcurrentHashMap.newKeySet();
    private volatile boolean leaving;
    private int count;

    ActiveCalls(LongSupplier nanoClock) {
        this.nanoClock = nanoClock;
    }

    /** Ends what has waited too long. Never throws. */
    void sweep() {
        long now = nanoClock.getAsLong();
        forEach(call -> call.check(now));
    }

    /** Has calls finish what they were asked and wait for nothing else, also those that begin from now on. */
    void leave() {
        leaving = true;
        forEach(TimedCall::leave);
    }

    /** Ends what has not finished. */
    void abandon() {
        forEach(TimedCall::abandon);
    }

    private void forEach(Consumer<TimedCall> action) {
        for (TimedCall call : timed) {
            try {
                action.accept(call);
            } catch (RuntimeException e) {
                log.error("a call could not be looked after", e);
            }
        }
    }

    static KVStoreException goingAway() {
        return new KVStoreException(Reason.UNAVAILABLE, "the server is going away");
    }

    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, A> serverCall, Metadata headers, ServerCallHandler<Q, A> next) {
        begin();
        boolean started = false;
        try {
            ServerCall.Listener<Q> listener = next.startCall(serverCall, headers);
            started = true;
            if (listener instanceof TimedCall call) {
                timed.add(call);
                if (leaving) {
                    call.leave();
                }
            }
            return new SimpleForwardingServerCallListener<>(listener) {
                @Override
                public void onComplete() {
                    try {
                        super.onComplete();
                    } finally {
                        forget(listener);
                        end();
                    }
                }

                @Override
                public void onCancel() {
                    try {
                        super.onCancel();
                    } finally {
                        forget(listener);
                        end();
                    }
                }
            };
        } finally {
            if (!started) {
                end();
            }
        }
    }

    synchronized int count() {
        return count;
    }

    /** Waits until no call is under way; false when the time was up before. */
    synchronized boolean awaitNone(Duration time) throws InterruptedException {
        long deadline = nanoClock.getAsLong() + time.toNanos();
        while (count > 0) {
            long leftMillis = (deadline - nanoClock.getAsLong()) / 1_000_000;
            if (leftMillis <= 0) {
                return false;
            }
            wait(leftMillis);
        }
        return true;
    }

    private void forget(Object listener) {
        if (listener instanceof TimedCall call) {
            timed.remove(call);
        }
    }

    private synchronized void begin() {
        count++;
    }

    private synchronized void end() {
        count--;
        notifyAll();
    }
}
