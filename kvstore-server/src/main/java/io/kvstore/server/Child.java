package io.kvstore.server;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;

/** A process that was started; what becomes of it arrives in futures. */
interface Child {

    /** Done when it serves; never done when it ends before. */
    CompletableFuture<StartLine> serving();

    /** Done when it has ended, with its exit code. */
    CompletableFuture<Integer> ended();

    /** Asks it to end in order. */
    void terminate();

    /** Ends it. */
    void kill();

    /** What starts one. A test gives its own. */
    @FunctionalInterface
    interface Launcher {

        /**
         * Starts the process and waits for nothing.
         *
         * @param port 0 for any free one
         * @throws IOException when there can be no process
         */
        Child launch(int port) throws IOException;
    }
}
