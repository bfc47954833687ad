package io.kvstore.server;

import java.time.Duration;

/** A server that serves: one process, or several behind one. */
interface Serving {

    /** What is served, and where, in one line. */
    String startLine(long startNanos);

    /**
     * Ends in the order that loses nothing; returns when all is let go of.
     *
     * @param grace what calls under way get to finish
     * @return whether everything was closed as it should be
     */
    boolean drain(Duration grace);
}
