package io.kvstore.grpc;

import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import java.time.Duration;

/**
 * Counts the calls under way, so that a shutdown waits for these and not for the watchers of the health service, which never
 * end by themselves.
 */
final class ActiveCalls implements ServerInterceptor {

    private int count;

    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
        begin();
        boolean started = false;
        try {
            ServerCall.Listener<Q> listener = next.startCall(call, headers);
            started = true;
            return new SimpleForwardingServerCallListener<>(listener) {
                @Override
                public void onComplete() {
                    try {
                        super.onComplete();
                    } finally {
                        end();
                    }
                }

                @Override
                public void onCancel() {
                    try {
                        super.onCancel();
                    } finally {
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
        long deadline = System.nanoTime() + time.toNanos();
        while (count > 0) {
            long leftMillis = (deadline - System.nanoTime()) / 1_000_000;
            if (leftMillis <= 0) {
                return false;
            }
            wait(leftMillis);
        }
        return true;
    }

    private synchronized void begin() {
        count++;
    }

    private synchronized void end() {
        count--;
        notifyAll();
    }
}
