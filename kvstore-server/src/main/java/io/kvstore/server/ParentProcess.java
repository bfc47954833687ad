package io.kvstore.server;

import java.util.concurrent.TimeUnit;

/**
 * The process that started this one for itself, as the parent of {@code --numa} and the demo do: killed, it cannot end what it
 * started.
 */
final class ParentProcess {

    private static final long LOOK_SECONDS = 1;

    private ParentProcess() {}

    /**
     * Watches it.
     *
     * @param end runs when it has ended, maybe twice: on a thread of the watch, or on the caller's when it is gone already
     */
    static void whenEnded(long pid, Runnable end) {
        ProcessHandle.of(pid)
                .ifPresentOrElse(
                        parent -> {
                            var unused = parent.onExit().thenRun(end);
                            if (isParent(pid)) {
                                watchByBeingItsChild(pid, end);
                            }
                        },
                        end);
    }

    // One that ended and is not reaped is alive to onExit, for ever; but its children have another parent at once.
    // Not of one that is no parent to begin with: there may be a script between the two.
    private static void watchByBeingItsChild(long pid, Runnable end) {
        Thread watch = new Thread(
                () -> {
                    try {
                        while (isParent(pid)) {
                            TimeUnit.SECONDS.sleep(LOOK_SECONDS);
                        }
                    } catch (InterruptedException nobodyDoes) {
                        return;
                    }
                    end.run();
                },
                "kvstore-parent-watch");
        watch.setDaemon(true);
        watch.start();
    }

    private static boolean isParent(long pid) {
        return ProcessHandle.current().parent().filter(of -> of.pid() == pid).isPresent();
    }
}
