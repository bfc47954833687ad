package io.kvstore.testkit.azure;

import io.netty.channel.Channel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Requests that wait for the test. */
final class HeldRequests {

    private final List<Held> held = new ArrayList<>();

    private record Held(Channel connection, Runnable goOn) {}

    /** Runs {@code goOn} on the connection's event loop when released, also when its client has gone meanwhile. */
    synchronized void hold(Channel connection, Runnable goOn) {
        held.add(new Held(connection, goOn));
        notifyAll();
    }

    /** How many wait whose clients do too. */
    synchronized int count() {
        return (int) held.stream().filter(one -> one.connection.isActive()).count();
    }

    void releaseAll() {
        List<Held> all;
        synchronized (this) {
            all = List.copyOf(held);
            held.clear();
        }
        all.forEach(one -> one.connection.eventLoop().execute(one.goOn));
    }

    /** Waits until so many are held. */
    synchronized void await(int wanted, long patienceSeconds) throws InterruptedException {
        long deadlineNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(patienceSeconds);
        while (count() < wanted) {
            long leftNanos = deadlineNanos - System.nanoTime();
            if (leftNanos <= 0) {
                throw new AssertionError(
                        count() + " requests are held (expected: " + wanted + " within " + patienceSeconds + " s)");
            }
            TimeUnit.NANOSECONDS.timedWait(this, leftNanos);
        }
    }
}
