package io.kvstore.testkit;

import io.kvstore.api.Payload;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Makes payloads and knows how many of them still have an open claim: a test ends with {@link #awaitAllClosed}.
 *
 * <p>The bytes live in direct memory and are overwritten when the last claim is closed, so that whoever reads on after
 * giving a claim back reads rubbish instead of being right by luck.
 *
 * <p>Threading: safe for many threads.
 */
public final class PayloadLedger {

    private static final byte RUBBISH = (byte) 0xDD;

    private long madeCount;
    private long openCount;

    /** A payload with a copy of {@code bytes} and one claim, the caller's. */
    public synchronized Payload payload(byte[] bytes) {
        ByteBuffer memory = ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
        madeCount++;
        openCount++;
        return Payload.of(memory, () -> release(memory));
    }

    private synchronized void release(ByteBuffer memory) {
        for (int i = 0; i < memory.limit(); i++) {
            memory.put(i, RUBBISH);
        }
        openCount--;
        notifyAll();
    }

    /** How many payloads were made. */
    public synchronized long madeCount() {
        return madeCount;
    }

    /** How many of them have an open claim now. */
    public synchronized long openCount() {
        return openCount;
    }

    /**
     * Waits until every claim on every payload made so far is closed.
     *
     * @throws AssertionError when some are open after {@code patience}
     */
    public synchronized void awaitAllClosed(Duration patience) throws InterruptedException {
        long deadlineNanos = System.nanoTime() + patience.toNanos();
        while (openCount > 0) {
            long leftNanos = deadlineNanos - System.nanoTime();
            if (leftNanos <= 0) {
                throw new AssertionError(openCount + " of " + madeCount + " payloads were never closed");
            }
            TimeUnit.NANOSECONDS.timedWait(this, leftNanos);
        }
    }
}
