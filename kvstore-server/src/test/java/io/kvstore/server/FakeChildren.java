package io.kvstore.server;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;

/** Processes that do what a test says. */
final class FakeChildren implements Child.Launcher {

    /** One of them. */
    static final class Fake implements Child {

        private final CompletableFuture<StartLine> serving = new CompletableFuture<>();
        private final CompletableFuture<Integer> ended = new CompletableFuture<>();
        private final int port;
        private boolean terminated;
        private boolean killed;

        private final boolean unwatchable;

        private Fake(int port, boolean unwatchable) {
            this.port = port;
            this.unwatchable = unwatchable;
        }

        /** The port that it was told to listen on. */
        int port() {
            return port;
        }

        void serve(int actualPort, OptionalInt adminPort) {
            serving.complete(new StartLine("127.0.0.1", actualPort, "memory", OptionalLong.of(0), "nio", adminPort, 1));
        }

        void end(int code) {
            ended.complete(code);
        }

        boolean terminated() {
            return terminated;
        }

        boolean killed() {
            return killed;
        }

        @Override
        public CompletableFuture<StartLine> serving() {
            return serving;
        }

        @Override
        public CompletableFuture<Integer> ended() {
            if (unwatchable) {
                throw new OutOfMemoryError("of a test");
            }
            return ended;
        }

        @Override
        public void terminate() {
            terminated = true;
        }

        @Override
        public void kill() {
            killed = true;
            ended.complete(137);
        }
    }

    private final List<Fake> launched = new ArrayList<>();
    private boolean refusing;
    private boolean unwatchable;

    /** From now on there can be no process. */
    void refuse() {
        refusing = true;
    }

    /** The next one is started, and an error follows before anybody could watch it. */
    void failToWatchNext() {
        unwatchable = true;
    }

    int count() {
        return launched.size();
    }

    Fake last() {
        return launched.get(launched.size() - 1);
    }

    @Override
    public Child launch(int port) throws IOException {
        if (refusing) {
            throw new IOException("error=11, Resource temporarily unavailable");
        }
        Fake child = new Fake(port, unwatchable);
        unwatchable = false;
        launched.add(child);
        return child;
    }
}
