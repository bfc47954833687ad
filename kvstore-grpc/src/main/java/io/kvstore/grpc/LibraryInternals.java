package io.kvstore.grpc;

/**
 * The one switch for whoever runs a process and cannot change its code: {@code -Dkvstore.grpc.internals=off} does without
 * every reach into grpc-java and Netty, in the server and in the client. Slower and just as correct.
 */
final class LibraryInternals {

    static final String SWITCH = "kvstore.grpc.internals";

    private LibraryInternals() {}

    /** @throws UnsupportedOperationException when they are switched off, as when a library has no such thing */
    static void checkWanted() {
        if (System.getProperty(SWITCH, "auto").equals("off")) {
            throw new UnsupportedOperationException("switched off by " + SWITCH);
        }
    }
}
