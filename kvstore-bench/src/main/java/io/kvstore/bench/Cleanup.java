package io.kvstore.bench;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CountDownLatch;

/**
 * Closes what was opened, the last first, when it is closed or when the process is told to end: Ctrl-C leaves no directory
 * and no process behind either.
 */
final class Cleanup implements AutoCloseable {

    /** Opens something. */
    @FunctionalInterface
    interface Opening<T extends AutoCloseable> {
        T open() throws IOException;
    }

    private final Deque<AutoCloseable> open = new ArrayDeque<>();
    private final Thread hook = new Thread(this::interrupted, "cleanup");
    private boolean closed;

    Cleanup() {
        Runtime.getRuntime().addShutdownHook(hook);
    }

    /**
     * Opens under the lock that closing takes: what is half open when the process is told to end is closed as well, and
     * nothing is opened from then on.
     *
     * @throws CommandFailure when everything is closed already
     */
    synchronized <T extends AutoCloseable> T open(Opening<T> opening) throws IOException {
        if (closed) {
            throw new CommandFailure(Exit.FAILURE, "interrupted");
        }
        T resource = opening.open();
        open.push(resource);
        return resource;
    }

    private void interrupted() {
        closeAll();
        System.err.println("kvstore: interrupted");
    }

    private synchronized void closeAll() {
        closed = true;
        while (!open.isEmpty()) {
            try {
                open.pop().close();
            } catch (Exception e) {
                System.err.println("kvstore: " + e.getMessage());
            }
        }
    }

    @Override
    public void close() {
        closeAll();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException ending) {
            awaitTheEnd();
        }
    }

    // What fails while the process ends is no news; the hooks are running, and the JVM is gone when they are through.
    private static void awaitTheEnd() {
        try {
            new CountDownLatch(1).await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
