package io.kvstore.server;

import java.io.PrintStream;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * SIGTERM and Ctrl-C. The first ends the process through its shutdown hooks, as the JVM would; the JVM ignores all that come
 * after it, and an operator who does not want to wait would be left with kill -9.
 *
 * <p>Reflection, because {@code sun.misc.Signal} is what there is and javac warns of every mention of it. Where it is not to
 * be had, or the JVM was started with {@code -Xrs}, signals do what they do without this class.
 */
final class EndSignals {

    /** A process that is ended by a signal has this exit code and the signal's number, by the convention of shells. */
    private static final int EXIT_BY_SIGNAL = 128;

    private static final List<String> NAMES = List.of("TERM", "INT");

    /** Closer together they are one wish that was sent twice, as timeout(1) does: to the process and to its group. */
    private static final Duration APART = Duration.ofMillis(500);

    /** What a signal asks for. */
    enum Wish {
        END,
        NOTHING_NEW,
        END_AT_ONCE
    }

    @FunctionalInterface
    private interface Handler {
        void received(String name, int number);
    }

    private final LongSupplier nanoClock;
    private boolean ending;
    private long endingSinceNanos;

    EndSignals(LongSupplier nanoClock) {
        this.nanoClock = nanoClock;
    }

    /** What the signal that comes now asks for. */
    synchronized Wish received() {
        long now = nanoClock.getAsLong();
        if (!ending) {
            ending = true;
            endingSinceNanos = now;
            return Wish.END;
        }
        return now - endingSinceNanos < APART.toNanos() ? Wish.NOTHING_NEW : Wish.END_AT_ONCE;
    }

    /**
     * The first of them ends in order, the next one at once.
     *
     * @param beforeTheEnd runs before the process ends at once; quick
     */
    static void endAtOnceOnTheSecond(PrintStream err, Runnable beforeTheEnd) {
        EndSignals signals = new EndSignals(System::nanoTime);
        for (String signal : NAMES) {
            handle(signal, (name, number) -> {
                switch (signals.received()) {
                    // The drain, a hook, has the last word on the code.
                    case END -> System.exit(EXIT_BY_SIGNAL + number);
                    case NOTHING_NEW -> {}
                    case END_AT_ONCE -> {
                        err.println(Program.NAME + ": ended at once by a second signal, SIG" + name);
                        beforeTheEnd.run();
                        Runtime.getRuntime().halt(EXIT_BY_SIGNAL + number);
                    }
                }
            });
        }
    }

    /**
     * For a process that another one looks after. A terminal sends Ctrl-C to both, and a service manager SIGTERM to both, and
     * then its parent asks it to end: that is one wish and not two.
     */
    static void leaveCtrlCToTheParent() {
        handle("INT", (name, number) -> {});
    }

    private static void handle(String name, Handler handler) {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> signalHandler = Class.forName("sun.misc.SignalHandler");
            int number = (int) signal.getMethod("getNumber")
                    .invoke(signal.getConstructor(String.class).newInstance(name));
            Object proxy = Proxy.newProxyInstance(
                    EndSignals.class.getClassLoader(), new Class<?>[] {signalHandler}, (self, method, arguments) -> {
                        handler.received(name, number);
                        return null;
                    });
            signal.getMethod("handle", signal, signalHandler)
                    .invoke(null, signal.getConstructor(String.class).newInstance(name), proxy);
        } catch (ReflectiveOperationException | IllegalArgumentException unavailable) {
            // The JVM's own handling stays.
        }
    }
}
